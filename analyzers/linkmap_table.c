/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linkmap_table.c: a map kept: its rows in arrays, its names once.
 *
 * Rows of one file stand together, and a section mostly has the name of its output section or
 * a name of its own.  So a file is looked up only when it differs from the row's before, and
 * section names are copied without looking for equal ones, unless the output section has it.  Names are packed
 * into blocks.  A row takes 32 bytes and its name, which is less than its line.
 */
#include "analyzers/linkmap_private.h"

#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"

#include <errno.h>
#include <stdlib.h>

#define NAME_BLOCK ((size_t)64 << 10)
#define FILES_MAX ((uint32_t)1 << 28)

struct table {
	struct linkmap map;
	struct arena arena;
	char *block; /* names are put here */
	size_t block_left;
	uint32_t *slots; /* hash of files, index + 1 */
	uint32_t slot_count;
	size_t file_capacity, output_capacity, section_capacity, discarded_capacity;
	size_t extraction_capacity, needed_capacity, load_capacity;
	struct linkmap_text last_file;
	uint32_t last;
};

static char *name_copy(struct table *t, struct linkmap_text text)
{
	char *out;

	if (memchr(text.p, 0, text.n))
		text.n = strlen(text.p);
	if (text.n + 1 > t->block_left) {
		size_t size = text.n + 1 > NAME_BLOCK / 8 ? text.n + 1 : NAME_BLOCK;

		out = arena_alloc(&t->arena, size);
		if (!out || size == text.n + 1)
			return out ? memcpy(out, text.p, text.n) : NULL;
		t->block = out;
		t->block_left = size;
	}
	out = t->block;
	memcpy(out, text.p, text.n);
	t->block += text.n + 1;
	t->block_left -= text.n + 1;
	return out;
}

/* Room for one more item; false: no memory. */
static bool grow(void **items, size_t count, size_t *capacity, size_t size)
{
	size_t wanted = *capacity ? *capacity + *capacity / 2 : 64;
	void *p;

	if (count < *capacity)
		return true;
	p = reallocarray(*items, wanted, size);
	if (!p)
		return false;
	*items = p;
	*capacity = wanted;
	return true;
}
#define GROW(items, count, capacity) grow((void **)&(items), (count), &(capacity), sizeof(*(items)))

/* ---- files ------------------------------------------------------------------------------------------------------ */

static uint32_t *slot_of(const struct table *t, const char *p, size_t n)
{
	uint32_t i = (uint32_t)hash64(p, n, 0) & (t->slot_count - 1);

	while (t->slots[i]) {
		const char *name = t->map.files[t->slots[i] - 1].name;

		if (!strncmp(name, p, n) && !name[n])
			break;
		i = (i + 1) & (t->slot_count - 1);
	}
	return &t->slots[i];
}

static bool grow_slots(struct table *t)
{
	uint32_t wanted = t->slot_count ? t->slot_count * 2 : 256, i;
	uint32_t *slots;

	if (t->map.file_count < t->slot_count / 2)
		return true;
	slots = calloc(wanted, sizeof(*slots));
	if (!slots || wanted > FILES_MAX) {
		free(slots);
		return false;
	}
	free(t->slots);
	t->slots = slots;
	t->slot_count = wanted;
	for (i = 0; i < t->map.file_count; i++)
		*slot_of(t, t->map.files[i].name, strlen(t->map.files[i].name)) = i + 1;
	return true;
}

static int file_new(struct table *t, struct linkmap_text text, uint32_t *slot)
{
	struct linkmap_file *f;
	struct linkmap_name name;

	if (!GROW(t->map.files, t->map.file_count, t->file_capacity))
		return -ENOMEM;
	f = &t->map.files[t->map.file_count];
	*f = (struct linkmap_file){ .name = name_copy(t, text) };
	f->path = f->name;
	if (linkmap_split_name(text, &name)) {
		f->path = name_copy(t, name.path);
		f->member = name_copy(t, name.member);
		if (!f->member)
			return -ENOMEM;
	}
	if (!f->name || !f->path)
		return -ENOMEM;
	*slot = ++t->map.file_count;
	return 0;
}

