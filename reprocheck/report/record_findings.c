/* SPDX-License-Identifier: Apache-2.0 */
/* Findings, their places and causes, and differences between directory entries. */
#include "reprocheck/report/record_private.h"

#include "reprocheck/causes/causes.h"
#include "reprocheck/report/summary.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define CAUSE_ID_MAX 64

static const char *class_word(unsigned i)
{
	return class_name((enum byte_class)i);
}

static const char *level_word(unsigned i)
{
	return evidence_name((enum evidence)i);
}

static bool is_cause_id(const char *id)
{
	size_t i;

	for (i = 0; id[i]; i++)
		if (!islower((unsigned char)id[i]) && !isdigit((unsigned char)id[i]) && id[i] != '-')
			return false;
	return i > 0 && i <= CAUSE_ID_MAX;
}

static const json_t *cause_row(const struct reader *r, const char *id)
{
	size_t i;

	for (i = 0; i < json_array_size(r->causes); i++) {
		const json_t *row = json_array_get(r->causes, i);
		const char *name = json_string_value(json_object_get(row, "id"));

		if (name && strcmp(name, id) == 0)
			return row;
	}
	return NULL;
}

static const struct cause_fix *read_fixes(struct reader *r, const json_t *row)
{
	const json_t *list = read_array(r, row, "fixes");
	size_t i, count = json_array_size(list);
	struct cause_fix *out = read_alloc(r, count + 1, sizeof(*out));

	for (i = 0; i < count && r->error == 0; i++) {
		out[i].tool = read_plain(r, json_array_get(list, i), "tool");
		out[i].edit = read_plain(r, json_array_get(list, i), "edit");
	}
	return out;
}

/* Aliases are ids of another taxonomy; they are printed as they are. */
static const char *const *read_aliases(struct reader *r, const json_t *row)
{
	const json_t *list = read_array(r, row, "aliases");
	size_t i, count = json_array_size(list);
	const char **out = read_alloc(r, count + 1, sizeof(*out));

	for (i = 0; i < count && r->error == 0; i++) {
		const char *s = json_string_value(json_array_get(list, i));

		out[i] = s ? arena_strndup(&r->c->arena, s, strlen(s)) : NULL;
		if (!out[i])
			(void)read_fail(r, s ? -ENOMEM : -EBADMSG, "\"aliases\" holds what is no text");
	}
	return out;
}

/* A cause of another version, as the record describes it. */
static const struct cause *keep_cause(struct reader *r, const char *id)
{
	const json_t *row = cause_row(r, id);
	struct cause *cause = read_alloc(r, 1, sizeof(*cause));

	if (!cause)
		return NULL;
	if (!is_cause_id(id) || r->kept_count == RECORD_KEPT_MAX) {
		(void)read_fail(r, -EBADMSG, "too many unknown causes, or an id that is none");
		return NULL;
	}
	cause->id = arena_strndup(&r->c->arena, id, strlen(id));
	cause->title = cause->id;
	cause->fix_line = "";
	if (row) {
		cause->fix_line = read_plain(r, row, "fix");
		cause->title = read_plain(r, row, "title");
		cause->axis = read_plain_optional(r, row, "axis");
		cause->looks_like = read_plain_optional(r, row, "looks_like");
		cause->fixes = read_fixes(r, row);
		cause->not_fixed_by = read_plain_optional(r, row, "not_fixed_by");
		cause->aliases = read_aliases(r, row);
	}
	if (!cause->id)
		(void)read_fail(r, -ENOMEM, "holds more than fits in memory");
	if (r->error < 0)
		return NULL;
	r->kept[r->kept_count++] = cause;
	return cause;
}

const struct cause *read_cause(struct reader *r, const char *id)
{
	const struct cause *known = cause_find(id);
	size_t i;

	for (i = 0; !known && i < r->kept_count; i++)
		if (strcmp(r->kept[i]->id, id) == 0)
			known = r->kept[i];
	return known ? known : keep_cause(r, id);
}

