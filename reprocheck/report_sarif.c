/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SARIF 2.1.0 (OASIS, 2020): rules are the causes that occur, results the
 * findings, artifacts the spaces.  An artifact inside a container has a
 * parentIndex and a location that is its path inside (section 3.24); places are
 * regions by byteOffset and byteLength of side A, or of side B where nothing
 * stands in A.  A finding's id is its partial fingerprint, so a code host
 * follows it from run to run; known and excluded ones are suppressed.
 */
#include "reprocheck/report.h"

#include "base/buffer.h"
#include "base/cleanup.h"
#include "reprocheck/json_stream.h"
#include "reprocheck/summary.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define SARIF_SCHEMA \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#define LOCATIONS_MAX 20 /* of a result; hosts refuse more than a few */
#define ENTRY_RULE    "directory-entry"
#define URI_MAX       16384

/* A relative reference (RFC 3986): everything but unreserved characters and '/' is escaped. */
static json_t *uri_of(const char *name)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(URI_MAX);

	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		if (c < 0x80 && (isalnum(c) || strchr("-._~/", c)))
			(void)buffer_putc(&b, (char)c);
		else
			(void)buffer_printf(&b, "%%%02X", c);
	}
	return b.error ? NULL : json_string(buffer_str(&b));
}

/* Inside a container the location is the path within it and begins with '/'. */
static json_t *space_uri(const struct space *s)
{
	const char *name = space_title(s);
	AUTO_FREE char *inner = NULL;
	size_t outer;

	if (!s->parent)
		return uri_of(name);
	outer = strlen(space_title(s->parent));
	if (strncmp(name, space_title(s->parent), outer) == 0)
		name += outer;
	name += strspn(name, "/");
	return asprintf(&inner, "/%s", name) < 0 ? NULL : uri_of(inner);
}

/* Names of the input inside messages; '{' would begin a placeholder only in ids, which are not used. */
static json_t *message(const char *text)
{
	json_t *s = json_text(text);

	return s ? json_pack("{s:o}", "text", s) : NULL;
}

static json_t *message_markdown(const char *text, const char *markdown)
{
	return json_pack("{s:o, s:o}", "text", json_text(text), "markdown", json_text(markdown));
}

static json_t *help_of(const struct cause *cause)
{
	CLEANUP(buffer_release) struct buffer text = BUFFER_INIT(1 << 20);
	CLEANUP(buffer_release) struct buffer markdown = BUFFER_INIT(1 << 20);
	const struct cause_fix *fix = cause->fixes;

	(void)buffer_printf(&text, "%s\n", cause->looks_like ? cause->looks_like : cause->title);
	(void)buffer_printf(&markdown, "%s\n\n", cause->looks_like ? cause->looks_like : cause->title);
	for (; fix && fix->tool; fix++) {
		(void)buffer_printf(&text, "Fix for %s: %s\n", fix->tool, fix->edit);
		(void)buffer_printf(&markdown, "- **%s**: `%s`\n", fix->tool, fix->edit);
	}
	if (cause->not_fixed_by) {
		(void)buffer_printf(&text, "Not fixed by: %s\n", cause->not_fixed_by);
		(void)buffer_printf(&markdown, "\nNot fixed by: %s\n", cause->not_fixed_by);
	}
	return text.error || markdown.error ? NULL
					    : message_markdown(buffer_str(&text), buffer_str(&markdown));
}

static const char *sarif_level(enum byte_class class)
{
	static const char *const levels[CLASS_COUNT] = {
		[CLASS_PRIMARY] = "error", [CLASS_UNEXPLAINED] = "warning", [CLASS_DERIVED] = "note"
	};

	return levels[class];
}

static json_t *rule_of(const struct cause *cause, enum byte_class class)
{
	json_t *o = json_object();
	int r = json_put(o, "id", json_string(cause->id));

	r |= json_put(o, "shortDescription", message(cause->title));
	r |= json_put(o, "fullDescription", message(cause->looks_like ? cause->looks_like : cause->title));
	r |= json_put(o, "help", help_of(cause));
	r |= json_put(o, "defaultConfiguration", json_pack("{s:s}", "level", sarif_level(class)));
	r |= json_put(
		o, "properties",
		json_pack("{s:[s, s]}", "tags", "reproducibility", cause->axis ? cause->axis : "other"));
	return json_checked(o, r);
}

