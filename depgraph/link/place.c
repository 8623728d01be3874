/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.c: the map's rows and the objects' sections, brought together.
 *
 * A row says file, section name, address and size.  The file is found by the
 * name that the linker printed, by the same path spelled without "x/..", or by its last
 * component when only one input has it.  In a file, rows and
 * sections of one name are paired in their order, those of equal size first.
 * An archive may hold several members of one name: they share the rows.
 */
#include "depgraph/link/link_model.h"

#include "base/path.h"

#include <errno.h>
#include <string.h>

struct object_key {
	const char *base, *member;
	uint32_t object;
};

static int compare_keys(const void *a, const void *b)
{
	const struct object_key *x = a, *y = b;
	int r = strcmp(x->base, y->base);

	if (!r)
		r = strcmp(x->member, y->member);
	return r ? r : (x->object > y->object) - (x->object < y->object);
}

struct placing {
	struct link *l;
	const struct linkmap *map;
	struct object_key *keys;
	size_t *first_row;   /* by file: rows are rows[first_row[f]] ... */
	uint32_t *rows;
	uint32_t *first_object, *next_object; /* by file, by object: those that a file is */
};

/* ---- files -------------------------------------------------------------------------------------------------------- */

/* "a/b/../c" is "a/c", "./x" is "x": what linkers do, or do not do, to what they print. */
static void collapse(const char *path, char *out, size_t size)
{
	size_t n = 0;

	while (*path && n + 1 < size) {
		size_t part = strcspn(path, "/");

		if (part == 2 && path[0] == '.' && path[1] == '.' && n > 1 &&
		    (n < 3 || strncmp(out + n - 3, "../", 3) != 0)) {
			for (n--; n && out[n - 1] != '/'; n--)
				;
		} else if (!(part == 1 && path[0] == '.') && part + n + 1 < size) {
			memcpy(out + n, path, part);
			n += part;
			if (path[part] == '/' && (n == 0 || out[n - 1] != '/' || part))
				out[n++] = '/';
		}
		path += part;
		if (*path == '/')
			path++;
	}
	out[n] = 0;
}

static bool same_path(const char *a, const char *b)
{
	char x[4096], y[4096];

	if (strcmp(a, b) == 0)
		return true;
	collapse(a, x, sizeof(x));
	collapse(b, y, sizeof(y));
	return strcmp(x, y) == 0;
}

static bool is_path_of(const struct input *in, const char *path)
{
	return same_path(in->link_name, path) || same_path(in->path, path);
}

