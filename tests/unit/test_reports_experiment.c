/* SPDX-License-Identifier: Apache-2.0 */
/* What the five reports tell about an experiment. */
#include "base/cleanup.h"
#include "base/terminal.h"
#include "reprocheck/report/experiment_text.h"
#include "tests/unit/experiment_sample.h"

#include <errno.h>
#include <jansson.h>

static char *render(sample_report fn, unsigned verbosity)
{
	struct comparison c = sample_run();
	struct report_options o = sample_options;

	o.verbosity = verbosity;
	return sample_render(fn, &c, &o);
}

static void the_answer_comes_first(void **state)
{
	AUTO_FREE char *t = render(report_terminal, 0);
	const char *line =
		"not reproducible: 2 causes, 3 unexplained bytes, 1 directory entry, 1 proved fix; "
		"the command fails when varied: locale; it asks the network\n\n";

	(void)state;
	assert_int_equal(strncmp(t, line, strlen(line)), 0);
}

static void a_reproducible_action_says_what_was_tried(void **state)
{
	struct comparison c = sample_reproducible();
	AUTO_FREE char *t = sample_render(report_terminal, &c, &sample_options);

	(void)state;
	assert_string_equal(
		t, "reproducible: 3 identical runs and 22 axes gave the same output\n\n"
		   "axes:\n"
		   "  kernel      ineffective: the host refused\n"
		   "  no effect, all varied at once: time, build-path, tmpdir, home, host, user, umask, "
		   "timezone, locale, environment, path, cpus, jobs, aslr, pid, readdir, mtime, atime, "
		   "hash-seed, inode, tty, network\n\n"
		   "identical: 1 file, 9 bytes; totals: 0 primary + 0 derived + 0 unexplained = 0 "
		   "differing bytes (as cmp counts)\n");
}

static void what_is_known_is_said_in_the_answer(void **state)
{
	struct comparison c = sample_run();
	AUTO_FREE char *t = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < sample_out.finding_count; i++)
		sample_findings[i].baseline = true;
	sample_entries[0].baseline = true;
	sample_axis(AXIS_LOCALE, AXIS_VERIFIED, VERDICT_NO_EFFECT, 0);
	t = sample_render(report_terminal, &c, &sample_options);
	assert_has(t, "reproducible but for what is known: 2 causes");
}

static void causes_show_axes_proof_and_who_asked(void **state)
{
	AUTO_FREE char *t = render(report_terminal, 0);
	AUTO_FREE char *first = NULL;

	(void)state;
	assert_true(asprintf(&first,
			     "embedded-timestamp 12 bytes in 1 place of out, proved: %s\n    fix: %s\n"
			     "    axes: time, timezone (measured)\n"
			     "    proof: proved: SOURCE_DATE_EPOCH=1700000000, 12 -> 0 bytes; detail "
			     "<i>&\\x1b[31m\\xff\n"
			     "    asked by: make > sh > <i>&\\x1b[31m\\xff (clock 2026-11-22 10:00:00Z)\n",
			     cause_find("embedded-timestamp")->title,
			     cause_fix_line(cause_find("embedded-timestamp"))) > 0);
	assert_has(t, first);
	assert_has(t, "    axes: intrinsic (measured)\n"
		      "    proof: no effect: gcc -frandom-seed=0, 6 -> 6 bytes\n");
	assert_has(t, "    axes: unattributable (not measured)\n");
	assert_has(t, "run.sh: mode: 0755 -> 0700\n    axes: umask (measured)\n");
	assert_lacks(t, "\x1b");
	assert_lacks(t, "\xff");
}

