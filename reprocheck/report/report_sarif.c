/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SARIF 2.1.0 (OASIS, 2020): rules are the causes that occur, results the
 * findings, artifacts the spaces.  An artifact inside a container has a
 * parentIndex and a location that is its path inside (section 3.24); places are
 * regions by byteOffset and byteLength of side A, or of side B where nothing
 * stands in A.  A finding's id is its partial fingerprint, so a code host
 * follows it from run to run; known and excluded ones are suppressed.
 */
#include "reprocheck/report/report.h"

#include "base/buffer.h"
#include "base/cleanup.h"
#include "reprocheck/report/experiment_text.h"
#include "reprocheck/report/json_experiment.h"
#include "reprocheck/report/json_names.h"
#include "base/json_stream.h"
#include "reprocheck/report/sarif.h"
#include "reprocheck/report/summary.h"

#include <errno.h>
#include <string.h>

#define LOCATIONS_MAX 20 /* of a result; hosts refuse more than a few */
#define ENTRY_RULE    "directory-entry"

/* Inside a container the location is the path within it and begins with '/'. */
static json_t *space_uri(const struct space *s)
{
	const char *name = space_title(s);
	AUTO_FREE char *inner = NULL;
	size_t outer;

	if (!s->parent)
		return sarif_uri(name);
	outer = strlen(space_title(s->parent));
	if (strncmp(name, space_title(s->parent), outer) == 0)
		name += outer;
	name += strspn(name, "/");
	return asprintf(&inner, "/%s", name) < 0 ? NULL : sarif_uri(inner);
}

static const char *sarif_level(enum byte_class class)
{
	static const char *const levels[CLASS_COUNT] = {
		[CLASS_PRIMARY] = "error", [CLASS_UNEXPLAINED] = "warning", [CLASS_DERIVED] = "note"
	};

	return levels[class];
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
			json_stream_put(j, NULL,
					sarif_rule(s->causes[i].cause, sarif_level(s->causes[i].class)));
	for (i = 0; i < c->entry_count; i++) {
		if (!c->entries[i].cause)
			plain_entry = true;
		else if (!has_rule(c, s, i))
			json_stream_put(j, NULL, sarif_rule(c->entries[i].cause, sarif_level(CLASS_PRIMARY)));
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
		r |= json_put(o, "message", sarif_message(p->detail));
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

/* The fix that was proved; else the one that is known, and what came of the one that was tried. */
static void put_fix_text(struct buffer *b, const struct finding *f)
{
	AUTO_FREE char *proof = f->proof ? proof_text(f->proof) : NULL;

	if (f->proof && f->proof->status == PROOF_PROVED && f->proof->fix) {
		(void)buffer_printf(b, ". Proved fix: %s (%llu -> %llu bytes)", f->proof->fix,
				    (unsigned long long)f->proof->before,
				    (unsigned long long)f->proof->after);
		return;
	}
	if (cause_fix_line(f->cause)[0])
		(void)buffer_printf(b, ". Fix: %s", cause_fix_line(f->cause));
	if (proof && f->proof->status != PROOF_NONE)
		(void)buffer_printf(b, ". Proof: %s", proof);
}

static void put_evidence_text(struct buffer *b, const struct finding *f)
{
	AUTO_FREE char *asker = asker_text(f);
	char axes[AXES_TEXT_MAX];

	if (f->axes)
		(void)buffer_printf(b, ". Axes: %s (%s)", axis_set_text(f->axes, axes, sizeof(axes)),
				    axes_basis(f->axes));
	if (asker)
		(void)buffer_printf(b, ". Asked by: %s", asker);
	put_fix_text(b, f);
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
	put_evidence_text(&b, f);
	return b.error ? NULL : sarif_message(buffer_str(&b));
}

static json_t *finding_properties(const struct finding *f, const struct experiment *e)
{
	json_t *o = json_pack("{s:s, s:s, s:o, s:o}", "class", class_name(f->class), "evidence",
			      evidence_name(f->level), "bytes", json_number(f->bytes), "places_total",
			      json_number(f->place_count));
	int r = o ? 0 : -ENOMEM;

	if (e)
		r |= json_put(o, "axes", json_axes(f->axes));
	if (f->proof)
		r |= json_put(o, "proof", json_proof(f->proof));
	r |= json_put_optional(o, "process", f->process);
	r |= json_put_optional(o, "asked", f->asked);
	return json_checked(o, r);
}

static json_t *result_of(const struct comparison *c, const struct ranked_finding *n)
{
	const struct finding *f = n->finding;
	json_t *o = json_object();
	int r = json_put(o, "ruleId", json_string(f->cause->id));

	r |= json_put(o, "level", json_string(sarif_level(f->class)));
	r |= json_put(o, "message", finding_message(n));
	r |= json_put(o, "locations", locations_of(n));
	r |= json_put(o, "partialFingerprints", json_pack("{s:o}", SARIF_FINGERPRINT, json_text(f->id)));
	r |= sarif_put_suppression(o, f->baseline, f->excluded);
	r |= json_put(o, "properties", finding_properties(f, c->experiment));
	return json_checked(o, r);
}

static json_t *entry_message(const struct entry_difference *e)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1 << 20);
	char axes[AXES_TEXT_MAX];

	(void)buffer_printf(&b, "%s: %s", e->name, e->what);
	if (e->a && e->b)
		(void)buffer_printf(&b, ": %s -> %s", e->a, e->b);
	if (e->axes)
		(void)buffer_printf(&b, ". Axes: %s (%s)", axis_set_text(e->axes, axes, sizeof(axes)),
				    axes_basis(e->axes));
	return b.error ? NULL : sarif_message(buffer_str(&b));
}

