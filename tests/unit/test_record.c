/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON report read back: the same in every form, and refused when it contradicts itself. */
#include "base/cleanup.h"
#include "reprocheck/report/baseline.h"
#include "reprocheck/report/record.h"
#include "tests/unit/experiment_sample.h"

#include <errno.h>

static const sample_report reports[] = { report_json, report_terminal, report_sarif, report_junit,
					 report_html };

static struct record *read_back(const char *text)
{
	struct record *rec = NULL;
	struct error err = { 0 };
	char why[600];

	if (record_parse("record", text, strlen(text), &rec, &err) < 0)
		fail_msg("%s", error_text(&err, why, sizeof(why)));
	return rec;
}

static void assert_same_reports(const struct comparison *c, const struct report_options *o)
{
	AUTO_FREE char *json = sample_render(report_json, c, o);
	CLEANUP(record_freep) struct record *rec = read_back(json);
	struct report_options shown = rec->report;
	size_t i;

	assert_int_equal(comparison_accepted(c), comparison_accepted(rec->comparison));
	shown.verbosity = o->verbosity;
	for (i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		AUTO_FREE char *before = sample_render(reports[i], c, o);
		AUTO_FREE char *after = sample_render(reports[i], rec->comparison, &shown);

		assert_string_equal(before, after);
	}
}

static void every_report_of_a_record_is_the_original(void **state)
{
	struct comparison run = sample_run(), same;
	struct report_options o = sample_options;

	(void)state;
	assert_same_reports(&run, &o);
	o.verbosity = 2;
	assert_same_reports(&run, &o);
	same = sample_reproducible();
	assert_same_reports(&same, &o);
}

/* The same as `diff` would have told it. */
static struct comparison sample_diff(void)
{
	struct comparison c = sample_run();
	size_t i;

	for (i = 0; i < sample_out.finding_count; i++) {
		sample_findings[i].axes = 0;
		sample_findings[i].proof = NULL;
		sample_findings[i].process = sample_findings[i].asked = NULL;
	}
	sample_entries[0].axes = 0;
	c.experiment = NULL;
	c.seconds = 0;
	return c;
}

static void a_record_of_diff_has_facts_clusters_and_notes(void **state)
{
	static const char *builds[] = { ("one " HOSTILE), "two", "three" }, *notes[] = { "first", HOSTILE };
	static unsigned ac[] = { 0, 2 }, b[] = { 1 };
	static struct cluster clusters[] = { { "aa", ac, 2 }, { "bb", b, 1 } };
	static struct clustering clusterings[] = { { "out", clusters, 2, false } };
	struct facts facts = { .path = { "/one" HOSTILE, NULL },
			       .time = { 1700000000, 0 },
			       .uid = { 0, -1 },
			       .gid = { -1, 5 },
			       .pid = { -1, -1 } };
	struct report_options o = sample_options;
	struct comparison c = sample_diff();

	(void)state;
	c.builds = builds;
	c.build_count = 3;
	c.clusterings = clusterings;
	c.clustering_count = 1;
	sample_same.notes = notes;
	sample_same.note_count = 2;
	o.facts = &facts;
	assert_same_reports(&c, &o);
	sample_same.note_count = 0;
	sample_same.notes = NULL;
}

static void marks_are_kept(void **state)
{
	struct comparison c = sample_diff();

	(void)state;
	sample_findings[0].baseline = sample_findings[1].excluded = true;
	assert_same_reports(&c, &sample_options);
}

static void containers_inside_find_their_parent(void **state)
{
	static struct space outer = { .name = HOSTILE ".gz", .format = "gzip", .totals = { 5, 5, 0, { 0 } } };
	static struct space inner = { .name = HOSTILE ".gz//x", .format = "", .depth = 1, .parent = &outer };
	static struct space bad = {
		.name = "gone", .format = "", .status = SPACE_TROUBLE, .trouble = "vanished" HOSTILE
	};
	static struct space *spaces[] = { &outer, &inner, &sample_out, &bad };
	struct comparison c = sample_run();

	(void)state;
	c.spaces = spaces;
	c.space_count = 4;
	c.trouble = true;
	assert_same_reports(&c, &sample_options);
}

/* The first `was` in the record becomes `is`; it must then be refused for that reason. */
static void refuse(const char *was, const char *is, int code, const char *why)
{
	struct comparison c = sample_run();
	AUTO_FREE char *json = sample_render(report_json, &c, &sample_options);
	AUTO_FREE char *bad = NULL;
	char *at = strstr(json, was), text[600];
	struct record *rec = NULL;
	struct error err = { 0 };

	if (!at)
		fail_msg("%s is not in the record", was);
	*at = '\0';
	assert_true(asprintf(&bad, "%s%s%s", json, is, at + strlen(was)) > 0);
	assert_int_equal(record_parse("record", bad, strlen(bad), &rec, &err), code);
	assert_null(rec);
	assert_has(error_text(&err, text, sizeof(text)), why);
}