static void the_many_without_effect_take_one_line(void **state)
{
	AUTO_FREE char *t = render(report_terminal, 0);

	(void)state;
	assert_has(t,
		   "only together: time, timezone, 5 bytes\n\n"
		   "fixes tried:\n"
		   "    proof: no effect: gcc -frandom-seed=0, 6 -> 6 bytes\n\n"
		   "axes:\n"
		   "  time        causes, 12 bytes (2026-01-01 -> 2027-02-02 <i>&\\x1b[31m\\xff)\n"
		   "  timezone    interacts with others\n"
		   "  locale      fails: status 2: <i>&\\x1b[31m\\xff\n"
		   "  environment causes, 2 bytes; by LS_COLORS\n"
		   "  kernel      ineffective: the host refused\n"
		   "  cpus        no effect; not for all: busybox is static\n"
		   "  no effect: build-path, tmpdir, home, host, user, umask, path, jobs, aslr, pid, "
		   "readdir, mtime, atime, hash-seed, inode\n"
		   "  left out: network\n"
		   "  not reached (--max-runs): tty\n\n"
		   "network: curl <i>&\\x1b[31m\\xff: 1.2.3.4 port 443\n"
		   "note: gcc <i>&\\x1b[31m\\xff is out of reach\n"
		   "totals: 18 primary + 4 derived + 3 unexplained = 25 differing bytes (as cmp counts)\n");
	assert_lacks(t, "runs:");
}

static void verbose_shows_the_runs(void **state)
{
	AUTO_FREE char *t = render(report_terminal, 1);

	(void)state;
	assert_has(t, "  build-path  no effect\n");
	assert_has(t, "runs: 2; 27 planned, at most 60\n"
		      "  control: status 0, 0.50 s, set up in 0.004 s; 2 files, 109 bytes, abcd\n"
		      "  time: status 1, 0.10 s, copied 2.0 MB in 0.250 s; 0 files, 0 bytes\n");
	assert_has(t, "the command printed:\n  | cc <i>&\\x1b[31m\\xff\n  | done\n");
	assert_lacks(t, "\x1b");
}

static void a_command_that_failed_shows_what_it_printed(void **state)
{
	struct comparison c = sample_run();
	AUTO_FREE char *t = NULL;

	(void)state;
	sample_experiment.status = 2;
	t = sample_render(report_terminal, &c, &sample_options);
	assert_int_equal(strncmp(t, "trouble: the command ends with status 2;", 40), 0);
	assert_has(t, "  | done\n");
}

static void a_command_that_fails_with_an_axis_is_not_reproducible(void **state)
{
	struct comparison c = sample_reproducible();
	AUTO_FREE char *t = NULL;
	AUTO_FREE char *junit = NULL;

	(void)state;
	sample_axis(AXIS_LOCALE, AXIS_VERIFIED, VERDICT_FAILS, 0);
	t = sample_render(report_terminal, &c, &sample_options);
	junit = sample_render(report_junit, &c, &sample_options);
	assert_has(t, "not reproducible: the command fails when varied: locale\n");
	assert_has(junit, "tests=\"2\" failures=\"1\" errors=\"0\"");
	assert_has(junit, "<testcase classname=\"reprocheck.run.axes\" name=\"locale\">\n      <failure");
}

static void different_axes_of_one_cause_are_told_apart(void **state)
{
	struct finding f[6] = {
		{ .axes = AXIS_BIT(AXIS_TIME), .bytes = 1 }, { .axes = AXIS_BIT(AXIS_HOME), .bytes = 5 },
		{ .axes = AXIS_BIT(AXIS_TIME), .bytes = 2 }, { .axes = 0, .bytes = 9 },
		{ .axes = AXIS_BIT(AXIS_PID), .bytes = 1 },  { .axes = AXIS_BIT(AXIS_TTY), .bytes = 1 }
	};
	struct ranked_finding ranked[6];
	struct cause_summary s = { .findings = ranked, .count = 6 };
	struct axes_share shares[EVIDENCE_MAX];
	size_t i, more;

	(void)state;
	for (i = 0; i < 6; i++)
		ranked[i] = (struct ranked_finding){ .finding = &f[i] };
	assert_int_equal(cause_axes(&s, shares, &more), 4);
	assert_int_equal(more, 0);
	assert_int_equal(shares[0].axes, AXIS_BIT(AXIS_HOME));
	assert_int_equal(shares[1].axes, AXIS_BIT(AXIS_TIME));
	assert_int_equal(shares[1].bytes, 3);
	f[3].axes = AXIS_BIT(AXIS_UMASK);
	assert_int_equal(cause_axes(&s, shares, &more), 4);
	assert_int_equal(more, 1);
}