static json_t *entry_result(const struct comparison *c, const struct entry_difference *e)
{
	AUTO_FREE char *id = entry_id(e);
	json_t *o = json_object();
	int r = json_put(o, "ruleId", json_string(e->cause ? e->cause->id : ENTRY_RULE));

	r |= json_put(o, "level", json_string("error"));
	r |= json_put(o, "message", entry_message(e));
	r |= json_put(o, "locations",
		      json_pack("[{s:{s:{s:o}}}]", "physicalLocation", "artifactLocation", "uri",
				sarif_uri(e->name)));
	r |= json_put(o, "partialFingerprints",
		      json_pack("{s:o}", SARIF_FINGERPRINT, id ? json_text(id) : NULL));
	r |= sarif_put_suppression(o, e->baseline, e->excluded);
	if (c->experiment)
		r |= json_put(o, "properties", json_pack("{s:o}", "axes", json_axes(e->axes)));
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
			json_stream_put(j, NULL, result_of(c, &s->causes[i].findings[k]));
	for (i = 0; i < c->entry_count && left > 0; i++, left--)
		json_stream_put(j, NULL, entry_result(c, &c->entries[i]));
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
	return json_pack("{s:s, s:o, s:[{s:{s:{s:o, s:o}}}]}", "level", level, "message", sarif_message(text),
			 "locations", "physicalLocation", "artifactLocation", "uri", space_uri(c->spaces[i]),
			 "index", json_number(i));
}

static void put_plain_notification(struct json_stream *j, const char *level, const char *prefix,
				   const char *text)
{
	AUTO_FREE char *whole = NULL;

	if (!text || asprintf(&whole, "%s: %s", prefix, text) < 0)
		whole = NULL;
	json_stream_put(
		j, NULL,
		json_pack("{s:s, s:o}", "level", level, "message", whole ? sarif_message(whole) : NULL));
}

/* What was not varied for all must not be taken for passed; a command that fails, or asks the network, is worth a look. */
static void put_experiment_notifications(struct json_stream *j, const struct experiment *e)
{
	size_t i;

	for (i = 0; i < AXIS_COUNT; i++) {
		const struct axis_report *a = &e->axes[i];
		AUTO_FREE char *text = axis_report_text(a);
		char prefix[64];

		if (a->state == AXIS_VERIFIED && a->verdict != VERDICT_FAILS)
			continue;
		(void)snprintf(prefix, sizeof(prefix), "axis %s", axis_id((unsigned)i));
		put_plain_notification(j, a->verdict == VERDICT_FAILS ? "warning" : "note", prefix, text);
	}
	for (i = 0; i < e->network_count; i++)
		put_plain_notification(j, "warning", "network", e->network[i]);
	for (i = 0; i < e->note_count; i++)
		put_plain_notification(j, "note", "note", e->notes[i]);
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
	if (c->experiment)
		put_experiment_notifications(j, c->experiment);
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

static json_t *axes_properties(const struct experiment *e)
{
	json_t *o = json_object();
	int r = o ? 0 : -ENOMEM;
	unsigned i;

	for (i = 0; i < AXIS_COUNT && r == 0; i++) {
		AUTO_FREE char *text = axis_report_text(&e->axes[i]);

		r = json_put(o, axis_id(i), text ? json_text(text) : NULL);
	}
	return json_checked(o, r);
}

static json_t *run_properties(const struct comparison *c, const struct summary *s)
{
	const struct totals *t = &c->totals;
	json_t *o = json_object();
	int r = json_put(o, "differing_bytes", json_number(t->differing));

	r |= json_put(o, "primary_bytes", json_number(t->by_class[CLASS_PRIMARY]));
	r |= json_put(o, "derived_bytes", json_number(t->by_class[CLASS_DERIVED]));
	r |= json_put(o, "unexplained_bytes", json_number(t->by_class[CLASS_UNEXPLAINED]));
	if (c->experiment) {
		AUTO_FREE char *verdict = experiment_verdict(c, s);

		r |= json_put(o, "summary", verdict ? json_text(verdict) : NULL);
		r |= json_put(o, "axes", axes_properties(c->experiment));
	}
	return json_checked(o, r);
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
	json_stream_put(j, "properties", run_properties(c, s));
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
