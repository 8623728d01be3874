/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The problems for programs: schema "carbolic.reprocheck.lint/1"
 * (docs/reprocheck-lint-json.md), and SARIF 2.1.0, whose rules are the causes that
 * occur and whose results are the groups.
 */
#include "reprocheck/lint/report.h"

#include "base/buffer.h"
#include "reprocheck/report/json_names.h"
#include "base/json_stream.h"
#include "reprocheck/report/sarif.h"
#include "reprocheck/report/summary.h"

#include <errno.h>
#include <string.h>

#define SCHEMA        "carbolic.reprocheck.lint/1"
#define LOCATIONS_MAX 20 /* of a SARIF result; hosts refuse more than a few */

static const char *verdict_of(const struct lint_result *r)
{
	return r->trouble ? "trouble" : r->groups > r->accepted ? "problems" : r->groups ? "known" : "clean";
}

/* --- JSON --- */

static json_t *place_of(const struct lint_group *g, const struct lint_place *p)
{
	json_t *o = json_object();
	int r = 0;

	if (g->path) {
		r |= json_put(o, "offset", json_number(p->offset));
	} else {
		r |= json_put(o, "line", json_number(p->line));
		r |= json_put(o, "column", json_number(p->column));
	}
	r |= json_put_name(o, "text", p->text);
	if (*p->detail)
		r |= json_put_name(o, "detail", p->detail);
	return o ? json_checked(o, r) : NULL;
}

static json_t *places_of(const struct lint_group *g)
{
	json_t *a = json_array();
	int r = a ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < g->places_kept && r == 0; i++)
		r = json_array_append_new(a, place_of(g, &g->places[i]));
	return json_checked(a, r);
}

static json_t *problem_of(const struct lint_file *f, const struct lint_group *g)
{
	json_t *o = json_object();
	int r = json_put_name(o, "id", g->id);

	r |= json_put(o, "cause", json_string(g->cause->id));
	r |= json_put(o, "title", json_string(g->cause->title));
	r |= json_put_name(o, "file", f->name);
	r |= json_put_optional(o, "path", g->path);
	r |= json_put_optional(o, "rule", g->rule);
	r |= json_put_name(o, "fix", g->fix ? g->fix : "");
	r |= json_put_optional(o, "not_fixed_by", g->cause->not_fixed_by);
	r |= json_put(o, "baseline", json_boolean(g->baseline));
	r |= json_put(o, "excluded", json_boolean(g->excluded));
	r |= json_put(o, "places_total", json_number(g->count));
	r |= json_put(o, "places", places_of(g));
	return json_checked(o, r);
}

static int put_causes(struct json_stream *j, const struct lint_result *r)
{
	AUTO_FREE struct lint_tally *tallies = NULL;
	size_t n, i;
	int status = lint_tallies(r, &tallies, &n);

	if (status < 0)
		return status;
	json_stream_open(j, "causes", '[');
	for (i = 0; i < n; i++)
		json_stream_put(j, NULL,
				json_pack("{s:s, s:s, s:o, s:o, s:o, s:b}", "cause", tallies[i].cause->id,
					  "title", tallies[i].cause->title, "problems",
					  json_number(tallies[i].groups), "places",
					  json_number(tallies[i].places), "files",
					  json_number(tallies[i].files), "known", (int)tallies[i].accepted));
	json_stream_close(j);
	return 0;
}

static void put_problems(struct json_stream *j, const struct lint_result *r, uint64_t max)
{
	uint64_t left = max ? max : UINT64_MAX;
	size_t i, k;

	json_stream_open(j, "problems", '[');
	for (i = 0; i < r->file_count; i++)
		for (k = 0; k < r->files[i].group_count && left; k++, left--)
			json_stream_put(j, NULL, problem_of(&r->files[i], &r->files[i].groups[k]));
	json_stream_close(j);
}

static json_t *text_item(const struct lint_file *f, const char *text)
{
	json_t *o = json_object();
	int r = json_put_name(o, "file", f->name);

	r |= json_put_name(o, "text", text);
	return json_checked(o, r);
}

static void put_notes(struct json_stream *j, const struct lint_result *r)
{
	size_t i, k;

	json_stream_open(j, "notes", '[');
	for (i = 0; i < r->file_count; i++)
		for (k = 0; k < r->files[i].note_count; k++)
			json_stream_put(j, NULL, text_item(&r->files[i], r->files[i].notes[k]));
	json_stream_close(j);
	json_stream_open(j, "trouble", '[');
	for (i = 0; i < r->file_count; i++)
		if (r->files[i].trouble)
			json_stream_put(j, NULL, text_item(&r->files[i], r->files[i].trouble));
	json_stream_close(j);
}

int lint_json(FILE *f, const struct lint_result *r, const struct lint_report_options *o)
{
	struct json_stream j = { .f = f };
	int status;

	json_stream_open(&j, NULL, '{');
	json_stream_put(&j, "schema", json_string(SCHEMA));
	json_stream_put(&j, "tool",
			o->version ? json_pack("{s:s, s:s}", "name", "reprocheck", "version", o->version)
				   : json_pack("{s:s}", "name", "reprocheck"));
	json_stream_names(&j, "command", o->command, o->command_count);
	json_stream_put(&j, "verdict", json_string(verdict_of(r)));
	json_stream_put(&j, "files_read", json_number(r->files_read));
	json_stream_put(&j, "problems_total", json_number(r->groups));
	json_stream_put(&j, "places_total", json_number(r->places));
	json_stream_put(&j, "known_total", json_number(r->accepted));
	status = put_causes(&j, r);
	if (status < 0)
		return status;
	put_problems(&j, r, o->max_problems);
	put_notes(&j, r);
	json_stream_close(&j);
	return json_stream_finish(&j);
}