static void one_fix_that_proves_two_findings_counts_once(void **state)
{
	struct proof same = sample_proved;
	struct comparison c = sample_run();
	CLEANUP(summary_release) struct summary s = { 0 };
	AUTO_FREE char *verdict = NULL;

	(void)state;
	sample_findings[1].proof = &same;
	assert_int_equal(summary_make(&c, &s), 0);
	verdict = experiment_verdict(&c, &s);
	assert_has(verdict, "1 proved fix;");
}

static json_t *parse(const char *text)
{
	json_error_t e;
	json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, &e);

	if (!j)
		fail_msg("line %d: %s", e.line, e.text);
	return j;
}

static json_t *at(json_t *j, const char *key)
{
	json_t *v = json_object_get(j, key);

	if (!v)
		fail_msg("no member %s", key);
	return v;
}

static const char *text_at(json_t *j, const char *key)
{
	return json_string_value(at(j, key));
}

static void json_holds_the_experiment(void **state)
{
	AUTO_FREE char *t = render(report_json, 0);
	json_t *j = parse(t), *e = at(j, "experiment"), *axis, *f = json_array_get(at(j, "findings"), 0);

	(void)state;
	assert_has(text_at(e, "summary"), "not reproducible: 2 causes");
	assert_int_equal(json_array_size(at(e, "axes")), AXIS_COUNT);
	axis = json_array_get(at(e, "axes"), AXIS_LOCALE);
	assert_string_equal(text_at(axis, "id"), "locale");
	assert_string_equal(text_at(axis, "state"), "verified");
	assert_string_equal(text_at(axis, "verdict"), "fails");
	assert_has(text_at(axis, "why"), "status 2: <i>&\x1b[31m\xef\xbf\xbd");
	assert_string_equal(text_at(axis, "why_hex"), "73746174757320323a203c693e261b5b33316dff");
	assert_string_equal(json_string_value(json_array_get(at(e, "command"), 0)), "make");
	assert_string_equal(json_string_value(json_array_get(at(e, "command_hex"), 0)), "6d616b65");
	assert_string_equal(text_at(f, "id"), "embedded-timestamp@out");
	assert_int_equal(json_array_size(at(f, "axes")), 2);
	assert_string_equal(json_string_value(json_array_get(at(f, "axes"), 1)), "timezone");
	assert_string_equal(text_at(at(f, "proof"), "status"), "proved");
	assert_string_equal(text_at(at(f, "proof"), "fix"), "SOURCE_DATE_EPOCH=1700000000");
	assert_string_equal(text_at(f, "asked"), "clock 2026-11-22 10:00:00Z");
	assert_null(json_object_get(json_array_get(at(j, "findings"), 2), "proof"));
	json_decref(j);
}

static int have(const char *command_line)
{
	AUTO_FREE char *quiet = NULL;

	assert_true(asprintf(&quiet, "%s >/dev/null 2>&1", command_line) > 0);
	return system(quiet) == 0;
}