/* "NAME//PATH": what follows the name of the space; NULL: the space itself. */
static const char *path_within(struct reader *r, const struct space *s, const char *path)
{
	size_t len = strlen(space_title(s));

	if (strncmp(path, space_title(s), len) != 0)
		(void)read_fail(r, -EBADMSG, "a place's path is not inside its container");
	else if (path[len] == '\0')
		return NULL;
	else if (strncmp(path + len, "//", 2) == 0 && path[len + 2])
		return path + len + 2;
	else
		(void)read_fail(r, -EBADMSG, "a place's path is not inside its container");
	return NULL;
}

static void read_place(struct reader *r, const struct space *s, const json_t *o, struct place *ret)
{
	const char *path = read_text(r, o, "path");

	*ret = (struct place){ .path = path_within(r, s, path),
			       .region = read_optional(r, o, "region"),
			       .a_off = read_number(r, o, "a_offset", UINT64_MAX),
			       .a_len = read_number(r, o, "a_length", UINT64_MAX),
			       .b_off = read_number(r, o, "b_offset", UINT64_MAX),
			       .b_len = read_number(r, o, "b_length", UINT64_MAX),
			       .symbol = read_optional(r, o, "symbol"),
			       .source = read_optional(r, o, "source"),
			       .a_text = read_optional(r, o, "a_text"),
			       .b_text = read_optional(r, o, "b_text"),
			       .a_context = read_optional(r, o, "a_context"),
			       .b_context = read_optional(r, o, "b_context"),
			       .detail = read_optional(r, o, "detail") };
}

static void read_places(struct reader *r, const struct space *s, const json_t *o, struct finding *f)
{
	const json_t *list = read_array(r, o, "places");
	size_t i;

	f->place_count = read_number(r, o, "places_total", UINT64_MAX);
	f->places_kept = json_array_size(list);
	if (f->places_kept > f->place_count)
		(void)read_fail(r, -EBADMSG, "more places than \"places_total\"");
	f->places = read_alloc(r, f->places_kept, sizeof(*f->places));
	for (i = 0; i < f->places_kept && r->error == 0; i++)
		read_place(r, s, json_array_get(list, i), &f->places[i]);
}

static void read_from(struct reader *r, const json_t *o, struct finding *f)
{
	const json_t *list = read_array(r, o, "from");
	size_t i;

	f->from_count = json_array_size(list);
	f->from = read_alloc(r, f->from_count, sizeof(*f->from));
	for (i = 0; i < f->from_count && r->error == 0; i++) {
		const char *id = json_string_value(json_array_get(list, i));

		if (id)
			f->from[i] = read_cause(r, id);
		else
			(void)read_fail(r, -EBADMSG, "\"from\" holds what is no cause");
	}
}

static void read_evidence(struct reader *r, const json_t *o, struct finding *f)
{
	f->axes = read_axes(r, o, "axes");
	f->process = read_optional(r, o, "process");
	f->asked = read_optional(r, o, "asked");
	if (!json_object_get(o, "proof"))
		return;
	f->proof = read_alloc(r, 1, sizeof(*f->proof));
	if (f->proof)
		read_proof(r, read_object(r, o, "proof"), f->proof);
}

/* The slot that the record names for it, once. */
static struct finding *slot_of(struct reader *r, const json_t *o, struct space **ret)
{
	uint64_t space = read_number(r, o, "container_index", UINT64_MAX),
		 position = read_number(r, o, "position", UINT64_MAX);

	if (r->error == 0 && space < r->c->space_count && position < r->c->spaces[space]->finding_count &&
	    !r->c->spaces[space]->findings[position].id) {
		*ret = r->c->spaces[space];
		return &(*ret)->findings[position];
	}
	(void)read_fail(r, -EBADMSG, "no container has room for it");
	return NULL;
}

