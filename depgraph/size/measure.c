/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file after the other: its layers by each key, laid over each other.
 *
 * Between two boundaries of any layer nothing changes, so a single walk over all
 * layers at once gives pieces that have one name by each key; a piece goes to the node
 * that those names lead to.  Each place is in one piece and each piece in one
 * leaf, so the sums are those of the file; they are compared nevertheless, with numbers that do not
 * come from the layers: the size of the file, and its headers' sum of memory sizes.
 */
#include "analyzers/ar_members.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/terminal.h"
#include "depgraph/size/packages.h"
#include "depgraph/size/paint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KEEP_MAX 8 /* files whose mappings stay, so that their symbols' names need not be copied */

struct measuring {
	const struct size_options *options;
	struct size_tree *tree;
	struct linkmap *map;
	struct size_packages packages;
	bool keep, alone;
	const char *tree_path; /* that is being walked; NULL: none */
};

void size_note(struct size_tree *t, const char *fmt, ...)
{
	va_list ap;

	if (*t->note)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(t->note, sizeof(t->note), fmt, ap);
	va_end(ap);
}

/* ---- what kind of file --------------------------------------------------------------------------------------- */

static bool wants(const struct size_options *o, enum size_key key)
{
	unsigned i;

	for (i = 0; i < o->depth; i++)
		if (o->by[i] == key)
			return true;
	return false;
}

/* One that cannot be read is told as a whole: in a tree of many files it is no reason to stop. */
static int open_elf(struct size_subject *s, uint64_t off, uint64_t size, const char *member)
{
	struct elf_file *elf = NULL;
	struct error err = { 0 };
	char text[600];
	int r = elf_file_open(s->space.content, off, size, &elf, &err);

	if (r == -EBADMSG) {
		size_note(s->tree, "%s", error_text(&err, text, sizeof(text)));
		return 0;
	}
	return r < 0 ? r : size_space_window(&s->space, elf, member);
}

static int open_members(struct size_subject *s)
{
	const uint8_t *data = content_data(s->space.content);
	struct ar_members members;
	struct ar_member m;
	struct error err = { 0 };
	char text[600];
	const char *name;
	int r = ar_members_begin(&members, data, s->space.size, s->path, &err);

	s->archive = true;
	while (r >= 0 && (r = ar_members_next(&members, &m, &err)) > 0) {
		if (members.thin || !range_inside(m.off, m.size, s->space.size))
			continue;
		r = size_space_member(&s->space, m.name, m.off, m.size, &name);
		if (!r && elf_file_probe(data + m.off, m.size))
			r = open_elf(s, m.off, m.size, name);
	}
	if (r == -EBADMSG) {
		size_note(s->tree, "%s", error_text(&err, text, sizeof(text)));
		r = 0;
	}
	return r;
}

static int open_subject(struct size_subject *s)
{
	const uint8_t *data = content_data(s->space.content);
	int r = 0;

	if (elf_file_probe(data, s->space.size))
		r = open_elf(s, 0, s->space.size, NULL);
	else if (ar_members_probe(data, s->space.size))
		r = open_members(s);
	return r < 0 ? r : size_space_finish(&s->space);
}

/* ---- layers -------------------------------------------------------------------------------------------------- */

static void fill(struct size_subject *s, struct size_canvas *c, const char *name)
{
	size_claim(&c->claims[SIZE_WINDOWS], 0, s->space.total, size_namef(&s->tree->names, "%s", name), 0);
}

static int paint_key(struct size_subject *s, struct size_canvas *c, enum size_key key, struct error *err)
{
	switch (key) {
	case SIZE_SECTION: size_structure(s, c, true); return 0;
	case SIZE_SEGMENT: size_paint_segments(s, c); return 0;
	case SIZE_SYMBOL:
	case SIZE_NAMESPACE:
		size_structure(s, c, false);
		size_paint_symbols(s, c, key == SIZE_NAMESPACE);
		return 0;
	case SIZE_ARCH:
	case SIZE_KERNEL:
		size_structure(s, c, false);
		size_paint_gpu(s, c, key == SIZE_KERNEL);
		return 0;
	case SIZE_OBJECT:
	case SIZE_ARCHIVE:
	case SIZE_LIBRARY: return size_paint_origin(s, c, key, err);
	case SIZE_SOURCE: return size_paint_sources(s, c, err);
	case SIZE_PACKAGE: fill(s, c, s->package ? s->package : "[no package]"); return 0;
	case SIZE_FILE: fill(s, c, s->shown); return 0;
	case SIZE_KEYS: break;
	}
	return -EINVAL;
}

static void canvas_release(struct size_canvas *c)
{
	int i;

	for (i = 0; i < SIZE_RANKS; i++)
		size_claims_release(&c->claims[i]);
}

