/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/report/record.h"

#include "base/content.h"
#include "base/json.h"
#include "reprocheck/compare/compare.h"
#include "reprocheck/report/record_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define SCHEMA     "carbolic.reprocheck.diff/1"
#define VALUES_MAX (32u << 20) /* a value costs some hundred bytes once parsed */
#define ARENA_MAX  ((size_t)2 << 30)
#define DEPTH_MAX  256 /* containers in containers */

static const char *status_word(unsigned i)
{
	return space_status_name((enum space_status)i);
}

static void read_totals(struct reader *r, const json_t *o, struct totals *ret)
{
	struct totals t = { .a_size = read_number(r, o, "a_size", UINT64_MAX),
			    .b_size = read_number(r, o, "b_size", UINT64_MAX),
			    .differing = read_number(r, o, "differing_bytes", UINT64_MAX) };
	uint64_t sum;

	t.by_class[CLASS_PRIMARY] = read_number(r, o, "primary_bytes", UINT64_MAX);
	t.by_class[CLASS_DERIVED] = read_number(r, o, "derived_bytes", UINT64_MAX);
	t.by_class[CLASS_UNEXPLAINED] = read_number(r, o, "unexplained_bytes", UINT64_MAX);
	if (__builtin_add_overflow(t.by_class[CLASS_PRIMARY], t.by_class[CLASS_DERIVED], &sum) ||
	    __builtin_add_overflow(sum, t.by_class[CLASS_UNEXPLAINED], &sum) || sum != t.differing)
		(void)read_fail(r, -EBADMSG, "the totals do not add up");
	*ret = t;
}

static uint32_t cell_value(struct reader *r, const json_t *list, size_t i)
{
	const json_t *value = json_array_get(list, i);
	json_int_t n = json_integer_value(value);

	if (json_is_integer(value) && n >= 0 && n <= UINT32_MAX)
		return (uint32_t)n;
	(void)read_fail(r, -EBADMSG, "\"counts\" holds what is no count");
	return 0;
}

static void read_cells(struct reader *r, const json_t *list, struct byte_map *m)
{
	size_t i, n = json_array_size(list);
	uint32_t cell, next = 0, class;

	if (n % (CLASS_COUNT + 1))
		(void)read_fail(r, -EBADMSG, "\"counts\" does not hold four numbers a cell");
	for (i = 0; i < n && r->error == 0; i += CLASS_COUNT + 1) {
		cell = cell_value(r, list, i);
		if (cell < next || cell >= m->cells) {
			(void)read_fail(r, -EBADMSG, "\"counts\" has cells out of order or range");
			return;
		}
		for (class = 0; class < CLASS_COUNT; class ++)
			m->counts[cell][class] = cell_value(r, list, i + 1 + class);
		next = cell + 1;
	}
}

static struct byte_map *read_map(struct reader *r, const json_t *space)
{
	const json_t *o = json_object_get(space, "map");
	struct byte_map *m = o ? read_alloc(r, 1, sizeof(*m)) : NULL;

	if (!m)
		return NULL;
	m->cell_size = read_number(r, o, "cell_size", UINT64_MAX);
	m->cells = (uint32_t)read_number(r, o, "cells", MAP_CELLS);
	read_cells(r, read_array(r, o, "counts"), m);
	return m;
}

/* Depth first: the space around it is the last one that was one less deep. */
static struct space *parent_of(struct reader *r, size_t index, unsigned depth)
{
	struct space *s = index > 0 ? r->c->spaces[index - 1] : NULL;

	if (depth == 0)
		return NULL;
	while (s && s->depth >= depth)
		s = s->parent;
	if (!s || s->depth != depth - 1)
		(void)read_fail(r, -EBADMSG, "\"depth\" has no container around it");
	return s;
}

static void read_space(struct reader *r, const json_t *o, size_t index, struct space *s)
{
	unsigned depth = (unsigned)read_number(r, o, "depth", DEPTH_MAX);

	*s = (struct space){ .name = read_text(r, o, "name"),
			     .a_name = read_optional(r, o, "a_name"),
			     .b_name = read_optional(r, o, "b_name"),
			     .format = read_plain(r, o, "format"),
			     .status = (enum space_status)read_word(r, o, "status", status_word,
								    SPACE_TROUBLE + 1),
			     .trouble = read_optional(r, o, "trouble"),
			     .depth = depth,
			     .parent = parent_of(r, index, depth),
			     .finding_count = read_number(r, o, "findings_total", SIZE_MAX),
			     .map = read_map(r, o) };
	read_totals(r, read_object(r, o, "totals"), &s->totals);
	if (s->status == SPACE_TROUBLE && !s->trouble)
		(void)read_fail(r, -EBADMSG, "\"trouble\" is missing");
}

