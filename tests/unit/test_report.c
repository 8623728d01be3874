/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reports of one comparison that is built by hand: two files that differ,
 * one with a container inside, hostile names; and baselines.
 */
#include "base/cleanup.h"
#include "base/terminal.h"
#include "reprocheck/report/baseline.h"
#include "base/markup.h"
#include "reprocheck/report/report.h"
#include "reprocheck/report/summary.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <jansson.h>
#include <sys/wait.h>

#define HOSTILE  "lib/<script>alert(1)</script>&\"'\x1b[31m.a"
#define NOT_UTF8 "na\xffme"

static struct place app_places[] = {
	{ .path = ".debug_str",
	  .region = ".debug_str",
	  .a_off = 0x10,
	  .a_len = 1,
	  .b_off = 0x20,
	  .b_len = 1,
	  .symbol = "main+0x12",
	  .source = "src/x.c:12",
	  .a_text = "/build-1/<b>",
	  .b_text = "/build-2/<b>",
	  .a_context = "first\nsecond" },
	{ .path = NOT_UTF8, .region = "r", .a_off = 0x40, .b_off = 0x50, .b_len = 3, .b_text = "de ad be" },
};
static struct place tar_places[] = { { .path = "a//mtime",
				       .region = "mtime",
				       .a_off = 136,
				       .a_len = 12,
				       .b_off = 136,
				       .b_len = 12,
				       .detail = "10:00 -> 10:07" } };
/* Of the real table; sample() fills in the causes that the ids begin with. */
#define PATH "debug-build-path"
#define TIME "tar-timestamps"
static const struct cause *from_path[1];

static struct finding app_findings[] = {
	{ .id = PATH "@bin/app",
	  .class = CLASS_PRIMARY,
	  .level = LEVEL_CAUSED,
	  .bytes = 4,
	  .place_count = 7,
	  .places = app_places,
	  .places_kept = 2 },
	{ .id = "unexplained@bin/app",
	  .class = CLASS_UNEXPLAINED,
	  .bytes = 2,
	  .place_count = 1,
	  .places = app_places,
	  .places_kept = 1 },
	{ .id = CAUSE_CHECKSUM "@bin/app<" PATH,
	  .class = CLASS_DERIVED,
	  .level = LEVEL_PROVED,
	  .bytes = 5580,
	  .place_count = 1,
	  .from = from_path,
	  .from_count = 1 },
};
static struct finding gz_findings[] = { { .id = CAUSE_CHECKSUM "@" HOSTILE,
					  .class = CLASS_DERIVED,
					  .level = LEVEL_PROVED,
					  .bytes = 90,
					  .place_count = 1 } };
static struct finding tar_findings[] = {
	{ .id = TIME "@" HOSTILE "//in.tar",
	  .class = CLASS_PRIMARY,
	  .level = LEVEL_RECOGNISED,
	  .bytes = 1200,
	  .place_count = 1,
	  .places = tar_places,
	  .places_kept = 1,
	  .detail = "10:00 -> 10:07" },
	{ .id = PATH "@" HOSTILE "//in.tar",
	  .class = CLASS_PRIMARY,
	  .level = LEVEL_RECOGNISED,
	  .bytes = 6,
	  .place_count = 2,
	  .places = tar_places,
	  .places_kept = 1 },
};
static const char *notes[] = { "offset 0x10: <odd>\x1b" };
static struct byte_map map = { .cell_size = 16,
			       .cells = 300,
			       .counts = { [3] = { 1, 9, 0 }, [299] = { 0, 0, 2 } } };

static struct space app = { .name = "bin/app",
			    .format = "elf",
			    .status = SPACE_DIFFERS,
			    .findings = app_findings,
			    .finding_count = 3,
			    .map = &map,
			    .totals = { 12345, 12345, 5586, { 4, 5580, 2 } } };
static struct space gz = { .name = HOSTILE,
			   .format = "gzip",
			   .status = SPACE_DIFFERS,
			   .findings = gz_findings,
			   .finding_count = 1,
			   .totals = { 100, 99, 90, { 0, 90, 0 } },
			   .notes = notes,
			   .note_count = 1 };
