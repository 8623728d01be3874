/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report for programs: schema "carbolic.reprocheck.diff/1", described in
 * docs/reprocheck-json.md and docs/reprocheck-diff.schema.json.  Members are
 * only ever added to version 1; a change of meaning is a new version.
 */
#include "reprocheck/report/report.h"

#include "base/cleanup.h"
#include "reprocheck/report/json_experiment.h"
#include "reprocheck/report/json_names.h"
#include "base/json_stream.h"
#include "reprocheck/report/summary.h"

#include <errno.h>
#include <string.h>

#define SCHEMA "carbolic.reprocheck.diff/1"

static json_t *fixes_of(const struct cause *cause)
{
	const struct cause_fix *fix = cause->fixes;
	json_t *a = json_array();
	int r = a ? 0 : -ENOMEM;

	for (; fix && fix->tool && r == 0; fix++)
		r = json_array_append_new(a, json_pack("{s:s, s:s}", "tool", fix->tool, "edit", fix->edit));
	return json_checked(a, r);
}

static json_t *ids_of(const struct cause *const *list, size_t count)
{
	json_t *a = json_array();
	int r = a ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < count && r == 0; i++)
		r = json_array_append_new(a, json_string(list[i]->id));
	return json_checked(a, r);
}

static json_t *totals_of(const struct totals *t)
{
	json_t *o = json_object();
	int r = json_put(o, "differing_bytes", json_number(t->differing));

	r |= json_put(o, "primary_bytes", json_number(t->by_class[CLASS_PRIMARY]));
	r |= json_put(o, "derived_bytes", json_number(t->by_class[CLASS_DERIVED]));
	r |= json_put(o, "unexplained_bytes", json_number(t->by_class[CLASS_UNEXPLAINED]));
	r |= json_put(o, "a_size", json_number(t->a_size));
	r |= json_put(o, "b_size", json_number(t->b_size));
	return json_checked(o, r);
}

/* offset and length are A's, or B's when nothing stands in A. */
static json_t *place_of(const struct space *s, const struct place *p)
{
	AUTO_FREE char *path = place_full_path(s, p);
	json_t *o = json_object();
	int r = path ? json_put_name(o, "path", path) : -ENOMEM;

	r |= json_put_optional(o, "region", p->region);
	r |= json_put(o, "offset", json_number(p->a_len ? p->a_off : p->b_off));
	r |= json_put(o, "length", json_number(p->a_len ? p->a_len : p->b_len));
	r |= json_put(o, "a_offset", json_number(p->a_off));
	r |= json_put(o, "a_length", json_number(p->a_len));
	r |= json_put(o, "b_offset", json_number(p->b_off));
	r |= json_put(o, "b_length", json_number(p->b_len));
	r |= json_put_optional(o, "symbol", p->symbol);
	r |= json_put_optional(o, "source", p->source);
	r |= json_put_optional(o, "detail", p->detail);
	r |= json_put_optional(o, "a_text", p->a_text);
	r |= json_put_optional(o, "b_text", p->b_text);
	r |= json_put_optional(o, "a_context", p->a_context);
	r |= json_put_optional(o, "b_context", p->b_context);
	return json_checked(o, r);
}

static json_t *places_of(const struct space *s, const struct finding *f)
{
	json_t *a = json_array();
	int r = a ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < f->places_kept && r == 0; i++)
		r = json_array_append_new(a, place_of(s, &f->places[i]));
	return json_checked(a, r);
}

/* What an experiment adds; absent in a report of `diff`. */
static int put_evidence(json_t *o, const struct finding *f)
{
	int r = json_put(o, "axes", json_axes(f->axes));

	if (f->proof)
		r |= json_put(o, "proof", json_proof(f->proof));
	r |= json_put_optional(o, "process", f->process);
	return r | json_put_optional(o, "asked", f->asked);
}