static void read_spaces(struct reader *r, const json_t *doc)
{
	const json_t *list = read_array(r, doc, "containers");
	size_t i, count = json_array_size(list);
	struct space *spaces = read_alloc(r, count, sizeof(*spaces));

	if (spaces)
		r->c->spaces = calloc(count + 1, sizeof(struct space *));
	if (!r->c->spaces)
		(void)read_fail(r, -ENOMEM, "holds more than fits in memory");
	r->list = "containers";
	for (i = 0; i < count && r->error == 0; i++) {
		r->index = i;
		read_space(r, json_array_get(list, i), i, &spaces[i]);
		r->c->spaces[r->c->space_count++] = &spaces[i];
	}
	r->list = NULL;
}

static struct space *noted_space(struct reader *r, const json_t *note)
{
	uint64_t i = read_number(r, note, "container_index", UINT64_MAX);

	if (i >= r->c->space_count)
		(void)read_fail(r, -EBADMSG, "\"container_index\" is none");
	return r->error < 0 ? NULL : r->c->spaces[i];
}

/* Twice over the list: notes of a space are an array. */
static void read_notes(struct reader *r, const json_t *doc)
{
	const json_t *list = read_array(r, doc, "notes");
	size_t i, count = json_array_size(list);
	struct space *s;

	r->list = "notes";
	for (r->index = 0; r->index < count && r->error == 0; r->index++) {
		s = noted_space(r, json_array_get(list, r->index));
		if (s)
			s->note_count++;
	}
	for (i = 0; i < r->c->space_count && r->error == 0; i++) {
		s = r->c->spaces[i];
		s->notes = s->note_count ? read_alloc(r, s->note_count, sizeof(*s->notes)) : NULL;
		s->note_count = 0;
	}
	for (r->index = 0; r->index < count && r->error == 0; r->index++) {
		s = noted_space(r, json_array_get(list, r->index));
		if (s)
			s->notes[s->note_count++] = read_text(r, json_array_get(list, r->index), "text");
	}
	r->list = NULL;
}

static void read_outcome(struct reader *r, const json_t *o, struct cluster *k)
{
	const json_t *list = read_array(r, o, "builds");
	size_t i;

	k->digest = read_plain(r, o, "sha256");
	k->build_count = json_array_size(list);
	k->builds = read_alloc(r, k->build_count, sizeof(*k->builds));
	for (i = 0; i < k->build_count && r->error == 0; i++) {
		const json_t *value = json_array_get(list, i);
		json_int_t n = json_integer_value(value);

		if (json_is_integer(value) && n >= 0 && (uint64_t)n < r->c->build_count)
			k->builds[i] = (unsigned)n;
		else
			(void)read_fail(r, -EBADMSG, "\"builds\" holds what is no build");
	}
}

static void read_clustering(struct reader *r, const json_t *o, struct clustering *g)
{
	const json_t *list = read_array(r, o, "outcomes");
	size_t i;

	g->name = read_text(r, o, "name");
	g->always_different = read_bool(r, o, "always_different");
	g->cluster_count = json_array_size(list);
	g->clusters = read_alloc(r, g->cluster_count, sizeof(*g->clusters));
	for (i = 0; i < g->cluster_count && r->error == 0; i++)
		read_outcome(r, json_array_get(list, i), &g->clusters[i]);
}

static void read_clusterings(struct reader *r, const json_t *doc)
{
	const json_t *list = read_array(r, doc, "clusters");
	struct comparison *c = r->c;

	c->clustering_count = json_array_size(list);
	c->clusterings = read_alloc(r, c->clustering_count, sizeof(*c->clusterings));
	r->list = "clusters";
	for (r->index = 0; r->index < c->clustering_count && r->error == 0; r->index++)
		read_clustering(r, json_array_get(list, r->index), &c->clusterings[r->index]);
	r->list = NULL;
}

static void read_side(struct reader *r, const json_t *o, int side, struct facts *f)
{
	f->path[side] = read_optional(r, o, "path");
	f->time[side] = read_integer(r, o, "time", 0);
	f->host[side] = read_optional(r, o, "host");
	f->user[side] = read_optional(r, o, "user");
	f->home[side] = read_optional(r, o, "home");
	f->tmpdir[side] = read_optional(r, o, "tmpdir");
	f->timezone[side] = read_optional(r, o, "timezone");
	f->kernel[side] = read_optional(r, o, "kernel");
	f->uid[side] = read_integer(r, o, "uid", -1);
	f->gid[side] = read_integer(r, o, "gid", -1);
	f->pid[side] = read_integer(r, o, "pid", -1);
}