static struct space tar = { .name = HOSTILE "//in.tar",
			    .format = "tar",
			    .status = SPACE_DIFFERS,
			    .depth = 1,
			    .parent = &gz,
			    .findings = tar_findings,
			    .finding_count = 2,
			    .totals = { 2000, 2000, 1206, { 1206, 0, 0 } } };
static struct space same = { .name = "same", .format = "text", .totals = { 9, 9, 0, { 0 } } };
static struct space *spaces[] = { &app, &gz, &tar, &same };
static struct entry_difference entries[] = {
	{ .name = "bin/<run>", .what = "link target", .a = "x", .b = "y" }
};
static unsigned ac[] = { 0, 2 }, b[] = { 1 };
static struct cluster clusters[] = { { "aa", ac, 2 }, { "bb", b, 1 } };
static struct clustering clusterings[] = { { "bin/app", clusters, 2, false } };
static const char *builds[] = { "one", "two", "three" };
static const char *command[] = { "reprocheck", "diff", "one", "two" };

static void reset(struct finding *f)
{
	char id[64];

	(void)snprintf(id, sizeof(id), "%.*s", (int)strcspn(f->id, "@"), f->id);
	f->cause = cause_find(id);
	assert_non_null(f->cause);
	f->baseline = f->excluded = false;
}

static struct comparison sample(void)
{
	size_t i, k;

	for (i = 0; i < 4; i++)
		for (k = 0; k < spaces[i]->finding_count; k++)
			reset(&spaces[i]->findings[k]);
	from_path[0] = cause_find(PATH);
	entries[0].baseline = entries[0].excluded = false;
	return (struct comparison){ .builds = builds,
				    .build_count = 3,
				    .spaces = spaces,
				    .space_count = 4,
				    .entries = entries,
				    .entry_count = 1,
				    .clusterings = clusterings,
				    .clustering_count = 1,
				    .files_compared = 3,
				    .files_same = 1,
				    .seconds = 1.5,
				    .totals = { 12454, 12453, 5676, { 4, 5670, 2 } } };
}

static const struct report_options plain = { .version = "1.0", .command = command, .command_count = 4 };

typedef int (*report_fn)(FILE *f, const struct comparison *c, const struct report_options *o);