static json_t *finding_of(const struct comparison *c, const struct ranked_finding *n)
{
	const struct space *s = n->space;
	const struct finding *f = n->finding;
	json_t *o = json_object();
	int r = json_put_name(o, "id", f->id);

	r |= json_put(o, "cause", json_string(f->cause->id));
	r |= json_put(o, "title", json_string(f->cause->title));
	r |= json_put(o, "class", json_string(class_name(f->class)));
	r |= json_put(o, "level", json_string(evidence_name(f->level)));
	r |= json_put(o, "bytes", json_number(f->bytes));
	r |= json_put_name(o, "container", space_title(s));
	r |= json_put(o, "container_index", json_number(n->space_index));
	r |= json_put(o, "position", json_number((uint64_t)(f - s->findings)));
	r |= json_put(o, "depth", json_number(s->depth));
	r |= json_put(o, "fix", json_string(cause_fix_line(f->cause)));
	r |= json_put(o, "fixes", fixes_of(f->cause));
	r |= json_put_optional(o, "not_fixed_by", f->cause->not_fixed_by);
	r |= json_put(o, "from", ids_of(f->from, f->from_count));
	r |= json_put_optional(o, "detail", f->detail);
	if (c->experiment)
		r |= put_evidence(o, f);
	r |= json_put(o, "baseline", json_boolean(f->baseline));
	r |= json_put(o, "excluded", json_boolean(f->excluded));
	r |= json_put(o, "places_total", json_number(f->place_count));
	r |= json_put(o, "places", places_of(s, f));
	return json_checked(o, r);
}

static void put_findings(struct json_stream *j, const struct comparison *c, const struct summary *s,
			 uint64_t max)
{
	uint64_t left = max ? max : UINT64_MAX;
	size_t i, k;

	json_stream_put(j, "findings_total", json_number(s->finding_count));
	json_stream_open(j, "findings", '[');
	for (i = 0; i < s->cause_count; i++)
		for (k = 0; k < s->causes[i].count && left > 0; k++, left--)
			json_stream_put(j, NULL, finding_of(c, &s->causes[i].findings[k]));
	json_stream_close(j);
}

static json_t *aliases_of(const struct cause *cause)
{
	const char *const *alias = cause->aliases;
	json_t *a = json_array();
	int r = a ? 0 : -ENOMEM;

	for (; alias && *alias && r == 0; alias++)
		r = json_array_append_new(a, json_string(*alias));
	return json_checked(a, r);
}

static json_t *cause_of(const struct cause_summary *s)
{
	json_t *o = json_object();
	int r = json_put(o, "id", json_string(s->cause->id));

	r |= json_put(o, "title", json_string(s->cause->title));
	r |= json_put_optional(o, "axis", s->cause->axis);
	r |= json_put(o, "class", json_string(class_name(s->class)));
	r |= json_put(o, "level", json_string(evidence_name(s->level)));
	r |= json_put(o, "bytes", json_number(s->bytes));
	r |= json_put(o, "root_bytes", json_number(s->root_bytes));
	r |= json_put(o, "places_total", json_number(s->places));
	r |= json_put(o, "findings_total", json_number(s->count));
	r |= json_put(o, "accepted", json_number(s->accepted));
	r |= json_put_optional(o, "looks_like", s->cause->looks_like);
	r |= json_put(o, "fix", json_string(cause_fix_line(s->cause)));
	r |= json_put(o, "fixes", fixes_of(s->cause));
	r |= json_put_optional(o, "not_fixed_by", s->cause->not_fixed_by);
	r |= json_put(o, "aliases", aliases_of(s->cause));
	r |= json_put(o, "from", ids_of((const struct cause *const *)s->from, s->from_count));
	return json_checked(o, r);
}

static void put_causes(struct json_stream *j, const struct summary *s)
{
	size_t i;

	json_stream_open(j, "causes", '[');
	for (i = 0; i < s->cause_count; i++)
		json_stream_put(j, NULL, cause_of(&s->causes[i]));
	json_stream_close(j);
}