static int make_layer(struct size_subject *s, enum size_key key, struct size_layer *ret, struct error *err)
{
	CLEANUP(canvas_release) struct size_canvas canvas = { 0 };
	int r = paint_key(s, &canvas, key, err), i;

	if (!r)
		r = size_layer_fill(ret, s->space.total, 0);
	for (i = 0; !r && i < SIZE_RANKS; i++)
		r = size_layer_paint(ret, &canvas.claims[i]);
	return r ? r : s->tree->names.error;
}

/* ---- laying them over each other ----------------------------------------------------------------------------- */

struct walk {
	const struct size_layer *layers[SIZE_DEPTH_MAX + 1]; /* the last one: loaded or not */
	size_t at[SIZE_DEPTH_MAX + 1];
	unsigned count;
};

/* The end of the piece at `pos`; moves the layers to it. */
static uint64_t next_boundary(struct walk *w, uint64_t pos, uint64_t end)
{
	unsigned i;

	for (i = 0; i < w->count; i++) {
		const struct size_layer *l = w->layers[i];

		while (w->at[i] + 1 < l->count && l->runs[w->at[i] + 1].start <= pos)
			w->at[i]++;
		if (w->at[i] + 1 < l->count && l->runs[w->at[i] + 1].start < end)
			end = l->runs[w->at[i] + 1].start;
	}
	return end;
}

static void count_piece(struct size_tree *t, const struct walk *w, uint64_t length, bool in_file)
{
	unsigned i, depth = w->count - 1;
	bool loaded = w->layers[depth]->runs[w->at[depth]].name;
	uint32_t node = 0;

	for (i = 0; ; i++) {
		t->nodes[node].file += in_file ? length : 0;
		t->nodes[node].loaded += loaded ? length : 0;
		if (i == depth)
			break;
		node = size_tree_node(t, node, w->layers[i]->runs[w->at[i]].name);
	}
}

static int lay_over(struct size_subject *s, struct walk *w)
{
	uint64_t pos, next;

	for (pos = 0; !s->tree->error && pos < s->space.total; pos = next) {
		bool in_file = pos < s->space.size;

		next = next_boundary(w, pos, in_file ? s->space.size : s->space.total);
		count_piece(s->tree, w, next - pos, in_file);
	}
	return s->tree->error;
}

static int count_file(struct size_subject *s, struct error *err)
{
	struct size_layer layers[SIZE_DEPTH_MAX] = { { 0 } };
	struct walk w = { .count = s->options->depth + 1 };
	uint64_t file = s->tree->nodes[0].file, loaded = s->tree->nodes[0].loaded;
	unsigned i;
	int r = 0;

	for (i = 0; !r && i < s->options->depth; i++) {
		r = make_layer(s, s->options->by[i], &layers[i], err);
		w.layers[i] = &layers[i];
	}
	w.layers[i] = &s->space.loaded_layer;
	if (!r)
		r = lay_over(s, &w);
	for (i = 0; i < s->options->depth; i++)
		size_layer_release(&layers[i]);
	if (!r && (s->tree->nodes[0].file - file != s->space.size || s->tree->nodes[0].loaded - loaded != s->space.loaded))
		r = error_set(err, -EPROTO, s->path, "bytes were lost: %llu of %llu in the file, %llu of %llu in memory",
			      (unsigned long long)(s->tree->nodes[0].file - file), (unsigned long long)s->space.size,
			      (unsigned long long)(s->tree->nodes[0].loaded - loaded), (unsigned long long)s->space.loaded);
	return r;
}

/* ---- files --------------------------------------------------------------------------------------------------- */

static int keep_content(struct size_tree *t, struct content *c)
{
	struct content **kept = reallocarray(t->kept, t->kept_count + 1, sizeof(struct content *));

	if (!kept)
		return -ENOMEM;
	t->kept = kept;
	t->kept[t->kept_count++] = content_ref(c);
	return 0;
}

static void subject_release(struct size_subject *s)
{
	size_space_release(&s->space);
}

/* Of two trees that are compared the files' names begin at their roots. */
static const char *shown_path(const struct measuring *m, const char *path)
{
	size_t n = m->tree_path ? strlen(m->tree_path) : 0;

	if (!m->options->common_root)
		return path;
	if (!m->tree_path)
		return path_base(path);
	path += !strncmp(path, m->tree_path, n) ? n : 0;
	return path + strspn(path, "/");
}

/* A file that could hold none is no trouble; one that cannot be read (a thin archive's member) is told. */
static int read_gpu(struct size_subject *s, struct content *c, struct gpu_code **ret)
{
	struct error err = { 0 };
	char text[600];
	int r = gpu_read(c, ret, &err);

	if (r < 0 && r != -ENOMEM && r != -EBADMSG)
		size_note(s->tree, "GPU code is not looked for in %s: %s", path_base(s->path), error_text(&err, text, sizeof(text)));
	return r == -ENOMEM ? r : 0;
}