/* A file's index; of no text LINKMAP_NONE. */
static int file_index(struct table *t, struct linkmap_text text, uint32_t *ret)
{
	uint32_t *slot;
	int r;

	if (!text.n) {
		*ret = LINKMAP_NONE;
		return 0;
	}
	if (text.n == t->last_file.n && !memcmp(text.p, t->last_file.p, text.n)) {
		*ret = t->last;
		return 0;
	}
	if (memchr(text.p, 0, text.n))
		return -EBADMSG;
	if (!grow_slots(t))
		return -ENOMEM;
	slot = slot_of(t, text.p, text.n);
	r = *slot ? 0 : file_new(t, text, slot);
	if (r < 0)
		return r;
	t->last_file = text;
	*ret = t->last = *slot - 1;
	return 0;
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static int keep_inclusion(struct table *t, struct linkmap_extraction *e, struct linkmap_text member,
			  struct linkmap_text requirer, struct linkmap_text symbol)
{
	int r = file_index(t, member, &e->member);

	if (r < 0)
		return r;
	e->symbol = symbol.n ? name_copy(t, symbol) : "";
	if (!e->symbol)
		return -ENOMEM;
	return file_index(t, requirer, &e->requirer);
}

static int on_extraction(void *ctx, struct linkmap_text member, struct linkmap_text requirer, struct linkmap_text symbol)
{
	struct table *t = ctx;

	if (!GROW(t->map.extractions, t->map.extraction_count, t->extraction_capacity))
		return -ENOMEM;
	return keep_inclusion(t, &t->map.extractions[t->map.extraction_count++], member, requirer, symbol);
}

static int on_needed(void *ctx, struct linkmap_text library, struct linkmap_text requirer, struct linkmap_text symbol)
{
	struct table *t = ctx;

	if (!GROW(t->map.needed, t->map.needed_count, t->needed_capacity))
		return -ENOMEM;
	return keep_inclusion(t, &t->map.needed[t->map.needed_count++], library, requirer, symbol);
}

static int on_load(void *ctx, struct linkmap_text path)
{
	struct table *t = ctx;
	uint32_t file;
	int r = file_index(t, path, &file);

	if (r < 0 || file == LINKMAP_NONE)
		return r;
	if (!GROW(t->map.loads, t->map.load_count, t->load_capacity))
		return -ENOMEM;
	t->map.files[file].loaded = true;
	t->map.loads[t->map.load_count++] = file;
	return 0;
}

static int on_output(void *ctx, struct linkmap_text name, uint64_t address, uint64_t size)
{
	struct table *t = ctx;
	struct linkmap_output *o;

	if (!GROW(t->map.outputs, t->map.output_count, t->output_capacity))
		return -ENOMEM;
	o = &t->map.outputs[t->map.output_count];
	*o = (struct linkmap_output){ name_copy(t, name), address, size };
	if (!o->name)
		return -ENOMEM;
	t->map.output_count++;
	return 0;
}

static int keep_row(struct table *t, struct linkmap_section *s, const struct linkmap_section_row *row)
{
	const struct linkmap_output *o = t->map.output_count && row->output.n ? &t->map.outputs[t->map.output_count - 1] : NULL;

	*s = (struct linkmap_section){ .output = o ? t->map.output_count - 1 : LINKMAP_NONE, .address = row->address,
				       .size = row->size };
	if (o && !strncmp(o->name, row->name.p, row->name.n) && !o->name[row->name.n])
		s->name = o->name;
	else
		s->name = name_copy(t, row->name);
	if (!s->name)
		return -ENOMEM;
	return file_index(t, row->file, &s->file);
}

static int on_section(void *ctx, const struct linkmap_section_row *row)
{
	struct table *t = ctx;

	if (!GROW(t->map.sections, t->map.section_count, t->section_capacity))
		return -ENOMEM;
	return keep_row(t, &t->map.sections[t->map.section_count++], row);
}

static int on_discarded(void *ctx, const struct linkmap_section_row *row)
{
	struct table *t = ctx;

	if (!GROW(t->map.discarded, t->map.discarded_count, t->discarded_capacity))
		return -ENOMEM;
	return keep_row(t, &t->map.discarded[t->map.discarded_count++], row);
}

/* ---- the map ---------------------------------------------------------------------------------------------------- */

int linkmap_read(struct content *c, struct linkmap **ret, struct error *err)
{
	static const struct linkmap_visitor visitor = {
		.extraction = on_extraction, .needed = on_needed, .discarded = on_discarded,
		.load = on_load, .output = on_output, .section = on_section,
	};
	struct table *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return error_set(err, -ENOMEM, content_name(c), "no memory");
	t->arena = (struct arena)ARENA_INIT((size_t)8 << 30);
	t->map.content = content_ref(c);
	t->map.priv = t;
	r = linkmap_parse(c, &visitor, t, &t->map.dialect, err);
	if (r < 0) {
		linkmap_free(&t->map);
		return error_set(err, r, content_name(c), "the map cannot be kept");
	}
	*ret = &t->map;
	return 0;
}

void linkmap_free(struct linkmap *m)
{
	struct table *t = m ? m->priv : NULL;

	if (!t)
		return;
	free(m->files);
	free(m->outputs);
	free(m->sections);
	free(m->discarded);
	free(m->extractions);
	free(m->needed);
	free(m->loads);
	free(t->slots);
	content_unref(m->content);
	arena_release(&t->arena);
	free(t);
}

uint32_t linkmap_find_file(const struct linkmap *m, const char *name)
{
	const struct table *t = m->priv;

	return t->slot_count && *name ? *slot_of(t, name, strlen(name)) - 1 : LINKMAP_NONE;
}