/* Four numbers a cell that differs: index, primary, derived, unexplained. */
static json_t *cells_of(const struct byte_map *m)
{
	json_t *a = json_array();
	int r = a ? 0 : -ENOMEM;
	unsigned i, k;

	for (i = 0; i < m->cells && r == 0; i++) {
		const uint32_t *n = m->counts[i];

		if (!n[CLASS_PRIMARY] && !n[CLASS_DERIVED] && !n[CLASS_UNEXPLAINED])
			continue;
		r = json_array_append_new(a, json_integer(i));
		for (k = 0; k < CLASS_COUNT; k++)
			r |= json_array_append_new(a, json_integer(n[k]));
	}
	return json_checked(a, r);
}

static json_t *map_of(const struct byte_map *m)
{
	json_t *o = json_object();
	int r = json_put(o, "cell_size", json_number(m->cell_size));

	r |= json_put(o, "cells", json_integer(m->cells));
	r |= json_put(o, "counts", cells_of(m));
	return json_checked(o, r);
}

static json_t *container_of(const struct space *s)
{
	json_t *o = json_object();
	int r = json_put_name(o, "name", space_title(s));

	r |= json_put(o, "status", json_string(space_status_name(s->status)));
	r |= json_put(o, "format", json_string(s->format ? s->format : ""));
	r |= json_put(o, "depth", json_number(s->depth));
	r |= json_put_optional(o, "parent", s->parent ? space_title(s->parent) : NULL);
	r |= json_put_optional(o, "a_name", s->a_name);
	r |= json_put_optional(o, "b_name", s->b_name);
	r |= json_put_optional(o, "trouble", s->trouble);
	r |= json_put(o, "findings_total", json_number(s->finding_count));
	r |= json_put(o, "totals", totals_of(&s->totals));
	if (s->map)
		r |= json_put(o, "map", map_of(s->map));
	return json_checked(o, r);
}

static void put_containers(struct json_stream *j, const struct comparison *c)
{
	size_t i;

	json_stream_open(j, "containers", '[');
	for (i = 0; i < c->space_count; i++)
		json_stream_put(j, NULL, container_of(c->spaces[i]));
	json_stream_close(j);
}

static json_t *entry_of(const struct comparison *c, const struct entry_difference *e)
{
	AUTO_FREE char *id = entry_id(e);
	json_t *o = json_object();
	int r = id ? json_put_name(o, "id", id) : -ENOMEM;

	r |= json_put_name(o, "name", e->name);
	r |= json_put_name(o, "what", e->what);
	r |= json_put_optional(o, "a", e->a);
	r |= json_put_optional(o, "b", e->b);
	if (e->cause) {
		r |= json_put(o, "cause", json_string(e->cause->id));
		r |= json_put(o, "fix", json_string(cause_fix_line(e->cause)));
	}
	if (c->experiment)
		r |= json_put(o, "axes", json_axes(e->axes));
	r |= json_put(o, "baseline", json_boolean(e->baseline));
	r |= json_put(o, "excluded", json_boolean(e->excluded));
	return json_checked(o, r);
}

static void put_entries(struct json_stream *j, const struct comparison *c)
{
	size_t i;

	json_stream_open(j, "entries", '[');
	for (i = 0; i < c->entry_count; i++)
		json_stream_put(j, NULL, entry_of(c, &c->entries[i]));
	json_stream_close(j);
}

static json_t *outcome_of(const struct cluster *k)
{
	json_t *o = json_object(), *builds = json_array();
	int r = builds ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < k->build_count && r == 0; i++)
		r = json_array_append_new(builds, json_integer(k->builds[i]));
	r |= json_put(o, "sha256", json_text(k->digest ? k->digest : ""));
	r |= json_put(o, "builds", builds);
	return json_checked(o, r);
}

static json_t *clustering_of(const struct clustering *k)
{
	json_t *o = json_object(), *outcomes = json_array();
	int r = outcomes ? json_put_name(o, "name", k->name) : -ENOMEM;
	size_t i;

	for (i = 0; i < k->cluster_count && r == 0; i++)
		r = json_array_append_new(outcomes, outcome_of(&k->clusters[i]));
	r |= json_put(o, "always_different", json_boolean(k->always_different));
	r |= json_put(o, "outcomes", outcomes);
	return json_checked(o, r);
}

