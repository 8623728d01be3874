/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/report/baseline.h"

#include "base/content.h"
#include "base/json.h"
#include "reprocheck/causes/causes.h"
#include "reprocheck/report/json_names.h"
#include "reprocheck/report/summary.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>

#define SCHEMA_PREFIX "carbolic.reprocheck." /* of diff, run and lint alike */

struct known {
	char *id;
	bool pattern, met;
};

struct baseline {
	struct known *known; /* sorted by id once read */
	size_t count, capacity;
};

static int add_id(struct baseline *b, const char *id, size_t len, bool may_match)
{
	struct known k = { .id = strndup(id, len) };

	if (b->count == b->capacity) {
		size_t capacity = b->capacity ? 2 * b->capacity : 64;
		struct known *more = reallocarray(b->known, capacity, sizeof(*more));

		if (!more) {
			free(k.id);
			return -ENOMEM;
		}
		b->known = more;
		b->capacity = capacity;
	}
	if (!k.id)
		return -ENOMEM;
	k.pattern = may_match && strpbrk(k.id, "*?");
	b->known[b->count++] = k;
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* An id holds no control character, so one is a sign of another kind of file. */
static bool is_plain(const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)p[i] < ' ' || p[i] == 0x7f)
			return false;
	return true;
}

static int read_lines(struct baseline *b, const char *path, const char *data, size_t size, struct error *err)
{
	size_t at = 0, len, skip;
	int r = 0;

	for (; at < size && r == 0; at += skip) {
		const char *line = data + at, *end = memchr(line, '\n', size - at);

		len = end ? (size_t)(end - line) : size - at;
		skip = len + 1;
		while (len && is_blank(*line)) {
			line++;
			len--;
		}
		while (len && is_blank(line[len - 1]))
			len--;
		if (len == 0 || *line == '#')
			continue;
		if (!is_plain(line, len) || !memchr(line, '@', len))
			return error_set_at(err, -EBADMSG, path, (uint64_t)(line - data),
					    "expected a finding's id, \"CAUSE@PLACE\"");
		r = add_id(b, line, len, true);
	}
	return r;
}

/* An id names files, which need not be UTF-8. */
static int add_id_of(struct baseline *b, const json_t *finding)
{
	const json_t *id = json_object_get(finding, "id"), *hex = json_hex_member(finding, "id");
	AUTO_FREE char *bytes = hex ? malloc(json_string_length(hex) / 2 + 1) : NULL;
	int n;

	if (hex && !bytes)
		return -ENOMEM;
	n = hex ? json_unhex(hex, bytes) : -EBADMSG;
	if (n >= 0)
		return add_id(b, bytes, (size_t)n, false);
	return json_is_string(id) ? add_id(b, json_string_value(id), json_string_length(id), false) : 0;
}

static int add_ids_of(struct baseline *b, const json_t *array)
{
	json_t *item;
	size_t i;
	int r = 0;

	json_array_foreach(array, i, item)
	{
		if (r == 0)
			r = add_id_of(b, item);
	}
	return r;
}

static void release_json(json_t **j)
{
	json_decref(*j);
}

static int read_report(struct baseline *b, const char *path, const char *data, size_t size, struct error *err)
{
	json_error_t bad;
	CLEANUP(release_json) json_t *doc = json_loadb(data, size, JSON_REJECT_DUPLICATES, &bad);
	const char *schema;
	int r;

	if (!doc)
		return error_set_at(err, -EBADMSG, path, (uint64_t)(bad.position < 0 ? 0 : bad.position),
				    "not JSON: %s", bad.text);
	schema = json_string_value(json_object_get(doc, "schema"));
	if (!schema || strncmp(schema, SCHEMA_PREFIX, strlen(SCHEMA_PREFIX)) != 0)
		return error_set(err, -EBADMSG, path, "not a report that reprocheck wrote with --json");
	r = add_ids_of(b, json_object_get(doc, "findings"));
	if (r >= 0)
		r = add_ids_of(b, json_object_get(doc, "entries"));
	return r < 0 ? r : add_ids_of(b, json_object_get(doc, "problems"));
}

static int by_id(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return strcmp(x->id, y->id);
}

static bool looks_like_json(const char *data, size_t size)
{
	while (size && (is_blank(*data) || *data == '\n')) {
		data++;
		size--;
	}
	return size && *data == '{';
}

static int read_into(struct baseline *b, const char *path, struct error *err)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	int r = content_open(AT_FDCWD, path, &c, err);
	const char *data;
	size_t size;

	if (r < 0)
		return r;
	if (content_size(c) > BASELINE_SIZE_MAX)
		return error_set(err, -EFBIG, path, "larger than a baseline may be");
	data = (const char *)content_data(c);
	size = content_size(c);
	if (looks_like_json(data, size))
		r = read_report(b, path, data, size, err);
	else
		r = read_lines(b, path, data, size, err);
	if (r == 0)
		r = content_recheck(c, err);
	return r;
}