static void what_contradicts_itself_is_refused(void **state)
{
	(void)state;
	refuse("reprocheck.diff/1", "reprocheck.diff/2", -EBADMSG, "this version");
	refuse("\"files\": {", "\"files\": [{", -EBADMSG, "not JSON");
	refuse("\"differing_bytes\": 25", "\"differing_bytes\": 26", -EBADMSG, "do not add up");
	refuse("\"bytes\": 12, \"container\"", "\"bytes\": 13, \"container\"", -EBADMSG,
	       "containers[0]: the findings do not add up");
	refuse("\"bytes\": 12, \"container\"", "\"bytes\": -1, \"container\"", -EBADMSG,
	       "findings[0]: \"bytes\" is no number");
	refuse("\"container_index\": 0", "\"container_index\": 7", -EBADMSG, "findings[0]: no container");
	refuse("\"position\": 1", "\"position\": 0", -EBADMSG, "findings[1]: no container has room");
	refuse("\"path\": \"out//date\"", "\"path\": \"in//date\"", -EBADMSG, "not inside its container");
	refuse("\"findings_total\": 4", "\"findings_total\": 5", -EBADMSG, "--max-findings");
	refuse("\"findings_total\": 4, \"totals\"", "\"findings_total\": 3, \"totals\"", -EBADMSG,
	       "more findings than its containers");
	refuse("\"depth\": 0, \"a_name\"", "\"depth\": 1, \"a_name\"", -EBADMSG, "no container around it");
	refuse("\"counts\": [0,", "\"counts\": [100,", -EBADMSG, "out of order or range");
	refuse("\"cells\": 100", "\"cells\": 99", -EBADMSG, "out of order or range");
	refuse("\"cells\": 100", "\"cells\": 1025", -EBADMSG, "too large");
	refuse("\"format\": \"text\"", "\"format\": \"te\\u001bxt\"", -EBADMSG, "control character");
	refuse("\"why_hex\": \"7374", "\"why_hex\": \"0074", -EBADMSG, "no name in hexadecimal");
	refuse("\"status\": \"proved\"", "\"status\": \"perhaps\"", -EBADMSG, "unknown value");
	refuse("\"id\": \"build-path\"", "\"id\": \"time\"", -EBADMSG, "already there");
	refuse("[\"time\", \"timezone\"]", "[\"time\", \"weather\"]", -EBADMSG, "does not hold axes");
	refuse("\"baseline\": false", "\"baseline\": 0", -EBADMSG, "neither true nor false");
	refuse("\"comparison_seconds\": 0.5", "\"comparison_seconds\": \"0.5\"", -EBADMSG, "is no number");
}

static void a_cut_record_is_refused(void **state)
{
	struct comparison c = sample_run();
	struct report_options o = sample_options;
	AUTO_FREE char *json = NULL;
	struct record *rec = NULL;

	(void)state;
	o.max_findings = 2;
	json = sample_render(report_json, &c, &o);
	assert_int_equal(record_parse("record", json, strlen(json), &rec, NULL), -EBADMSG);
}

/* A cause of another version comes with the record's own words; its texts are printed as they are, so they must be harmless. */
static void unknown_causes_are_kept_as_text(void **state)
{
	static const struct cause_fix fixes[] = { { "sometool", "--some-flag" }, { 0 } };
	static const struct cause other = { .id = "of-another-version",
					    .title = "a cause of another version",
					    .looks_like = "like this",
					    .fixes = fixes,
					    .fix_line = "sometool: --some-flag" };
	static const struct cause evil = { .id = "of-another-version", .title = "\x1b[31m", .fix_line = "" };
	struct comparison c = sample_run();
	AUTO_FREE char *json = NULL;
	struct record *rec = NULL;

	(void)state;
	sample_findings[0].cause = &other;
	assert_same_reports(&c, &sample_options);
	sample_findings[0].cause = &evil;
	json = sample_render(report_json, &c, &sample_options);
	assert_int_equal(record_parse("record", json, strlen(json), &rec, NULL), -EBADMSG);
}

static void files_are_read_and_their_absence_is_said(void **state)
{
	struct comparison c = sample_run();
	AUTO_FREE char *json = sample_render(report_json, &c, &sample_options);
	CLEANUP(record_freep) struct record *rec = NULL;
	struct record *none = NULL;

	(void)state;
	scratch_write(scratch_path("run.json"), json, strlen(json));
	assert_int_equal(record_read(scratch_path("run.json"), &rec, NULL), 0);
	assert_int_equal(rec->comparison->experiment->run_count, 2);
	assert_int_equal(record_read(scratch_path("absent"), &none, NULL), -ENOENT);
	assert_int_equal(record_read(scratch_dir, &none, NULL), -EISDIR);
}

static void more_values_than_fit_are_refused_before_they_are_read(void **state)
{
	size_t size = (33u << 20) + 3;
	AUTO_FREE char *text = malloc(size);
	struct record *rec = NULL;

	(void)state;
	assert_non_null(text);
	memset(text, ',', size);
	text[0] = '[';
	assert_int_equal(record_parse("record", text, size, &rec, NULL), -EFBIG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_report_of_a_record_is_the_original),
		cmocka_unit_test(a_record_of_diff_has_facts_clusters_and_notes),
		cmocka_unit_test(marks_are_kept),
		cmocka_unit_test(containers_inside_find_their_parent),
		cmocka_unit_test(what_contradicts_itself_is_refused),
		cmocka_unit_test(a_cut_record_is_refused),
		cmocka_unit_test(unknown_causes_are_kept_as_text),
		cmocka_unit_test(files_are_read_and_their_absence_is_said),
		cmocka_unit_test(more_values_than_fit_are_refused_before_they_are_read),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