static const struct object_key *find_key(const struct placing *w, const char *base, const char *member)
{
	struct object_key key = { base, member, 0 };
	size_t lo = 0, hi = w->l->object_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_keys(&w->keys[mid], &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return &w->keys[lo];
}

/* The input that a file of the map is, among those of its last component; NULL. */
static const struct input *choose_input(const struct placing *w, const struct object_key *k, const char *base,
					const char *member, const char *path)
{
	const struct object_key *end = w->keys + w->l->object_count;
	const struct input *only = NULL;
	bool several = false; /* of one input there may be several, of one name */

	for (; k < end && strcmp(k->base, base) == 0 && strcmp(k->member, member) == 0; k++) {
		const struct input *in = w->l->objects[k->object].input;

		if (is_path_of(in, path))
			return in;
		several |= only && only != in;
		only = in;
	}
	return several ? NULL : only;
}

static void match_file(struct placing *w, uint32_t file)
{
	const struct linkmap_file *f = &w->map->files[file];
	const char *base = path_base(f->path), *member = f->member ? f->member : "";
	const struct object_key *k = find_key(w, base, member), *end = w->keys + w->l->object_count;
	const struct input *in = choose_input(w, k, base, member, f->path);
	struct link_priv *p = w->l->priv;
	uint32_t *tail = &w->first_object[file];

	for (; in && k < end && strcmp(k->base, base) == 0 && strcmp(k->member, member) == 0; k++) {
		if (w->l->objects[k->object].input != in || p->tables[k->object].map_file != LINKMAP_NONE)
			continue;
		p->tables[k->object].map_file = file;
		w->l->objects[k->object].linked = true;
		w->l->objects[k->object].name = f->name;
		*tail = k->object;
		tail = &w->next_object[k->object];
	}
}

static int index_objects(struct placing *w)
{
	struct link *l = w->l;
	uint32_t i;

	w->keys = calloc((size_t)l->object_count + 1, sizeof(*w->keys));
	w->next_object = malloc(((size_t)l->object_count + 1) * sizeof(*w->next_object));
	w->first_object = malloc(((size_t)w->map->file_count + 1) * sizeof(*w->first_object));
	if (!w->keys || !w->next_object || !w->first_object)
		return -ENOMEM;
	for (i = 0; i < l->object_count; i++) {
		const struct link_object *o = &l->objects[i];

		w->keys[i] = (struct object_key){ path_base(o->input->link_name), o->member ? o->member : "", i };
		w->next_object[i] = LINK_NONE;
	}
	qsort(w->keys, l->object_count, sizeof(*w->keys), compare_keys);
	for (i = 0; i < w->map->file_count; i++) {
		w->first_object[i] = LINK_NONE;
		match_file(w, i);
	}
	return 0;
}

/* ---- rows ----------------------------------------------------------------------------------------------------------- */

static int index_rows(struct placing *w)
{
	const struct linkmap *m = w->map;
	size_t i, sum = 0, n;

	w->first_row = calloc((size_t)m->file_count + 2, sizeof(*w->first_row));
	w->rows = malloc((m->section_count + 1) * sizeof(*w->rows));
	if (!w->first_row || !w->rows || m->section_count > UINT32_MAX)
		return -ENOMEM;
	for (i = 0; i < m->section_count; i++)
		if (m->sections[i].file < m->file_count)
			w->first_row[m->sections[i].file + 1]++;
	for (i = 0; i <= m->file_count; i++) {
		n = w->first_row[i];
		w->first_row[i] = sum += n;
	}
	/* first_row[f] is where the rows of f begin, and moves to their end; the start is the end of the file before. */
	for (i = 0; i < m->section_count; i++)
		if (m->sections[i].file < m->file_count)
			w->rows[w->first_row[m->sections[i].file]++] = (uint32_t)i;
	return 0;
}

static size_t rows_begin(const struct placing *w, uint32_t file)
{
	return file ? w->first_row[file - 1] : 0;
}

static int compare_rows(const void *a, const void *b, void *ctx)
{
	const struct linkmap *m = ctx;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int r = strcmp(m->sections[x].name, m->sections[y].name);

	return r ? r : (x > y) - (x < y);
}

struct name_run { /* rows of one name: in [next, end) are those not yet taken */
	const char *name;
	size_t next, end;
};

static struct name_run *find_run(struct name_run *runs, size_t count, const char *name)
{
	size_t lo = 0, hi = count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int r = strcmp(runs[mid].name, name);

		if (!r)
			return &runs[mid];
		if (r < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

#define LOOK_AHEAD 64

/* The next row of the name, preferring one of the section's size. */
static uint32_t take_row(const struct placing *w, struct name_run *run, uint64_t size)
{
	size_t i, limit, at = SIZE_MAX;
	uint32_t row;

	while (run->next < run->end && w->rows[run->next] == LINK_NONE)
		run->next++;
	limit = run->end - run->next < LOOK_AHEAD ? run->end : run->next + LOOK_AHEAD;
	for (i = run->next; i < limit; i++) {
		if (w->rows[i] == LINK_NONE)
			continue;
		if (w->map->sections[w->rows[i]].size == size) {
			at = i;
			break;
		}
	}
	if (at == SIZE_MAX)
		return LINK_NONE;
	row = w->rows[at];
	w->rows[at] = LINK_NONE;
	return row;
}

static void place_object(const struct placing *w, uint32_t object, struct name_run *runs, size_t count)
{
	struct link *l = w->l;
	uint32_t i, row;

	for (i = l->objects[object].first; i < l->objects[object].first + l->objects[object].count; i++) {
		struct link_section *s = &l->sections[i];
		struct name_run *run = s->size ? find_run(runs, count, link_header(l, s)->name) : NULL;

		if (!run)
			continue;
		row = take_row(w, run, s->size);
		if (row == LINK_NONE)
			continue;
		s->listed = true;
		s->out_address = w->map->sections[row].address;
	}
}

static int place_file(void *ctx, size_t file)
{
	struct placing *w = ctx;
	size_t begin = rows_begin(w, (uint32_t)file), end = w->first_row[file], i, n = 0;
	AUTO_FREE struct name_run *runs = NULL;
	uint32_t object = w->first_object[file];
	union {
		const void *c;
		void *v;
	} map = { w->map };

	if (object == LINK_NONE || begin == end)
		return 0;
	runs = malloc((end - begin) * sizeof(*runs));
	if (!runs)
		return -ENOMEM;
	qsort_r(w->rows + begin, end - begin, sizeof(*w->rows), compare_rows, map.v);
	for (i = begin; i < end; i++) {
		const char *name = w->map->sections[w->rows[i]].name;

		if (n && strcmp(name, runs[n - 1].name) == 0)
			runs[n - 1].end = i + 1;
		else
			runs[n++] = (struct name_run){ name, i, i + 1 };
	}
	for (; object != LINK_NONE; object = w->next_object[object])
		place_object(w, object, runs, n);
	return 0;
}

/* ---- what cannot be read -------------------------------------------------------------------------------------------- */

static bool is_known_otherwise(const struct link *l, const struct linkmap_file *f)
{
	size_t i;

	if (strcmp(f->name, "linker stubs") == 0)
		return true;
	for (i = 0; i < l->in->count; i++)
		if (l->in->items[i].kind == INPUT_SHARED && is_path_of(&l->in->items[i], f->path))
			return true;
	return !f->member && (strstr(f->path, ".so.") || (strlen(f->path) > 3 && strcmp(f->path + strlen(f->path) - 3, ".so") == 0));
}

static bool has_bytes(const struct placing *w, uint32_t file)
{
	size_t i;

	for (i = rows_begin(w, file); i < w->first_row[file]; i++)
		if (w->rows[i] != LINK_NONE && w->map->sections[w->rows[i]].size)
			return true;
	return false;
}

/* Temporary objects of gcc's, clang's and lld's link-time optimisation (docs/linkmaps.md): gone when the link is over. */
static bool is_made_by_lto(const char *name)
{
	return strstr(name, ".ltrans") || strstr(name, "/lto-llvm-") || strcmp(name, "lto.tmp") == 0;
}

static void note_unreadable(struct placing *w)
{
	struct link_priv *p = w->l->priv;
	uint32_t f;

	for (f = 0; f < w->map->file_count; f++) {
		uint32_t o = w->first_object[f];

		if (o != LINK_NONE && p->tables[o].trouble)
			link_set_opaque(w->l, "%s: %s", w->map->files[f].name, p->tables[o].trouble);
		else if (o == LINK_NONE && has_bytes(w, f) && !is_known_otherwise(w->l, &w->map->files[f]))
			link_set_opaque(w->l, is_made_by_lto(w->map->files[f].name) ?
						      "%s is what link-time optimisation made: LTO objects are opaque" :
						      "%s is in the link, and was neither given nor found",
					w->map->files[f].name);
		else
			continue;
		p->unreadable++;
	}
}

static void find_offsets(struct link *l)
{
	uint32_t i;

	for (i = 0; l->output && l->output->elf && i < l->section_count; i++) {
		struct link_section *s = &l->sections[i];

		if (s->listed && link_header(l, s)->flags & SHF_ALLOC && link_header(l, s)->type != SHT_NOBITS)
			(void)elf_file_offset(l->output->elf, s->out_address, &s->out_off);
	}
}

int link_place(struct link *l)
{
	struct link_priv *p = l->priv;
	struct placing w = { .l = l, .map = l->in->map };
	size_t i;
	int r;

	if (!w.map)
		return 0;
	r = index_objects(&w);
	if (r >= 0)
		r = index_rows(&w);
	if (r >= 0)
		note_unreadable(&w);
	if (r >= 0 && p->options.pool)
		r = pool_for(p->options.pool, w.map->file_count, place_file, &w);
	for (i = 0; !p->options.pool && i < w.map->file_count && r >= 0; i++)
		r = place_file(&w, i);
	if (r >= 0)
		find_offsets(l);
	free(w.keys);
	free(w.next_object);
	free(w.first_object);
	free(w.first_row);
	free(w.rows);
	return r;
}