int baseline_read(const char *path, struct baseline **ret, struct error *err)
{
	CLEANUP(baseline_freep) struct baseline *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return error_set(err, -ENOMEM, path, "reading the baseline");
	r = read_into(b, path, err);
	if (r < 0)
		return error_set(err, r, path, "reading the baseline");
	if (b->count)
		qsort(b->known, b->count, sizeof(*b->known), by_id);
	*ret = steal_pointer(b);
	return 0;
}

void baseline_free(struct baseline *b)
{
	size_t i;

	if (!b)
		return;
	for (i = 0; i < b->count; i++)
		free(b->known[i].id);
	free(b->known);
	free(b);
}

/* Every line that matches is met, so that a line made redundant by a pattern is not called stale. */
bool baseline_lists(struct baseline *b, const char *id)
{
	struct known *k = b->count ? bsearch(&(struct known){ .id = (char *)(uintptr_t)id }, b->known,
					     b->count, sizeof(*b->known), by_id)
				   : NULL;
	bool found = k;
	size_t i;

	if (k)
		k->met = true;
	for (i = 0; i < b->count; i++) {
		if (!b->known[i].pattern || fnmatch(b->known[i].id, id, FNM_NOESCAPE) != 0)
			continue;
		b->known[i].met = true;
		found = true;
	}
	return found;
}

int baseline_apply(struct baseline *b, struct comparison *c)
{
	size_t i, k;

	for (i = 0; i < c->space_count; i++)
		for (k = 0; k < c->spaces[i]->finding_count; k++)
			if (baseline_lists(b, c->spaces[i]->findings[k].id))
				c->spaces[i]->findings[k].baseline = true;
	for (i = 0; i < c->entry_count; i++) {
		AUTO_FREE char *id = entry_id(&c->entries[i]);

		if (!id)
			return -ENOMEM;
		if (baseline_lists(b, id))
			c->entries[i].baseline = true;
	}
	return 0;
}

const char *baseline_unmatched(const struct baseline *b, size_t index)
{
	size_t i;

	for (i = 0; i < b->count; i++)
		if (!b->known[i].met && index-- == 0)
			return b->known[i].id;
	return NULL;
}

static void exclude(struct comparison *c, const struct cause *cause)
{
	size_t i, k;

	for (i = 0; i < c->space_count; i++)
		for (k = 0; k < c->spaces[i]->finding_count; k++)
			if (strcmp(c->spaces[i]->findings[k].cause->id, cause->id) == 0)
				c->spaces[i]->findings[k].excluded = true;
	for (i = 0; i < c->entry_count; i++)
		if (c->entries[i].cause && strcmp(c->entries[i].cause->id, cause->id) == 0)
			c->entries[i].excluded = true;
}

int exclude_causes(struct comparison *c, const char *const *ids, size_t count, struct error *err)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!cause_find(ids[i]))
			return error_set(err, -EINVAL, NULL,
					 "no cause is called \"%s\"; see reprocheck causes", ids[i]);
	for (i = 0; i < count; i++)
		exclude(c, cause_find(ids[i]));
	return 0;
}

size_t next_root(const struct comparison *c, size_t index)
{
	do
		index++;
	while (index < c->space_count && c->spaces[index]->depth > 0);
	return index;
}

struct tally {
	size_t leading, leading_new; /* primary and unexplained */
	size_t derived, derived_new;
};

static void tally_findings(const struct space *s, struct tally *t)
{
	size_t i;

	for (i = 0; i < s->finding_count; i++) {
		bool derived = s->findings[i].class == CLASS_DERIVED,
		     fresh = !finding_accepted(&s->findings[i]);

		t->leading += !derived;
		t->leading_new += !derived && fresh;
		t->derived += derived;
		t->derived_new += derived && fresh;
	}
}

static bool entry_accepts(const struct comparison *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->entry_count; i++)
		if (strcmp(c->entries[i].name, name) == 0 && entry_accepted(&c->entries[i]))
			return true;
	return false;
}

bool file_accepted(const struct comparison *c, size_t index)
{
	size_t i, end = next_root(c, index);
	struct tally t = { 0 };

	if (c->spaces[index]->status == SPACE_SAME)
		return true;
	if (c->spaces[index]->status == SPACE_TROUBLE)
		return false;
	for (i = index; i < end; i++)
		tally_findings(c->spaces[i], &t);
	if (t.leading_new > 0)
		return false;
	if (t.leading > 0)
		return true;
	if (t.derived > 0)
		return t.derived_new == 0;
	return entry_accepts(c, space_title(c->spaces[index]));
}

bool comparison_accepted(const struct comparison *c)
{
	size_t i;

	if (c->trouble)
		return false;
	for (i = 0; i < c->entry_count; i++)
		if (!entry_accepted(&c->entries[i]))
			return false;
	for (i = 0; i < c->space_count; i = next_root(c, i))
		if (!file_accepted(c, i))
			return false;
	return true;
}