static char *render_with(report_fn fn, const struct comparison *c, const struct report_options *o)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	assert_int_equal(fn(f, c, o), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static char *render(report_fn fn)
{
	struct comparison c = sample();

	return render_with(fn, &c, &plain);
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

static json_int_t int_at(json_t *j, const char *key)
{
	return json_integer_value(at(j, key));
}

static const char *text_at(json_t *j, const char *key)
{
	return json_string_value(at(j, key));
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in:\n%s", part, text);
}

static void causes_are_ranked_over_all_spaces(void **state)
{
	struct comparison c = sample();
	struct summary s;

	(void)state;
	assert_int_equal(summary_make(&c, &s), 0);
	assert_int_equal(s.cause_count, 4);
	assert_string_equal(s.causes[0].cause->id, TIME);
	assert_string_equal(s.causes[1].cause->id, PATH);
	assert_string_equal(s.causes[2].cause->id, "unexplained");
	assert_string_equal(s.causes[3].cause->id, CAUSE_CHECKSUM);
	assert_int_equal(s.causes[1].bytes, 10);
	assert_int_equal(s.causes[1].root_bytes, 4);
	assert_int_equal(s.causes[1].places, 9);
	assert_int_equal(s.causes[1].files, 2);
	assert_int_equal(s.causes[1].level, LEVEL_RECOGNISED); /* the weakest */
	assert_int_equal(s.causes[1].findings[0].finding->bytes, 6);
	assert_ptr_equal(s.causes[3].from[0], cause_find(PATH));
	assert_int_equal(s.files_differing, 2);
	summary_release(&s);
}

static void shared_ends_respect_characters_and_escapes(void **state)
{
	struct shared_ends e;

	(void)state;
	e = shared_ends("/build-1/x", "/build-22/x");
	assert_int_equal(e.prefix, 7);
	assert_int_equal(e.suffix, 2);
	e = shared_ends("a\\x01b", "a\\x02b");
	assert_int_equal(e.prefix, 1);
	assert_int_equal(e.suffix, 1);
	e = shared_ends("\xc3\xa9", "\xc3\xa8"); /* one character each */
	assert_int_equal(e.prefix, 0);
	assert_int_equal(e.suffix, 0);
	e = shared_ends("aaa", "aa");
	assert_int_equal(e.prefix + e.suffix, 2);
	e = shared_ends("", "x");
	assert_int_equal(e.prefix + e.suffix, 0);
}

static void terminal_is_short_and_adds_up(void **state)
{
	AUTO_FREE char *t = render(report_terminal);
	AUTO_FREE char *line = NULL;

	(void)state;
	assert_has(t, "bin/app (elf): 4 primary bytes, 5,580 derived, 2 unexplained of 12,345\n");
	assert_has(t, "  |- in.tar (tar): 1,206 primary bytes, 0 derived, 0 unexplained of 2,000\n");
	assert_has(t, "of 100 (A) and 99 (B)\n");
	assert_true(asprintf(&line, PATH "    10 bytes in 9 places of 2 files, recognised: %s\n    fix: %s\n",
			     cause_find(PATH)->title, cause_fix_line(cause_find(PATH))) > 0);
	assert_has(t, line);
	assert_has(t, "5,670 derived bytes follow: " CAUSE_CHECKSUM " 5,670 (from " PATH ")\n");
	assert_has(t, "bin/<run>: link target: x -> y\n");
	assert_has(t, "bin/app: 2 outcomes {A C} {B}\n");
	assert_has(t, "\ntotals: 4 primary + 5,670 derived + 2 unexplained = 5,676 differing bytes (as cmp "
		      "counts)\n");
	assert_lacks(t, "-->");
	assert_lacks(t, "\x1b");
	assert_has(t, "\\x1b[31m.a");
}

static void verbose_terminal_shows_places(void **state)
{
	struct comparison c = sample();
	struct report_options o = plain;
	AUTO_FREE char *one = NULL;
	AUTO_FREE char *two = NULL;

	(void)state;
	o.verbosity = 1;
	one = render_with(report_terminal, &c, &o);
	assert_has(one, "    --> bin/app//.debug_str at 0x10 (B: 0x20), 1 byte, main+0x12, src/x.c:12\n"
			"        - /build-1/<b>\n        + /build-2/<b>\n");
	assert_has(one, "3 bytes more in B\n");
	assert_has(one, "... and 5 more places of " PATH "@bin/app\n");
	assert_has(one, cause_find(PATH)->fixes[1].edit); /* all fixes, and what does not help */
	assert_has(one, cause_find(PATH)->not_fixed_by);
	assert_lacks(one, "A| first");
	o.verbosity = 2;
	two = render_with(report_terminal, &c, &o);
	assert_has(two, "        A| first\n        A| second\n");
	assert_has(two, CAUSE_CHECKSUM);
	assert_lacks(two, "derived bytes follow");
}

static void colour_only_on_request(void **state)
{
	AUTO_FREE char *t = NULL;

	(void)state;
	assert_int_equal(terminal_set_colour("always"), 0);
	t = render(report_terminal);
	assert_int_equal(terminal_set_colour("never"), 0);
	assert_has(t, "\x1b[");
	assert_has(t, "\\x1b[31m.a"); /* the input's own escape stays harmless */
}

static void identical_is_one_line(void **state)
{
	struct space *only[] = { &same };
	struct comparison c = { .builds = builds,
				.build_count = 2,
				.spaces = only,
				.space_count = 1,
				.files_compared = 1,
				.files_same = 1,
				.totals = { 9, 9, 0, { 0 } } };
	AUTO_FREE char *t = render_with(report_terminal, &c, &plain);

	(void)state;
	assert_string_equal(t, "identical: 1 file, 9 bytes; totals: 0 primary + 0 derived + 0 unexplained = "
			       "0 differing bytes (as cmp counts)\n");
	assert_true(comparison_accepted(&c));
}

static void json_adds_up_and_keeps_names(void **state)
{
	AUTO_FREE char *t = render(report_json);
	json_t *j = parse(t), *totals = at(j, "totals"), *f = NULL, *place;

	(void)state;
	assert_string_equal(text_at(j, "schema"), "carbolic.reprocheck.diff/1");
	assert_string_equal(text_at(j, "verdict"), "different");
	assert_int_equal(int_at(totals, "differing_bytes"), int_at(totals, "primary_bytes") +
								    int_at(totals, "derived_bytes") +
								    int_at(totals, "unexplained_bytes"));
	assert_int_equal(int_at(totals, "differing_bytes"), 5676);
	assert_int_equal(json_array_size(at(j, "findings")), 6);
	assert_int_equal(json_array_size(at(j, "containers")), 4);
	f = json_array_get(at(j, "findings"), 2);
	assert_string_equal(text_at(f, "id"), PATH "@bin/app");
	assert_string_equal(text_at(f, "container"), "bin/app");
	assert_string_equal(text_at(f, "level"), "caused");
	assert_string_equal(text_at(f, "fix"), cause_fix_line(cause_find(PATH)));
	assert_string_equal(text_at(json_array_get(at(f, "fixes"), 0), "edit"),
			    cause_find(PATH)->fixes[0].edit);
	assert_int_equal(int_at(f, "places_total"), 7);
	place = json_array_get(at(f, "places"), 0);
	assert_string_equal(text_at(place, "path"), "bin/app//.debug_str");
	assert_string_equal(text_at(place, "symbol"), "main+0x12");
	assert_string_equal(text_at(place, "source"), "src/x.c:12");
	place = json_array_get(at(f, "places"), 1);
	assert_int_equal(int_at(place, "offset"), 0x50); /* nothing stands in A */
	assert_int_equal(int_at(place, "length"), 3);
	assert_string_equal(text_at(place, "path_hex"), "62696e2f6170702f2f6e61ff6d65");
	f = json_array_get(at(j, "findings"), 0);
	assert_string_equal(text_at(f, "container"), HOSTILE "//in.tar");
	assert_string_equal(text_at(json_array_get(at(j, "entries"), 0), "id"),
			    "entry-link-target@bin/<run>");
	json_decref(j);
}

static void json_lists_no_more_than_asked(void **state)
{
	struct comparison c = sample();
	struct report_options o = plain;
	AUTO_FREE char *t = NULL;
	json_t *j;

	(void)state;
	o.max_findings = 2;
	t = render_with(report_json, &c, &o);
	j = parse(t);
	assert_int_equal(json_array_size(at(j, "findings")), 2);
	assert_int_equal(int_at(j, "findings_total"), 6);
	json_decref(j);
}

static void json_has_the_facts(void **state)
{
	struct facts facts = { .path = { "/one", NULL },
			       .time = { 1700000000, 0 },
			       .uid = { 0, -1 },
			       .gid = { -1, -1 },
			       .pid = { -1, -1 } };
	struct comparison c = sample();
	struct report_options o = plain;
	AUTO_FREE char *t = NULL;
	json_t *j, *a;

	(void)state;
	o.facts = &facts;
	t = render_with(report_json, &c, &o);
	j = parse(t);
	a = at(at(j, "facts"), "a");
	assert_int_equal(int_at(a, "time"), 1700000000);
	assert_int_equal(int_at(a, "uid"), 0);
	assert_null(json_object_get(a, "gid"));
	assert_int_equal(json_object_size(at(at(j, "facts"), "b")), 0);
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
	AUTO_FREE char *t = render(report_json);
	AUTO_FREE char *check = NULL;
	const char *path = scratch_path("report.json");

	(void)state;
	if (!have("test -f docs/reprocheck-diff.schema.json") || !have("python3 -c 'import jsonschema'"))
		skip(); /* no python3-jsonschema, or not started at the top of the tree */
	scratch_write(path, t, strlen(t));
	assert_true(asprintf(&check,
			     "python3 -c 'import json, sys, jsonschema\n"
			     "s = json.load(open(\"docs/reprocheck-diff.schema.json\"))\n"
			     "jsonschema.Draft202012Validator.check_schema(s)\n"
			     "def closed(o):\n"
			     "    if isinstance(o, dict):\n"
			     "        if \"properties\" in o: o[\"additionalProperties\"] = False\n"
			     "        for v in o.values(): closed(v)\n"
			     "closed(s)\n" /* every member that is written is described */
			     "jsonschema.Draft202012Validator(s).validate(json.load(open(sys.argv[1])))' %s",
			     path) > 0);
	assert_int_equal(system(check), 0);
}

static void sarif_has_rules_results_and_suppressions(void **state)
{
	struct comparison c = sample();
	AUTO_FREE char *t = NULL;
	json_t *j, *run, *result, *rules, *where;

	(void)state;
	app_findings[0].baseline = true;
	t = render_with(report_sarif, &c, &plain);
	app_findings[0].baseline = false;
	j = parse(t);
	assert_string_equal(text_at(j, "version"), "2.1.0");
	run = json_array_get(at(j, "runs"), 0);
	rules = at(at(at(run, "tool"), "driver"), "rules");
	assert_int_equal(json_array_size(rules), 5); /* four causes and the directory entry */
	assert_has(text_at(at(json_array_get(rules, 1), "help"), "text"), cause_find(PATH)->fixes[1].edit);
	assert_int_equal(json_array_size(at(run, "results")), 7);
	result = json_array_get(at(run, "results"), 2);
	assert_string_equal(text_at(result, "ruleId"), PATH);
	assert_int_equal(json_array_size(at(result, "suppressions")), 1);
	assert_string_equal(text_at(at(result, "partialFingerprints"), "reprocheckFinding/v1"),
			    PATH "@bin/app");
	where = at(json_array_get(at(result, "locations"), 0), "physicalLocation");
	assert_string_equal(text_at(at(where, "artifactLocation"), "uri"), "bin/app");
	assert_int_equal(int_at(at(where, "region"), "byteOffset"), 0x10);
	result = json_array_get(at(run, "results"), 0);
	assert_null(json_object_get(result, "suppressions"));
	where = at(json_array_get(at(result, "locations"), 0), "physicalLocation");
	assert_string_equal(text_at(at(where, "artifactLocation"), "uri"), "/in.tar");
	assert_int_equal(int_at(json_array_get(at(run, "artifacts"), 2), "parentIndex"), 1);
	assert_string_equal(text_at(at(json_array_get(at(run, "artifacts"), 1), "location"), "uri"),
			    "lib/%3Cscript%3Ealert%281%29%3C/script%3E%26%22%27%1B%5B31m.a");
	json_decref(j);
}

static void junit_has_a_testcase_a_file(void **state)
{
	AUTO_FREE char *t = render(report_junit);

	(void)state;
	assert_has(t, "<testsuite name=\"reprocheck diff\" tests=\"4\" failures=\"3\" errors=\"0\"");
	assert_has(t, "name=\"same\"/>");
	assert_has(t, "<failure type=\"" PATH "\" message=\""); /* its cause */
	assert_has(t, ": 4 primary bytes in bin/app\">");
	assert_has(t, "<failure type=\"" TIME "\""); /* of the container inside */
	assert_lacks(t, "<script>");
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

static void html_is_self_contained_and_escaped(void **state)
{
	AUTO_FREE char *t = render(report_html);

	(void)state;
	assert_has(t, "<!doctype html>");
	assert_has(t, "default-src 'none'");
	assert_has(t, "script-src 'sha256-");
	assert_int_equal(count_of(t, "<script"), 1);
	assert_int_equal(count_of(t, "</script>"), 1);
	assert_has(t, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;\\x1b[31m.a");
	assert_lacks(t, "\x1b");
	assert_lacks(t, " src=");
	assert_lacks(t, "<link rel=\"stylesheet\"");
	assert_lacks(t, " style=");
	assert_lacks(t, " onclick=");
	assert_lacks(t, "url(http");
	assert_has(t, "/build-<mark>1</mark>/&lt;b&gt;");
	assert_has(t, "/build-<mark>2</mark>/&lt;b&gt;");
	assert_has(t, "4 primary + 5,670 derived + 2 unexplained = 5,676 differing bytes");
	assert_has(t, "data-cells=\"3,1,9,0;299,0,0,2;\"");
	assert_has(t, "of 300 squares, 1 hold primary, 1 derived and 1 unexplained bytes");
}

static void html_elements_are_balanced(void **state)
{
	static const char *const names[] = { "details", "section", "table", "tbody", "tr",     "td", "ol",
					     "ul",      "li",      "div",   "svg",   "figure", "dl", "p",
					     "button",  "summary", "code",  "mark",  "bdi" };
	AUTO_FREE char *t = render(report_html);
	char *script = strstr(t, "<script>"), *style_end = strstr(t, "</style>");
	char opening[2][16], closing[16];
	size_t i;

	(void)state;
	assert_non_null(script);
	assert_non_null(style_end);
	*script = '\0';
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(opening[0], sizeof(opening[0]), "<%s>", names[i]);
		(void)snprintf(opening[1], sizeof(opening[1]), "<%s ", names[i]);
		(void)snprintf(closing, sizeof(closing), "</%s>", names[i]);
		if (count_of(style_end, opening[0]) + count_of(style_end, opening[1]) !=
		    count_of(style_end, closing))
			fail_msg("<%s> is not balanced", names[i]);
	}
}

static void reports_say_that_the_stream_failed(void **state)
{
	static const report_fn fns[] = { report_terminal, report_json, report_sarif, report_junit,
					 report_html };
	struct comparison c = sample();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(fns) / sizeof(fns[0]); i++) {
		FILE *f = fopen("/dev/full", "w");

		assert_non_null(f);
		assert_int_equal(fns[i](f, &c, &plain), -EIO);
		(void)fclose(f);
	}
}

static void markup_shows_what_cannot_be_written(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	assert_non_null(f);
	markup_printf(f, "<b>%s</b> %zu %u %llx%%", "<\x01\xff\xe2\x80\xae\xc3\xa9\xc2\x9b&", (size_t)7, 8u,
		      255ULL);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, "<b>&lt;\\x01\\xff\\u{202e}\xc3\xa9\\u{009b}&amp;</b> 7 8 ff%");
	free(text);
}

static void apply(struct comparison *c, const char *path, const char *content, struct baseline **ret)
{
	scratch_write(path, content, strlen(content));
	assert_int_equal(baseline_read(path, ret, NULL), 0);
	assert_int_equal(baseline_apply(*ret, c), 0);
}

static void a_list_of_ids_is_a_baseline(void **state)
{
	CLEANUP(baseline_freep) struct baseline *k = NULL;
	struct comparison c = sample();

	(void)state;
	assert_false(comparison_accepted(&c));
	apply(&c, scratch_path("ids"),
	      "# known\n\n " PATH "@bin/app \r\nunexplained@*\nentry-link-target@bin/<run>\nx-gone@z\n", &k);
	assert_true(app_findings[0].baseline);
	assert_true(app_findings[1].baseline);
	assert_false(app_findings[2].baseline);
	assert_true(entries[0].baseline);
	assert_true(file_accepted(&c, 0)); /* what is derived follows */
	assert_false(file_accepted(&c, 1));
	assert_false(comparison_accepted(&c));
	assert_string_equal(baseline_unmatched(k, 0), "x-gone@z");
	assert_null(baseline_unmatched(k, 1));
}

static void a_report_is_a_baseline_of_itself(void **state)
{
	CLEANUP(baseline_freep) struct baseline *k = NULL;
	AUTO_FREE char *report = render(report_json);
	struct comparison c = sample();
	AUTO_FREE char *t = NULL;

	(void)state;
	apply(&c, scratch_path("known.json"), report, &k);
	assert_true(comparison_accepted(&c));
	assert_null(baseline_unmatched(k, 0));
	t = render_with(report_terminal, &c, &plain);
	assert_has(t, "6 of 6 findings are known or excluded\n");
	assert_has(
		t,
		"totals: 4 primary + 5,670 derived + 2 unexplained = 5,676"); /* known bytes still differ */
}

static void refuse(const char *content, int code, const char *why)
{
	struct baseline *k = NULL;
	struct error err = { 0 };
	char text[512];

	scratch_write(scratch_path("bad"), content, strlen(content));
	assert_int_equal(baseline_read(scratch_path("bad"), &k, &err), code);
	assert_null(k);
	assert_has(error_text(&err, text, sizeof(text)), why);
}

static void other_files_are_no_baseline(void **state)
{
	struct baseline *k = NULL;

	(void)state;
	refuse("hello\n", -EBADMSG, "expected a finding's id");
	refuse("x@y\n\x7f"
	       "ELF\x01@\n",
	       -EBADMSG, "offset 0x4");
	refuse("{\"schema\": \"other/1\"}", -EBADMSG, "not a report");
	refuse("{\"schema\": ", -EBADMSG, "not JSON");
	assert_int_equal(baseline_read(scratch_path("absent"), &k, NULL), -ENOENT);
}

static void causes_can_be_excluded(void **state)
{
	static const char *const unknown[] = { CAUSE_UNEXPLAINED, "no-such-cause" };
	struct comparison c = sample();
	struct error err = { 0 };

	(void)state;
	assert_int_equal(exclude_causes(&c, unknown, 2, &err), -EINVAL);
	assert_has(err.message, "no-such-cause");
	assert_false(app_findings[1].excluded); /* all or nothing */
	assert_int_equal(exclude_causes(&c, unknown, 1, NULL), 0);
	assert_true(app_findings[1].excluded);
	assert_false(app_findings[0].excluded);
}

static void trouble_is_never_accepted(void **state)
{
	struct space bad = { .name = "gone", .format = "", .status = SPACE_TROUBLE, .trouble = "vanished" };
	struct space *only[] = { &bad };
	struct comparison c = { .builds = builds,
				.build_count = 2,
				.spaces = only,
				.space_count = 1,
				.files_compared = 1,
				.trouble = true };
	AUTO_FREE char *terminal = render_with(report_terminal, &c, &plain);
	AUTO_FREE char *junit = render_with(report_junit, &c, &plain);
	AUTO_FREE char *html = render_with(report_html, &c, &plain);
	AUTO_FREE char *json = render_with(report_json, &c, &plain);

	(void)state;
	assert_false(comparison_accepted(&c));
	assert_has(terminal, "gone: not compared: vanished\n");
	assert_has(junit, "<error type=\"trouble\" message=\"vanished\"/>");
	assert_has(html, "Not everything could be compared");
	assert_has(json, "\"verdict\": \"trouble\"");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(causes_are_ranked_over_all_spaces),
		cmocka_unit_test(shared_ends_respect_characters_and_escapes),
		cmocka_unit_test(terminal_is_short_and_adds_up),
		cmocka_unit_test(verbose_terminal_shows_places),
		cmocka_unit_test(colour_only_on_request),
		cmocka_unit_test(identical_is_one_line),
		cmocka_unit_test(json_adds_up_and_keeps_names),
		cmocka_unit_test(json_lists_no_more_than_asked),
		cmocka_unit_test(json_has_the_facts),
		cmocka_unit_test(json_follows_its_schema),
		cmocka_unit_test(sarif_has_rules_results_and_suppressions),
		cmocka_unit_test(junit_has_a_testcase_a_file),
		cmocka_unit_test(html_is_self_contained_and_escaped),
		cmocka_unit_test(html_elements_are_balanced),
		cmocka_unit_test(reports_say_that_the_stream_failed),
		cmocka_unit_test(markup_shows_what_cannot_be_written),
		cmocka_unit_test(a_list_of_ids_is_a_baseline),
		cmocka_unit_test(a_report_is_a_baseline_of_itself),
		cmocka_unit_test(other_files_are_no_baseline),
		cmocka_unit_test(causes_can_be_excluded),
		cmocka_unit_test(trouble_is_never_accepted),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
