/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/answer/budget.h"

#include "analyzers/gpu.h"
#include "base/json_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#define REASONS_MAX ((size_t)1 << 20)

/* ---- what it is now ------------------------------------------------------------------------------------------- */

static uint64_t loaded_bytes(const struct elf_file *f)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < f->segment_count; i++)
		if (f->segments[i].type == PT_LOAD)
			sum += f->segments[i].memsz;
	return sum;
}

/* Sections of one name are one budget. */
static int add_bytes(json_t *object, const char *name, uint64_t bytes)
{
	const json_t *known = json_object_get(object, name);

	return json_put(object, name, json_number(bytes + (known ? (uint64_t)json_integer_value(known) : 0)));
}

static json_t *sections_json(const struct elf_file *f)
{
	json_t *o = json_object();
	uint32_t i;
	int r = 0;

	for (i = 1; i < f->section_count && r >= 0; i++)
		if (f->sections[i].flags & SHF_ALLOC && utf8_sequence((const uint8_t *)f->sections[i].name, 1, NULL))
			r = add_bytes(o, f->sections[i].name, f->sections[i].size);
	return json_checked(o, r);
}

static bool holds(const json_t *list, const char *word)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (json_is_string(item) && strcmp(json_string_value(item), word) == 0)
			return true;
	return false;
}

static json_t *needed_json(const struct elf_file *f)
{
	json_t *list = json_array();
	int64_t tag;
	uint64_t i, value;

	for (i = 0; elf_file_dynamic(f, i, &tag, &value); i++)
		if (tag == DT_NEEDED && json_array_append_new(list, json_text(elf_file_dynamic_string(f, value))) != 0)
			return json_checked(list, -ENOMEM);
	return list;
}

static json_t *gpu_json(struct content *c)
{
	CLEANUP(gpu_freep) struct gpu_code *g = NULL;
	json_t *list = json_array();
	uint32_t i;

	if (gpu_read(c, &g, NULL) < 0)
		return list;
	for (i = 0; i < g->entry_count; i++)
		if (!holds(list, g->entries[i].target) &&
		    json_array_append_new(list, json_text(g->entries[i].target)) != 0)
			return json_checked(list, -ENOMEM);
	return list;
}

static json_t *file_json(const struct input *i)
{
	json_t *o = json_object();
	int r = json_put(o, "file_bytes", json_number(content_size(i->content)));

	if (i->elf && i->elf->segment_count) {
		r = r ? r : json_put(o, "loaded_bytes", json_number(loaded_bytes(i->elf)));
		r = r ? r : json_put(o, "sections", sections_json(i->elf));
		r = r ? r : json_put(o, "needed", needed_json(i->elf));
	}
	r = r ? r : json_put(o, "gpu", gpu_json(i->content));
	return json_checked(o, r);
}

/* Beside a map objects and static libraries are what the link is understood from, not what is shipped. */
static bool is_measured(const struct inputs *in, const struct input *i)
{
	switch (i->kind) {
	case INPUT_OBJECT:
	case INPUT_ARCHIVE:
		return i->given && !in->map;
	case INPUT_PROGRAM:
	case INPUT_SHARED:
	case INPUT_GPU:
		return i->given;
	default:
		return false;
	}
}

static json_t *removable_json(const struct suggestions *found)
{
	json_t *o = json_object();
	int level, r = 0;

	for (level = EVIDENCE_PROVED; level <= EVIDENCE_HEURISTIC && r >= 0; level++)
		r = json_put(o, evidence_level_name((enum evidence_level)level), json_number(found->bytes_by_level[level]));
	return json_checked(o, r);
}

int budget_measure(const struct inputs *in, const struct suggestions *found, json_t **ret, struct error *err)
{
	json_t *o = json_object(), *files = json_object();
	size_t i;
	int r = json_put(o, "format", json_string("depgraph-budget"));

	r = r ? r : json_put(o, "version", json_integer(1));
	for (i = 0; i < in->count && r >= 0; i++)
		if (is_measured(in, &in->items[i]))
			r = json_put(files, in->items[i].path, file_json(&in->items[i]));
	r = r ? r : json_put(o, "files", json_incref(files));
	if (found)
		r = r ? r : json_put(o, "removable_bytes", removable_json(found));
	json_decref(files);
	*ret = json_checked(o, r);
	return *ret ? 0 : error_set(err, -ENOMEM, "budget", "cannot be measured: a name is no UTF-8, or memory is short");
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

static int refuse(struct error *err, const char *path, const char *where, const char *what)
{
	return error_set(err, -EBADMSG, path, "%s: %s", where, what);
}

static bool is_byte_count(const json_t *v)
{
	return !v || (json_is_integer(v) && json_integer_value(v) >= 0);
}

static bool is_object_of_counts(const json_t *o)
{
	const char *key;
	const json_t *v;

	if (!o)
		return true;
	if (!json_is_object(o))
		return false;
	json_object_foreach((json_t *)(uintptr_t)o, key, v)
		if (!is_byte_count(v))
			return false;
	return true;
}

static bool is_list_of_words(const json_t *a)
{
	const json_t *v;
	size_t i;

	if (!a)
		return true;
	if (!json_is_array(a))
		return false;
	json_array_foreach(a, i, v)
		if (!json_is_string(v))
			return false;
	return true;
}

static int check_file(const char *path, const char *name, const json_t *file, struct error *err)
{
	if (!json_is_object(file))
		return refuse(err, path, name, "is an object of limits");
	if (!is_byte_count(json_object_get(file, "file_bytes")) || !is_byte_count(json_object_get(file, "loaded_bytes")))
		return refuse(err, path, name, "file_bytes and loaded_bytes are numbers of bytes");
	if (!is_object_of_counts(json_object_get(file, "sections")))
		return refuse(err, path, name, "sections holds numbers of bytes by name");
	if (!is_list_of_words(json_object_get(file, "needed")) || !is_list_of_words(json_object_get(file, "gpu")))
		return refuse(err, path, name, "needed and gpu are lists of names");
	return 0;
}

static int check_budget(const char *path, json_t *b, struct error *err)
{
	const json_t *file, *tolerance = json_object_get(b, "tolerance_percent");
	const char *format = json_string_value(json_object_get(b, "format")), *name;
	json_t *files = json_object_get(b, "files");
	int r = 0;

	if (!format || strcmp(format, "depgraph-budget") != 0 || json_integer_value(json_object_get(b, "version")) != 1)
		return refuse(err, path, "format", "is no depgraph-budget of version 1");
	if (files && !json_is_object(files))
		return refuse(err, path, "files", "is an object of files");
	if (!is_object_of_counts(json_object_get(b, "removable_bytes")))
		return refuse(err, path, "removable_bytes", "holds numbers of bytes by level");
	if (tolerance && (!json_is_number(tolerance) || json_number_value(tolerance) < 0 || json_number_value(tolerance) > 1000))
		return refuse(err, path, "tolerance_percent", "is a number from 0 to 1000");
	json_object_foreach(files, name, file)
		r = r < 0 ? r : check_file(path, name, file, err);
	return r;
}

int budget_read(const char *path, json_t **ret, struct error *err)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	json_error_t wrong;
	json_t *b;
	int r = content_open(AT_FDCWD, path, &c, err);

	if (r < 0)
		return r;
	b = json_loadb((const char *)content_data(c), content_size(c), JSON_REJECT_DUPLICATES, &wrong);
	if (!b)
		return error_set(err, -EBADMSG, path, "line %d: %s", wrong.line, wrong.text);
	r = check_budget(path, b, err);
	if (r < 0)
		json_decref(b);
	else
		*ret = b;
	return r;
}