/* Causes come grouped by class, so one cause may come twice; its rule is written once. */
static bool is_first_of_its_id(const struct summary *s, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (strcmp(s->causes[i].cause->id, s->causes[at].cause->id) == 0)
			return false;
	return true;
}

static bool has_rule(const struct comparison *c, const struct summary *s, size_t entry)
{
	size_t i;

	for (i = 0; i < s->cause_count; i++)
		if (strcmp(s->causes[i].cause->id, c->entries[entry].cause->id) == 0)
			return true;
	for (i = 0; i < entry; i++)
		if (c->entries[i].cause && strcmp(c->entries[i].cause->id, c->entries[entry].cause->id) == 0)
			return true;
	return false;
}

static void put_rules(struct json_stream *j, const struct comparison *c, const struct summary *s)
{
	bool plain_entry = false;
	size_t i;

	json_stream_open(j, "rules", '[');
	for (i = 0; i < s->cause_count; i++)
		if (is_first_of_its_id(s, i))
			json_stream_put(j, NULL, rule_of(s->causes[i].cause, s->causes[i].class));
	for (i = 0; i < c->entry_count; i++) {
		if (!c->entries[i].cause)
			plain_entry = true;
		else if (!has_rule(c, s, i))
			json_stream_put(j, NULL, rule_of(c->entries[i].cause, CLASS_PRIMARY));
	}
	if (plain_entry)
		json_stream_put(j, NULL,
				json_pack("{s:s, s:{s:s}, s:{s:s}}", "id", ENTRY_RULE, "shortDescription",
					  "text", "directory entries differ", "defaultConfiguration", "level",
					  "error"));
	json_stream_close(j);
}

static json_t *region_of(const struct place *p)
{
	bool in_a = p->a_len > 0 || p->b_len == 0;

	return json_pack("{s:o, s:o}", "byteOffset", json_number(in_a ? p->a_off : p->b_off), "byteLength",
			 json_number(in_a ? p->a_len : p->b_len));
}

static json_t *artifact_location(const struct ranked_finding *n)
{
	return json_pack("{s:o, s:o}", "uri", space_uri(n->space), "index", json_number(n->space_index));
}

static json_t *logical_location(const struct ranked_finding *n, const struct place *p)
{
	AUTO_FREE char *path = place_full_path(n->space, p);
	json_t *o = json_object();
	int r = path ? json_put(o, "fullyQualifiedName", json_text(path)) : -ENOMEM;

	if (p->symbol)
		r |= json_put(o, "name", json_text(p->symbol));
	else if (p->region)
		r |= json_put(o, "name", json_text(p->region));
	return json_checked(o, r);
}

static json_t *location_of(const struct ranked_finding *n, const struct place *p)
{
	json_t *o = json_object();
	int r = json_put(
		o, "physicalLocation",
		json_pack("{s:o, s:o}", "artifactLocation", artifact_location(n), "region", region_of(p)));

	r |= json_put(o, "logicalLocations", json_pack("[o]", logical_location(n, p)));
	if (p->detail)
		r |= json_put(o, "message", message(p->detail));
	r |= json_put(o, "properties",
		      json_pack("{s:o, s:o, s:o, s:o}", "a_offset", json_number(p->a_off), "a_length",
				json_number(p->a_len), "b_offset", json_number(p->b_off), "b_length",
				json_number(p->b_len)));
	return json_checked(o, r);
}

static json_t *locations_of(const struct ranked_finding *n)
{
	const struct finding *f = n->finding;
	json_t *a = json_array();
	int r = a ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < f->places_kept && i < LOCATIONS_MAX && r == 0; i++)
		r = json_array_append_new(a, location_of(n, &f->places[i]));
	if (f->places_kept == 0 && r == 0)
		r = json_array_append_new(a, json_pack("{s:{s:o}}", "physicalLocation", "artifactLocation",
						       artifact_location(n)));
	return json_checked(a, r);
}

