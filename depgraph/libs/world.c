/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.c: exports looked up in every binary that could use them.
 *
 * By name alone, whatever the version, and in the careful direction: a name that another file defines too is
 * kept (one of the two may interpose the other, or an inline variable or type information must be one for
 * all), and a string equal to it in the data of a file that imports dlsym keeps it as well.
 */
#include "depgraph/libs/world.h"

#include "base/digest.h"
#include "depgraph/libs/closure.h"
#include "depgraph/libs/traces.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static uint32_t *slot_of(const struct world *w, const char *name)
{
	size_t at = hash64(name, strlen(name), 0) & (w->slot_count - 1);

	while (w->slots[at] && strcmp(w->exports[w->slots[at] - 1].name, name) != 0)
		at = (at + 1) & (w->slot_count - 1);
	return &w->slots[at];
}

/* All versions of one name are one entry of the table: the first; the others follow by `symbol`. */
static void mark(struct world *w, const char *name, size_t offset)
{
	uint32_t slot = *slot_of(w, name);

	if (slot)
		*((bool *)((char *)&w->exports[slot - 1] + offset)) = true;
}

static bool is_export(const struct elf_file_symbol *s)
{
	return s->special != SHN_UNDEF && s->name[0] &&
	       (s->bind == STB_GLOBAL || s->bind == STB_WEAK || s->bind == STB_GNU_UNIQUE) &&
	       s->visibility != STV_HIDDEN && s->visibility != STV_INTERNAL &&
	       !(s->special == SHN_ABS && s->type == STT_OBJECT && s->size == 0); /* the name of a version */
}

static int read_exports(struct world *w)
{
	const struct elf_file *f = w->output->elf;
	uint64_t i, n = f->dynsym ? elf_file_entries(f, f->dynsym) : 0;
	struct elf_file_symbol s;

	if (n > UINT32_MAX / 4)
		return -E2BIG;
	for (w->slot_count = 64; w->slot_count < 2 * n; w->slot_count *= 2)
		;
	w->exports = arena_array(&w->arena, n + 1, sizeof(*w->exports));
	w->slots = arena_array(&w->arena, w->slot_count, sizeof(*w->slots));
	if (!w->exports || !w->slots)
		return -ENOMEM;
	for (i = 1; i < n; i++) {
		uint32_t *slot;

		if (!elf_file_symbol(f, f->dynsym, i, &s) || !is_export(&s))
			continue;
		w->exports[w->count] = (struct world_export){
			.name = s.name, .symbol = (uint32_t)i, .size = s.size, .function = s.type == STT_FUNC,
			.version = elf_file_version(f, i, NULL, NULL),
		};
		slot = slot_of(w, s.name);
		if (!*slot)
			*slot = (uint32_t)w->count + 1;
		w->count++;
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct world_export *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : x->symbol < y->symbol ? -1 : x->symbol > y->symbol;
}

/* What the first of a name was told holds for all its versions. */
static void spread(struct world *w)
{
	size_t i;

	for (i = 0; i < w->count; i++) {
		const struct world_export *first = &w->exports[*slot_of(w, w->exports[i].name) - 1];

		w->exports[i].imported = first->imported;
		w->exports[i].doubled = first->doubled;
		w->exports[i].named = first->named;
	}
}

static int mark_named(void *ctx, const char *text, size_t len)
{
	(void)len;
	mark(ctx, text, offsetof(struct world_export, named));
	return 0;
}

static int look_at(struct world *w, const struct elf_file *f, const char *path)
{
	uint64_t i, n = f->dynsym ? elf_file_entries(f, f->dynsym) : 0;
	struct elf_file_symbol s;

	for (i = 1; i < n; i++) {
		if (!elf_file_symbol(f, f->dynsym, i, &s) || !s.name[0])
			continue;
		if (s.special == SHN_UNDEF)
			mark(w, s.name, offsetof(struct world_export, imported));
		else if (is_export(&s))
			mark(w, s.name, offsetof(struct world_export, doubled));
	}
	w->files++;
	if (!(traces_calls(f, false) & TRACES_DLSYM))
		return 0;
	if (!w->dlsym)
		w->dlsym = arena_strndup(&w->arena, path, strlen(path));
	return traces_strings(f, mark_named, w);
}

/* The output under any name: the same file, or an older build of the same library. */
static bool is_output(const struct world *w, const struct elf_file *f, const char *path)
{
	const char *a = elf_file_soname(w->output->elf), *b = elf_file_soname(f);
	struct stat x, y;

	if (a[0] && strcmp(a, b) == 0)
		return true;
	return stat(path, &x) == 0 && stat(w->output->path, &y) == 0 && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

static int look_at_closure(struct world *w, struct prune *p, struct elf_file *f, const char *path, struct error *err)
{
	const struct closure_options options = { .given = p->in };
	CLEANUP(closure_freep) struct closure *c = NULL;
	uint32_t i;
	int r = closure_find(f, path, &options, &c, err);

	for (i = 0; r >= 0 && i < c->count; i++) {
		const struct closure_library *l = &c->libraries[i];

		if (!l->elf && !w->missing)
			w->missing = arena_strndup(&w->arena, l->name, strlen(l->name));
		if (l->elf && !is_output(w, l->elf, l->path))
			r = look_at(w, l->elf, l->path);
	}
	return r;
}

static int look_at_file(struct world *w, struct prune *p, const char *path, struct error *err)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	CLEANUP(elf_file_freep) struct elf_file *f = NULL;
	int r = content_open(AT_FDCWD, path, &c, err);

	if (r == 0)
		r = elf_file_open(c, 0, content_size(c), &f, err);
	return r < 0 ? r : look_at_closure(w, p, f, path, err);
}

int world_new(struct prune *p, const struct input *output, struct world **ret, struct error *err)
{
	CLEANUP(world_freep) struct world *w = calloc(1, sizeof(*w));
	const struct string_list *named = p->options->closed_world;
	size_t i;
	int r;

	if (!w)
		return -ENOMEM;
	w->arena.max = (size_t)1 << 32;
	w->output = output;
	r = read_exports(w);
	if (r == 0)
		r = look_at_closure(w, p, output->elf, output->path, err);
	for (i = 0; i < p->in->count && r >= 0; i++) {
		const struct input *in = &p->in->items[i];

		if (in->elf && in != output && in->given && (in->kind == INPUT_PROGRAM || in->kind == INPUT_SHARED))
			r = look_at_closure(w, p, in->elf, in->path, err);
	}
	for (i = 0; named && i < named->count && r >= 0; i++)
		r = look_at_file(w, p, named->items[i], err);
	if (r < 0)
		return r;
	/* The output may look itself up. */
	if (traces_calls(output->elf, false) & TRACES_DLSYM) {
		w->dlsym = w->dlsym ? w->dlsym : output->path;
		(void)traces_strings(output->elf, mark_named, w);
	}
	spread(w);
	if (w->count)
		qsort(w->exports, w->count, sizeof(*w->exports), by_name);
	*ret = steal_pointer(w);
	return 0;
}

void world_free(struct world *w)
{
	if (!w)
		return;
	arena_release(&w->arena);
	free(w);
}