static void read_head(struct reader *r, const json_t *doc, struct record *rec)
{
	const json_t *facts = json_object_get(doc, "facts"), *files = read_object(r, doc, "files");
	const char *verdict = read_text(r, doc, "verdict");

	rec->report.version = read_optional(r, read_object(r, doc, "tool"), "version");
	rec->report.command = read_names(r, doc, "command", &rec->report.command_count);
	r->c->builds = read_names(r, doc, "builds", &r->c->build_count);
	if (facts) {
		read_side(r, read_object(r, facts, "a"), 0, &rec->facts);
		read_side(r, read_object(r, facts, "b"), 1, &rec->facts);
		rec->report.facts = &rec->facts;
	}
	r->c->trouble = strcmp(verdict, "trouble") == 0;
	r->c->files_compared = read_number(r, files, "compared", UINT64_MAX);
	r->c->files_same = read_number(r, files, "same", UINT64_MAX);
	read_totals(r, read_object(r, doc, "totals"), &r->c->totals);
	r->causes = read_array(r, doc, "causes");
	if (json_array_size(r->causes) > RECORD_CAUSES_MAX)
		(void)read_fail(r, -EBADMSG, "more causes than there are");
}

static int read_document(struct reader *r, const json_t *doc, struct record *rec)
{
	const char *schema = json_string_value(json_object_get(doc, "schema"));

	if (!schema || strcmp(schema, SCHEMA) != 0)
		return read_fail(r, -EBADMSG, "not a JSON report of reprocheck that this version reads");
	read_head(r, doc, rec);
	read_experiment(r, doc);
	read_spaces(r, doc);
	if (r->error == 0)
		read_findings(r, doc);
	if (r->error == 0)
		read_entries(r, doc);
	if (r->error == 0)
		read_clusterings(r, doc);
	if (r->error == 0)
		read_notes(r, doc);
	return r->error;
}

/* An upper bound of the values in the text, before memory is taken for them: each but the first of a list follows a comma. */
static size_t count_values(const char *p, size_t n)
{
	bool in_string = false;
	size_t i, count = 1;

	for (i = 0; i < n; i++) {
		if (in_string && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			in_string = !in_string;
		else if (!in_string && (p[i] == ',' || p[i] == '[' || p[i] == '{'))
			count++;
	}
	return count;
}

static struct record *record_new(void)
{
	struct record *rec = calloc(1, sizeof(*rec));
	struct comparison *c = calloc(1, sizeof(*c));

	if (!rec || !c) {
		free(rec);
		free(c);
		return NULL;
	}
	c->arena = (struct arena)ARENA_INIT(ARENA_MAX);
	(void)pthread_mutex_init(&c->lock, NULL); /* comparison_free() destroys it */
	rec->comparison = c;
	rec->facts = (struct facts){ .uid = { -1, -1 }, .gid = { -1, -1 }, .pid = { -1, -1 } };
	return rec;
}

void record_free(struct record *r)
{
	if (!r)
		return;
	comparison_free(r->comparison);
	free(r);
}

static void release_json(json_t **j)
{
	json_decref(*j);
}

int record_parse(const char *name, const char *data, size_t size, struct record **ret, struct error *err)
{
	CLEANUP(record_freep) struct record *rec = NULL;
	CLEANUP(release_json) json_t *doc = NULL;
	struct reader r = { .file = name, .err = err };
	json_error_t bad;
	int error;

	if (size > RECORD_SIZE_MAX || count_values(data, size) > VALUES_MAX)
		return error_set(err, -EFBIG, name, "larger than a record may be");
	doc = json_loadb(data, size, JSON_REJECT_DUPLICATES, &bad);
	if (!doc)
		return error_set_at(err, -EBADMSG, name, (uint64_t)(bad.position < 0 ? 0 : bad.position),
				    "not JSON: %s", bad.text);
	rec = record_new();
	if (!rec)
		return error_set(err, -ENOMEM, name, "reading the record");
	r.c = rec->comparison;
	error = read_document(&r, doc, rec);
	if (error < 0)
		return error;
	*ret = steal_pointer(rec);
	return 0;
}

int record_read(const char *path, struct record **ret, struct error *err)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	CLEANUP(record_freep) struct record *rec = NULL;
	int r = content_open(AT_FDCWD, path, &c, err);

	if (r >= 0)
		r = record_parse(path, (const char *)content_data(c), content_size(c), &rec, err);
	if (r >= 0)
		r = content_recheck(c, err);
	if (r < 0)
		return error_set(err, r, path, "reading the record");
	*ret = steal_pointer(rec);
	return 0;
}