static void read_finding(struct reader *r, const json_t *o)
{
	struct space *s = NULL;
	struct finding *f = slot_of(r, o, &s);

	if (!f)
		return;
	f->id = read_text(r, o, "id");
	f->cause = read_cause(r, read_text(r, o, "cause"));
	f->class = (enum byte_class)read_word(r, o, "class", class_word, CLASS_COUNT);
	f->level = (enum evidence)read_word(r, o, "level", level_word, LEVEL_PROVED + 1);
	f->bytes = read_number(r, o, "bytes", UINT64_MAX);
	f->detail = read_optional(r, o, "detail");
	f->baseline = read_bool(r, o, "baseline");
	f->excluded = read_bool(r, o, "excluded");
	read_from(r, o, f);
	read_places(r, s, o, f);
	if (r->c->experiment)
		read_evidence(r, o, f);
}

/* The first contract: what a container's findings say adds up to its totals. */
static void check_sums(struct reader *r, const struct space *s)
{
	uint64_t sums[CLASS_COUNT] = { 0 };
	size_t i;

	for (i = 0; i < s->finding_count; i++)
		if (__builtin_add_overflow(sums[s->findings[i].class], s->findings[i].bytes,
					   &sums[s->findings[i].class]))
			(void)read_fail(r, -EBADMSG, "the findings do not add up");
	if (s->status != SPACE_TROUBLE && memcmp(sums, s->totals.by_class, sizeof(sums)) != 0)
		(void)read_fail(r, -EBADMSG, "the findings do not add up to the container's totals");
}

static void make_room(struct reader *r, size_t listed, uint64_t total)
{
	size_t i, room = 0;

	for (i = 0; i < r->c->space_count; i++)
		if (__builtin_add_overflow(room, r->c->spaces[i]->finding_count, &room))
			room = SIZE_MAX;
	if (total > listed || room > listed) {
		(void)read_fail(r, -EBADMSG,
				"holds %zu of its findings only (--max-findings): they do not add up",
				listed);
		return;
	}
	if (total < listed || room < listed)
		(void)read_fail(r, -EBADMSG, "has more findings than its containers");
	for (i = 0; i < r->c->space_count && r->error == 0; i++)
		r->c->spaces[i]->findings =
			read_alloc(r, r->c->spaces[i]->finding_count, sizeof(struct finding));
}

void read_findings(struct reader *r, const json_t *doc)
{
	const json_t *list = read_array(r, doc, "findings");
	size_t i, count = json_array_size(list);

	r->list = NULL;
	make_room(r, count, read_number(r, doc, "findings_total", UINT64_MAX));
	r->list = "findings";
	for (i = 0; i < count && r->error == 0; i++) {
		r->index = i;
		read_finding(r, json_array_get(list, i));
	}
	r->list = "containers";
	for (i = 0; i < r->c->space_count && r->error == 0; i++) {
		r->index = i;
		check_sums(r, r->c->spaces[i]);
	}
	r->list = NULL;
}

static void read_entry(struct reader *r, const json_t *o, struct entry_difference *ret)
{
	const char *cause = read_optional(r, o, "cause");

	*ret = (struct entry_difference){ .name = read_text(r, o, "name"),
					  .what = read_text(r, o, "what"),
					  .a = read_optional(r, o, "a"),
					  .b = read_optional(r, o, "b"),
					  .cause = cause ? read_cause(r, cause) : NULL,
					  .baseline = read_bool(r, o, "baseline"),
					  .excluded = read_bool(r, o, "excluded"),
					  .axes = r->c->experiment ? read_axes(r, o, "axes") : 0 };
}

void read_entries(struct reader *r, const json_t *doc)
{
	const json_t *list = read_array(r, doc, "entries");

	r->c->entry_count = json_array_size(list);
	r->c->entries = read_alloc(r, r->c->entry_count, sizeof(*r->c->entries));
	r->list = "entries";
	for (r->index = 0; r->index < r->c->entry_count && r->error == 0; r->index++)
		read_entry(r, json_array_get(list, r->index), &r->c->entries[r->index]);
	r->list = NULL;
}