static int measure_content(struct measuring *m, struct content *c, const char *path, struct error *err)
{
	CLEANUP(subject_release) struct size_subject s = { .options = m->options, .tree = m->tree, .path = path,
							   .shown = shown_path(m, path), .space = SIZE_SPACE_INIT,
							   .keep = m->keep, .alone = m->alone, .map = m->map,
							   .budget = { .ratio_max = BUDGET_RATIO, .depth_max = BUDGET_DEPTH } };
	CLEANUP(gpu_freep) struct gpu_code *gpu = NULL;
	int r = m->keep ? keep_content(m->tree, c) : 0;

	s.budget.total_max = m->options->decode_max ? m->options->decode_max : BUDGET_TOTAL;
	if (!r)
		r = size_space_begin(&s.space, c);
	if (!r)
		r = open_subject(&s);
	if (!r && (wants(m->options, SIZE_ARCH) || wants(m->options, SIZE_KERNEL)))
		r = read_gpu(&s, c, &gpu);
	s.gpu = gpu;
	s.package = size_packages_of(&m->packages, path);
	if (!r)
		r = count_file(&s, err);
	m->tree->files++;
	m->tree->unplaced += s.space.ignored;
	if (r >= 0 && content_damaged(c))
		r = error_set(err, -ESTALE, path, "changed while it was read");
	return r < 0 ? error_set(err, r, path, "cannot be measured") : 0;
}

static int measure_file(void *ctx, int dirfd, const char *name, const char *path, struct error *err)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	struct measuring *m = ctx;
	int r = content_open(dirfd, name, &c, err);

	if (r < 0)
		return r;
	progress_note("%s", path);
	r = measure_content(m, c, path, err);
	if (!r)
		progress_add(content_size(c));
	return r;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int read_map(struct measuring *m, struct error *err)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	int r;

	if (!m->options->map)
		return 0;
	r = content_open(AT_FDCWD, m->options->map, &c, err);
	return r < 0 ? r : linkmap_read(c, &m->map, err);
}

/* What a linked file is made of is in no other place than its map. */
static int check_keys(const struct size_options *o, size_t n, bool trees, struct error *err)
{
	if (!o->depth || o->depth > SIZE_DEPTH_MAX)
		return error_set(err, -EINVAL, "--by", "takes one to %d keys", SIZE_DEPTH_MAX);
	if (o->map && (n != 1 || trees))
		return error_set(err, -EINVAL, "--map", "goes with exactly one linked file");
	return 0;
}

static int measure_path(struct measuring *m, const char *path, struct error *err)
{
	int r;

	if (!is_directory(path))
		return measure_file(m, AT_FDCWD, path, path, err);
	m->tree_path = path;
	r = wants(m->options, SIZE_PACKAGE) ? size_packages_read(&m->packages, path, err) : 0;
	if (r >= 0)
		r = size_walk(path, measure_file, m, err);
	m->tree_path = NULL;
	return r;
}

static int begin_tree(struct size_tree *t)
{
	if (t->count)
		return 0;
	(void)size_tree_node(t, UINT32_MAX, size_name(&t->names, "total", 5, true));
	return t->error ? t->error : t->names.error;
}

static int measure_all(struct measuring *m, const char *const *paths, size_t n, struct error *err)
{
	bool trees = false;
	size_t i;
	int r;

	for (i = 0; i < n; i++)
		trees = trees || is_directory(paths[i]);
	r = check_keys(m->options, n, trees, err);
	m->alone = n == 1 && !trees;
	m->keep = n <= KEEP_MAX && !trees;
	if (!r)
		r = begin_tree(m->tree);
	if (!r)
		r = read_map(m, err);
	for (i = 0; !r && i < n; i++)
		r = measure_path(m, paths[i], err);
	return r;
}

int size_measure(const struct size_options *o, const char *const *paths, size_t n, struct size_tree *ret, struct error *err)
{
	struct measuring m = { .options = o, .tree = ret, .packages = SIZE_PACKAGES_INIT };
	int r;

	progress_begin("measuring", 0);
	r = measure_all(&m, paths, n, err);
	progress_end();
	linkmap_free(m.map);
	size_packages_release(&m.packages);
	return r < 0 ? error_set(err, r, "size", "failed") : 0;
}

int size_measure_content(const struct size_options *o, struct content *c, const char *name, struct size_tree *ret,
			 struct error *err)
{
	struct measuring m = { .options = o, .tree = ret, .packages = SIZE_PACKAGES_INIT, .keep = true };
	int r = check_keys(o, 1, false, err);

	if (!r)
		r = begin_tree(ret);
	return r < 0 ? r : measure_content(&m, c, name, err);
}