static void json_follows_its_schema(void **state)
{
	AUTO_FREE char *t = render(report_json, 0);
	AUTO_FREE char *check = NULL;
	const char *path = scratch_path("report.json");

	(void)state;
	if (!have("test -f docs/reprocheck-diff.schema.json") || !have("python3 -c 'import jsonschema'"))
		skip(); /* no python3-jsonschema, or not started at the top of the tree */
	scratch_write(path, t, strlen(t));
	assert_true(asprintf(&check,
			     "python3 -c 'import json, sys, jsonschema\n"
			     "s = json.load(open(\"docs/reprocheck-diff.schema.json\"))\n"
			     "def closed(o):\n"
			     "    if isinstance(o, dict):\n"
			     "        if \"properties\" in o: o[\"additionalProperties\"] = False\n"
			     "        for v in o.values(): closed(v)\n"
			     "closed(s)\n" /* every member that is written is described */
			     "jsonschema.Draft202012Validator(s).validate(json.load(open(sys.argv[1])))' %s",
			     path) > 0);
	assert_int_equal(system(check), 0);
}

static void a_comparison_without_an_experiment_says_nothing_of_one(void **state)
{
	struct comparison c = sample_run();
	AUTO_FREE char *json = NULL;
	AUTO_FREE char *html = NULL;

	(void)state;
	c.experiment = NULL;
	json = sample_render(report_json, &c, &sample_options);
	html = sample_render(report_html, &c, &sample_options);
	assert_lacks(json, "\"experiment\"");
	assert_lacks(json, "\"axes\"");
	assert_lacks(html, "What was varied");
}

static void sarif_has_axes_and_the_proved_fix(void **state)
{
	AUTO_FREE char *t = render(report_sarif, 0);
	json_t *j = parse(t), *run = json_array_get(at(j, "runs"), 0), *result, *notes;

	(void)state;
	result = json_array_get(at(run, "results"), 0);
	assert_has(text_at(at(result, "message"), "text"),
		   ". Axes: time, timezone (measured). Asked by: make > sh > ");
	assert_has(text_at(at(result, "message"), "text"),
		   ". Proved fix: SOURCE_DATE_EPOCH=1700000000 (12 -> 0 bytes)");
	assert_int_equal(json_array_size(at(at(result, "properties"), "axes")), 2);
	assert_string_equal(text_at(at(at(result, "properties"), "proof"), "status"), "proved");
	result = json_array_get(at(run, "results"), 1);
	assert_has(text_at(at(result, "message"), "text"), ". Proof: no effect: gcc -frandom-seed=0");
	assert_string_equal(text_at(at(at(run, "properties"), "axes"), "kernel"),
			    "ineffective: the host refused");
	notes = at(json_array_get(at(run, "invocations"), 0), "toolExecutionNotifications");
	assert_int_equal(json_array_size(notes), 7); /* five axes, network, note */
	assert_string_equal(text_at(json_array_get(notes, 0), "level"), "warning");
	assert_has(text_at(at(json_array_get(notes, 0), "message"), "text"), "axis locale: fails: status 2");
	assert_has(text_at(at(json_array_get(notes, 1), "message"), "text"), "axis kernel: ineffective");
	json_decref(j);
}

static void junit_has_axes_proof_and_properties(void **state)
{
	AUTO_FREE char *t = render(report_junit, 0);

	(void)state;
	assert_has(t, "<testsuite name=\"reprocheck run\"");
	assert_has(t, "<property name=\"axis.kernel\" value=\"ineffective: the host refused\"/>");
	assert_has(
		t,
		"<property name=\"axis.locale\" value=\"fails: status 2: &lt;i&gt;&amp;\\x1b[31m\\xff\"/>");
	assert_has(t, "  axes: time, timezone (measured)\n"
		      "  proof: proved: SOURCE_DATE_EPOCH=1700000000, 12 -&gt; 0 bytes; detail "
		      "&lt;i&gt;&amp;\\x1b[31m\\xff\n");
	assert_has(t, "<system-out>not reproducible: 2 causes");
	assert_lacks(t, "\x1b");
	if (have("xmllint --version")) {
		AUTO_FREE char *check = NULL;

		scratch_write(scratch_path("report.xml"), t, strlen(t));
		assert_true(asprintf(&check, "xmllint --noout %s", scratch_path("report.xml")) > 0);
		assert_int_equal(system(check), 0);
	}
}