static json_t *finding_message(const struct ranked_finding *n)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1 << 20);
	const struct finding *f = n->finding;

	(void)buffer_printf(&b, "%s: %llu %s byte%s in %llu place%s of %s (%s)", f->cause->title,
			    (unsigned long long)f->bytes, class_name(f->class), plural(f->bytes),
			    (unsigned long long)f->place_count, plural(f->place_count), space_title(n->space),
			    evidence_name(f->level));
	if (f->detail)
		(void)buffer_printf(&b, ". %s", f->detail);
	if (cause_fix_line(f->cause)[0])
		(void)buffer_printf(&b, ". Fix: %s", cause_fix_line(f->cause));
	return b.error ? NULL : message(buffer_str(&b));
}

static int put_suppression(json_t *o, bool baseline, bool excluded)
{
	if (!baseline && !excluded)
		return 0;
	return json_put(o, "suppressions",
			json_pack("[{s:s, s:s}]", "kind", "external", "justification",
				  baseline ? "listed in the baseline" : "cause excluded"));
}

static json_t *result_of(const struct ranked_finding *n)
{
	const struct finding *f = n->finding;
	json_t *o = json_object();
	int r = json_put(o, "ruleId", json_string(f->cause->id));

	r |= json_put(o, "level", json_string(sarif_level(f->class)));
	r |= json_put(o, "message", finding_message(n));
	r |= json_put(o, "locations", locations_of(n));
	r |= json_put(o, "partialFingerprints", json_pack("{s:o}", "reprocheckFinding/v1", json_text(f->id)));
	r |= put_suppression(o, f->baseline, f->excluded);
	r |= json_put(o, "properties",
		      json_pack("{s:s, s:s, s:o, s:o}", "class", class_name(f->class), "evidence",
				evidence_name(f->level), "bytes", json_number(f->bytes), "places_total",
				json_number(f->place_count)));
	return json_checked(o, r);
}

static json_t *entry_message(const struct entry_difference *e)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1 << 20);

	(void)buffer_printf(&b, "%s: %s", e->name, e->what);
	if (e->a && e->b)
		(void)buffer_printf(&b, ": %s -> %s", e->a, e->b);
	return b.error ? NULL : message(buffer_str(&b));
}

static json_t *entry_result(const struct entry_difference *e)
{
	AUTO_FREE char *id = entry_id(e);
	json_t *o = json_object();
	int r = json_put(o, "ruleId", json_string(e->cause ? e->cause->id : ENTRY_RULE));

	r |= json_put(o, "level", json_string("error"));
	r |= json_put(o, "message", entry_message(e));
	r |= json_put(
		o, "locations",
		json_pack("[{s:{s:{s:o}}}]", "physicalLocation", "artifactLocation", "uri", uri_of(e->name)));
	r |= json_put(o, "partialFingerprints",
		      json_pack("{s:o}", "reprocheckFinding/v1", id ? json_text(id) : NULL));
	r |= put_suppression(o, e->baseline, e->excluded);
	return json_checked(o, r);
}

static void put_results(struct json_stream *j, const struct comparison *c, const struct summary *s,
			uint64_t max)
{
	uint64_t left = max ? max : UINT64_MAX;
	size_t i, k;

	json_stream_open(j, "results", '[');
	for (i = 0; i < s->cause_count; i++)
		for (k = 0; k < s->causes[i].count && left > 0; k++, left--)
			json_stream_put(j, NULL, result_of(&s->causes[i].findings[k]));
	for (i = 0; i < c->entry_count && left > 0; i++, left--)
		json_stream_put(j, NULL, entry_result(&c->entries[i]));
	json_stream_close(j);
}

static size_t index_of(const struct comparison *c, const struct space *s, size_t before)
{
	while (before > 0 && c->spaces[before] != s)
		before--;
	return before;
}