/* ---- comparing ------------------------------------------------------------------------------------------------ */

void budget_reasons_release(struct budget_reasons *r)
{
	size_t i;

	for (i = 0; i < r->count; i++) {
		free(r->items[i].file);
		free(r->items[i].what);
	}
	free(r->items);
	*r = (struct budget_reasons){ 0 };
}

struct checking {
	struct budget_reasons *reasons;
	const char *file;
	double factor;
	int error;
};

static void over(struct checking *c, uint64_t is, uint64_t limit, const char *what, const char *name)
{
	struct budget_reasons *r = c->reasons;
	size_t capacity = r->capacity ? r->capacity * 2 : 16;
	struct budget_reason *items, *item;

	if (r->count == r->capacity) {
		items = capacity <= REASONS_MAX ? reallocarray(r->items, capacity, sizeof(*items)) : NULL;
		if (!items) {
			c->error = -ENOMEM;
			return;
		}
		r->items = items;
		r->capacity = capacity;
	}
	item = &r->items[r->count];
	*item = (struct budget_reason){ .file = strdup(c->file), .is = is, .limit = limit };
	if (!item->file || asprintf(&item->what, "%s%s%s", what, *name ? " " : "", name) < 0) {
		free(item->file);
		c->error = -ENOMEM;
		return;
	}
	r->count++;
}

static void check_bytes(struct checking *c, const json_t *limit, const json_t *now, const char *what, const char *name)
{
	uint64_t most, is = now ? (uint64_t)json_integer_value(now) : 0;

	if (!limit)
		return;
	most = (uint64_t)((double)json_integer_value(limit) * c->factor);
	if (is > most)
		over(c, is, most, what, name);
}

static void check_all(struct checking *c, const json_t *limits, const json_t *now, const char *what)
{
	const char *name;
	const json_t *limit;

	json_object_foreach((json_t *)(uintptr_t)limits, name, limit)
		check_bytes(c, limit, json_object_get(now, name), what, name);
}

static void check_list(struct checking *c, const json_t *allowed, const json_t *now, const char *what)
{
	const json_t *item;
	size_t i;

	if (!allowed)
		return;
	json_array_foreach(now, i, item)
		if (!holds(allowed, json_string_value(item)))
			over(c, 0, 0, what, json_string_value(item));
}

static void check_one(struct checking *c, const json_t *budget, const json_t *now)
{
	check_bytes(c, json_object_get(budget, "file_bytes"), json_object_get(now, "file_bytes"), "file_bytes", "");
	check_bytes(c, json_object_get(budget, "loaded_bytes"), json_object_get(now, "loaded_bytes"), "loaded_bytes", "");
	check_all(c, json_object_get(budget, "sections"), json_object_get(now, "sections"), "sections");
	check_list(c, json_object_get(budget, "needed"), json_object_get(now, "needed"), "needed");
	check_list(c, json_object_get(budget, "gpu"), json_object_get(now, "gpu"), "gpu");
}

int budget_check(const json_t *budget, const json_t *now, struct budget_reasons *ret, struct error *err)
{
	const json_t *tolerance = json_object_get(budget, "tolerance_percent"), *files = json_object_get(now, "files"), *file;
	struct checking c = { .reasons = ret, .factor = 1 + (tolerance ? json_number_value(tolerance) : 0) / 100 };
	json_t *limits = json_object_get(budget, "files");
	const char *name;

	json_object_foreach(limits, name, file) {
		c.file = name;
		if (!json_object_get(files, name))
			return error_set(err, -ENOENT, name, "is in the budget, but was not given");
		check_one(&c, file, json_object_get(files, name));
	}
	c.file = "";
	check_all(&c, json_object_get(budget, "removable_bytes"), json_object_get(now, "removable_bytes"), "removable_bytes");
	return c.error;
}