static size_t count_of(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

static void html_has_a_table_of_axes(void **state)
{
	AUTO_FREE char *t = render(report_html, 0);

	(void)state;
	assert_has(t, "<title>reprocheck run: out</title>");
	assert_has(t, "<h2>What was varied</h2>");
	assert_has(t, "data-pick=\"kernel\"");
	assert_has(t, "<span class=\"chip unexplained\">ineffective</span>");
	assert_has(t, "<span class=\"chip primary\">causes</span>");
	assert_has(t, "data-axes=\"time timezone \"");
	assert_has(t, "aria-pressed=\"false\" data-axis=\"timezone\">timezone</button>");
	assert_has(t, "<span class=\"chip good\">proved</span> <code>SOURCE_DATE_EPOCH=1700000000</code>");
	assert_has(t, "Only together: ");
	assert_has(t, "&lt;i&gt;&amp;\\x1b[31m\\xff");
	assert_lacks(t, "<i>&");
	assert_lacks(t, "\x1b");
	assert_int_equal(count_of(t, "<script"), 1);
	assert_lacks(t, " style=");
	assert_lacks(t, " onclick=");
}

static void html_elements_are_balanced(void **state)
{
	static const char *const names[] = { "details", "section", "table", "tbody",  "tr", "td",   "ul",
					     "li",      "div",     "p",     "button", "a",  "span", "code" };
	AUTO_FREE char *t = render(report_html, 0);
	char *script = strstr(t, "<script>"), *body = strstr(t, "</style>");
	char opening[2][16], closing[16];
	size_t i;

	(void)state;
	assert_non_null(script);
	assert_non_null(body);
	*script = '\0';
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(opening[0], sizeof(opening[0]), "<%s>", names[i]);
		(void)snprintf(opening[1], sizeof(opening[1]), "<%s ", names[i]);
		(void)snprintf(closing, sizeof(closing), "</%s>", names[i]);
		if (count_of(body, opening[0]) + count_of(body, opening[1]) != count_of(body, closing))
			fail_msg("<%s> is not balanced", names[i]);
	}
}

static void reports_say_that_the_stream_failed(void **state)
{
	static const sample_report fns[] = { report_terminal, report_json, report_sarif, report_junit,
					     report_html };
	struct comparison c = sample_run();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(fns) / sizeof(fns[0]); i++) {
		FILE *f = fopen("/dev/full", "w");

		assert_non_null(f);
		assert_int_equal(fns[i](f, &c, &sample_options), -EIO);
		(void)fclose(f);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_answer_comes_first),
		cmocka_unit_test(a_reproducible_action_says_what_was_tried),
		cmocka_unit_test(what_is_known_is_said_in_the_answer),
		cmocka_unit_test(causes_show_axes_proof_and_who_asked),
		cmocka_unit_test(the_many_without_effect_take_one_line),
		cmocka_unit_test(verbose_shows_the_runs),
		cmocka_unit_test(a_command_that_failed_shows_what_it_printed),
		cmocka_unit_test(a_command_that_fails_with_an_axis_is_not_reproducible),
		cmocka_unit_test(different_axes_of_one_cause_are_told_apart),
		cmocka_unit_test(one_fix_that_proves_two_findings_counts_once),
		cmocka_unit_test(json_holds_the_experiment),
		cmocka_unit_test(json_follows_its_schema),
		cmocka_unit_test(a_comparison_without_an_experiment_says_nothing_of_one),
		cmocka_unit_test(sarif_has_axes_and_the_proved_fix),
		cmocka_unit_test(junit_has_axes_proof_and_properties),
		cmocka_unit_test(html_has_a_table_of_axes),
		cmocka_unit_test(html_elements_are_balanced),
		cmocka_unit_test(reports_say_that_the_stream_failed),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