static json_t *artifact_of(const struct comparison *c, size_t i)
{
	const struct space *s = c->spaces[i];
	json_t *o = json_object();
	int r = json_put(o, "location", json_pack("{s:o}", "uri", space_uri(s)));

	if (s->parent)
		r |= json_put(o, "parentIndex", json_number(index_of(c, s->parent, i)));
	r |= json_put(o, "length", json_number(s->totals.a_size));
	r |= json_put(o, "properties",
		      json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "format", s->format ? s->format : "",
				"b_length", json_number(s->totals.b_size), "differing_bytes",
				json_number(s->totals.differing), "primary_bytes",
				json_number(s->totals.by_class[CLASS_PRIMARY]), "derived_bytes",
				json_number(s->totals.by_class[CLASS_DERIVED]), "unexplained_bytes",
				json_number(s->totals.by_class[CLASS_UNEXPLAINED])));
	return json_checked(o, r);
}

static json_t *notification(const struct comparison *c, size_t i, const char *level, const char *text)
{
	return json_pack("{s:s, s:o, s:[{s:{s:{s:o, s:o}}}]}", "level", level, "message", message(text),
			 "locations", "physicalLocation", "artifactLocation", "uri", space_uri(c->spaces[i]),
			 "index", json_number(i));
}

static void put_invocation(struct json_stream *j, const struct comparison *c, const struct report_options *o)
{
	json_t *arguments = json_array();
	size_t i, k;
	int r = arguments ? 0 : -ENOMEM;

	for (i = 1; i < o->command_count && r == 0; i++)
		r = json_array_append_new(arguments, json_text(o->command[i]));
	json_stream_open(j, "invocations", '[');
	json_stream_open(j, NULL, '{');
	json_stream_put(j, "executionSuccessful", json_boolean(!c->trouble));
	json_stream_put(j, "arguments", json_checked(arguments, r));
	json_stream_open(j, "toolExecutionNotifications", '[');
	for (i = 0; i < c->space_count; i++) {
		if (c->spaces[i]->trouble)
			json_stream_put(j, NULL, notification(c, i, "error", c->spaces[i]->trouble));
		for (k = 0; k < c->spaces[i]->note_count; k++)
			json_stream_put(j, NULL, notification(c, i, "note", c->spaces[i]->notes[k]));
	}
	json_stream_close(j);
	json_stream_close(j);
	json_stream_close(j);
}

static void put_tool(struct json_stream *j, const struct comparison *c, const struct report_options *o,
		     const struct summary *s)
{
	json_stream_open(j, "tool", '{');
	json_stream_open(j, "driver", '{');
	json_stream_put(j, "name", json_string("reprocheck"));
	if (o->version)
		json_stream_put(j, "version", json_text(o->version));
	put_rules(j, c, s);
	json_stream_close(j);
	json_stream_close(j);
}

static json_t *run_properties(const struct comparison *c)
{
	const struct totals *t = &c->totals;

	return json_pack("{s:o, s:o, s:o, s:o}", "differing_bytes", json_number(t->differing),
			 "primary_bytes", json_number(t->by_class[CLASS_PRIMARY]), "derived_bytes",
			 json_number(t->by_class[CLASS_DERIVED]), "unexplained_bytes",
			 json_number(t->by_class[CLASS_UNEXPLAINED]));
}

static void put_run(struct json_stream *j, const struct comparison *c, const struct report_options *o,
		    const struct summary *s)
{
	size_t i;

	put_tool(j, c, o, s);
	put_invocation(j, c, o);
	json_stream_open(j, "artifacts", '[');
	for (i = 0; i < c->space_count; i++)
		json_stream_put(j, NULL, artifact_of(c, i));
	json_stream_close(j);
	put_results(j, c, s, o->max_findings);
	json_stream_put(j, "columnKind", json_string("unicodeCodePoints"));
	json_stream_put(j, "properties", run_properties(c));
}

int report_sarif(FILE *f, const struct comparison *c, const struct report_options *o)
{
	CLEANUP(summary_release) struct summary s = { 0 };
	struct json_stream j = { .f = f };
	int r = summary_make(c, &s);

	if (r < 0)
		return r;
	json_stream_open(&j, NULL, '{');
	json_stream_put(&j, "$schema", json_string(SARIF_SCHEMA));
	json_stream_put(&j, "version", json_string("2.1.0"));
	json_stream_open(&j, "runs", '[');
	json_stream_open(&j, NULL, '{');
	put_run(&j, c, o, &s);
	json_stream_close(&j);
	json_stream_close(&j);
	json_stream_close(&j);
	return json_stream_finish(&j);
}