/* --- SARIF --- */

static json_t *region_of(const struct lint_group *g, const struct lint_place *p)
{
	if (g->path)
		return json_pack("{s:o, s:i}", "byteOffset", json_number(p->offset), "byteLength", 0);
	if (p->column)
		return json_pack("{s:o, s:o}", "startLine", json_number(p->line ? p->line : 1), "startColumn",
				 json_number(p->column));
	return json_pack("{s:o}", "startLine", json_number(p->line ? p->line : 1));
}

static json_t *location_of(const struct lint_file *f, const struct lint_group *g, const struct lint_place *p)
{
	json_t *o = json_object();
	int r = json_put(o, "physicalLocation",
			 json_pack("{s:{s:o}, s:o}", "artifactLocation", "uri", sarif_uri(f->name), "region",
				   region_of(g, p)));

	if (g->path)
		r |= json_put(o, "logicalLocations",
			      json_pack("[{s:o}]", "fullyQualifiedName", json_text(g->path)));
	r |= json_put(o, "message", sarif_message(*p->detail ? p->detail : p->text));
	return json_checked(o, r);
}

static json_t *locations_of(const struct lint_file *f, const struct lint_group *g)
{
	json_t *a = json_array();
	int r = a ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < g->places_kept && i < LOCATIONS_MAX && r == 0; i++)
		r = json_array_append_new(a, location_of(f, g, &g->places[i]));
	return json_checked(a, r);
}

static json_t *group_message(const struct lint_group *g)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1 << 20);

	(void)buffer_printf(&b, "%s: %s", g->cause->title, g->places_kept ? g->places[0].text : "");
	if (g->places_kept && *g->places[0].detail)
		(void)buffer_printf(&b, " (%s)", g->places[0].detail);
	if (g->count > 1)
		(void)buffer_printf(&b, " and %llu more place%s", (unsigned long long)(g->count - 1),
				    plural(g->count - 1));
	if (g->fix && *g->fix)
		(void)buffer_printf(&b, ". Fix: %s", g->fix);
	return b.error ? NULL : sarif_message(buffer_str(&b));
}

static json_t *result_of(const struct lint_file *f, const struct lint_group *g)
{
	json_t *o = json_object();
	int r = json_put(o, "ruleId", json_string(g->cause->id));

	r |= json_put(o, "level", json_string("warning"));
	r |= json_put(o, "message", group_message(g));
	r |= json_put(o, "locations", locations_of(f, g));
	r |= json_put(o, "partialFingerprints", json_pack("{s:o}", SARIF_FINGERPRINT, json_text(g->id)));
	r |= sarif_put_suppression(o, g->baseline, g->excluded);
	return json_checked(o, r);
}

static int put_tool(struct json_stream *j, const struct lint_result *r, const struct lint_report_options *o)
{
	AUTO_FREE struct lint_tally *tallies = NULL;
	size_t n, i;
	int status = lint_tallies(r, &tallies, &n);

	if (status < 0)
		return status;
	json_stream_open(j, "tool", '{');
	json_stream_open(j, "driver", '{');
	json_stream_put(j, "name", json_string("reprocheck"));
	if (o->version)
		json_stream_put(j, "version", json_text(o->version));
	json_stream_open(j, "rules", '[');
	for (i = 0; i < n; i++)
		json_stream_put(j, NULL, sarif_rule(tallies[i].cause, "warning"));
	json_stream_close(j);
	json_stream_close(j);
	json_stream_close(j);
	return 0;
}

static void put_invocation(struct json_stream *j, const struct lint_result *r)
{
	size_t i;

	json_stream_open(j, "invocations", '[');
	json_stream_open(j, NULL, '{');
	json_stream_put(j, "executionSuccessful", json_boolean(!r->trouble));
	json_stream_open(j, "toolExecutionNotifications", '[');
	for (i = 0; i < r->file_count; i++)
		if (r->files[i].trouble)
			json_stream_put(j, NULL,
					json_pack("{s:s, s:o}", "level", "error", "message",
						  sarif_message(r->files[i].trouble)));
	json_stream_close(j);
	json_stream_close(j);
	json_stream_close(j);
}

static void put_results(struct json_stream *j, const struct lint_result *r, uint64_t max)
{
	uint64_t left = max ? max : UINT64_MAX;
	size_t i, k;

	json_stream_open(j, "results", '[');
	for (i = 0; i < r->file_count; i++)
		for (k = 0; k < r->files[i].group_count && left; k++, left--)
			json_stream_put(j, NULL, result_of(&r->files[i], &r->files[i].groups[k]));
	json_stream_close(j);
}

int lint_sarif(FILE *f, const struct lint_result *r, const struct lint_report_options *o)
{
	struct json_stream j = { .f = f };
	int status;

	json_stream_open(&j, NULL, '{');
	json_stream_put(&j, "$schema", json_string(SARIF_SCHEMA));
	json_stream_put(&j, "version", json_string("2.1.0"));
	json_stream_open(&j, "runs", '[');
	json_stream_open(&j, NULL, '{');
	status = put_tool(&j, r, o);
	if (status < 0)
		return status;
	put_invocation(&j, r);
	put_results(&j, r, o->max_problems);
	json_stream_put(&j, "columnKind", json_string("unicodeCodePoints"));
	json_stream_close(&j);
	json_stream_close(&j);
	json_stream_close(&j);
	return json_stream_finish(&j);
}