static void put_clusters(struct json_stream *j, const struct comparison *c)
{
	size_t i;

	json_stream_open(j, "clusters", '[');
	for (i = 0; i < c->clustering_count; i++)
		json_stream_put(j, NULL, clustering_of(&c->clusterings[i]));
	json_stream_close(j);
}

static json_t *note_of(const struct comparison *c, size_t index, const char *text)
{
	json_t *o = json_object();
	int r = json_put_name(o, "container", space_title(c->spaces[index]));

	r |= json_put(o, "container_index", json_number(index));
	r |= json_put_name(o, "text", text);
	return json_checked(o, r);
}

static void put_notes(struct json_stream *j, const struct comparison *c)
{
	size_t i, k;

	json_stream_open(j, "notes", '[');
	for (i = 0; i < c->space_count; i++)
		for (k = 0; k < c->spaces[i]->note_count; k++)
			json_stream_put(j, NULL, note_of(c, i, c->spaces[i]->notes[k]));
	json_stream_close(j);
}

static int put_number_unless(json_t *o, const char *key, int64_t n, int64_t unknown)
{
	return n == unknown ? 0 : json_put(o, key, json_integer(n));
}

static json_t *facts_of(const struct facts *f, int side)
{
	json_t *o = json_object();
	int r = json_put_optional(o, "path", f->path[side]);

	r |= put_number_unless(o, "time", f->time[side], 0);
	r |= json_put_optional(o, "host", f->host[side]);
	r |= json_put_optional(o, "user", f->user[side]);
	r |= json_put_optional(o, "home", f->home[side]);
	r |= json_put_optional(o, "tmpdir", f->tmpdir[side]);
	r |= json_put_optional(o, "timezone", f->timezone[side]);
	r |= json_put_optional(o, "kernel", f->kernel[side]);
	r |= put_number_unless(o, "uid", f->uid[side], -1);
	r |= put_number_unless(o, "gid", f->gid[side], -1);
	r |= put_number_unless(o, "pid", f->pid[side], -1);
	return json_checked(o, r);
}

static const char *verdict_of(const struct comparison *c, const struct summary *s)
{
	if (c->trouble)
		return "trouble";
	return s->files_differing || c->entry_count || s->finding_count ? "different" : "same";
}

static void put_head(struct json_stream *j, const struct comparison *c, const struct report_options *o,
		     const struct summary *s)
{
	json_stream_put(j, "schema", json_string(SCHEMA));
	json_stream_put(j, "tool", json_pack("{s:s, s:s*}", "name", "reprocheck", "version", o->version));
	json_stream_names(j, "command", o->command, o->command_count);
	json_stream_names(j, "builds", c->builds, c->build_count);
	if (o->facts)
		json_stream_put(
			j, "facts",
			json_pack("{s:o, s:o}", "a", facts_of(o->facts, 0), "b", facts_of(o->facts, 1)));
	json_stream_put(j, "verdict", json_string(verdict_of(c, s)));
	json_stream_put(j, "files",
			json_pack("{s:I, s:I, s:I, s:I}", "compared", (json_int_t)c->files_compared, "same",
				  (json_int_t)c->files_same, "differing", (json_int_t)s->files_differing,
				  "trouble", (json_int_t)s->files_in_trouble));
	json_stream_put(j, "totals", totals_of(&c->totals));
}

int report_json(FILE *f, const struct comparison *c, const struct report_options *o)
{
	CLEANUP(summary_release) struct summary s = { 0 };
	struct json_stream j = { .f = f };
	int r = summary_make(c, &s);

	if (r < 0)
		return r;
	json_stream_open(&j, NULL, '{');
	put_head(&j, c, o, &s);
	if (c->experiment)
		json_experiment(&j, c, &s);
	put_causes(&j, &s);
	put_findings(&j, c, &s, o->max_findings);
	put_containers(&j, c);
	put_entries(&j, c);
	put_clusters(&j, c);
	put_notes(&j, c);
	json_stream_close(&j);
	return json_stream_finish(&j);
}
