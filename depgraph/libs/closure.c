/* SPDX-License-Identifier: Apache-2.0 */
/*
 * closure.c: NEEDED followed breadth first.
 *
 * A name that an object in memory answers to is not looked for again: the name it was asked by, or its SONAME; and two names
 * of one file (by device and inode) are one library.  So each library is searched with the paths of who asked for it
 * first, and the list's order is the order in which symbols are looked up (glibc elf/dl-deps.c, _dl_map_object_deps).
 *
 * The walk ends: names are bounded by CLOSURE_NEEDED_MAX and libraries by CLOSURE_LIBRARIES_MAX.
 */
#include "depgraph/libs/closure.h"

#include "depgraph/libs/search.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

struct finding {
	struct closure *closure;
	struct library_search *search;
	struct library_asker *askers; /* one a library */
	struct {
		dev_t device;
		ino_t inode;
	} *identities;
	uint32_t *needed;
	uint32_t needed_count;
};

static uint64_t load_size(const struct elf_file *f)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < f->segment_count; i++)
		if (f->segments[i].type == PT_LOAD && add_overflows(sum, f->segments[i].memsz, &sum))
			return UINT64_MAX;
	return sum;
}

/* Of the directory that $ORIGIN stands for: absolute, and of the program with links resolved, as /proc/self/exe would be. */
static const char *origin_of(struct closure *c, const char *path, bool program)
{
	AUTO_FREE char *real = program ? realpath(path, NULL) : NULL;
	const char *slash;

	if (real)
		path = real;
	slash = strrchr(path, '/');
	return slash ? arena_strndup(&c->arena, path, slash == path ? 1 : (size_t)(slash - path)) : ".";
}

static void read_dynamic(const struct elf_file *f, struct closure_library *l, struct library_asker *asker)
{
	int64_t tag;
	uint64_t i, value;

	l->soname = "";
	for (i = 0; elf_file_dynamic(f, i, &tag, &value); i++) {
		if (tag == DT_SONAME)
			l->soname = elf_file_dynamic_string(f, value);
		else if (tag == DT_RPATH)
			asker->rpath = elf_file_dynamic_string(f, value);
		else if (tag == DT_RUNPATH)
			asker->runpath = elf_file_dynamic_string(f, value);
		else if (tag == DT_FLAGS_1)
			asker->no_default = (value & DF_1_NODEFLIB) != 0;
	}
}

static int describe(struct finding *f, uint32_t at, const char *path, struct elf_file *elf)
{
	struct closure_library *l = &f->closure->libraries[at];
	struct library_asker *asker = &f->askers[at];
	struct stat st;

	l->path = path;
	l->elf = elf;
	l->file_size = elf->size;
	l->load_size = load_size(elf);
	if (stat(path, &st) == 0) {
		f->identities[at].device = st.st_dev;
		f->identities[at].inode = st.st_ino;
	}
	read_dynamic(elf, l, asker);
	asker->loader = l->loader == CLOSURE_NONE ? NULL : &f->askers[l->loader];
	asker->origin = origin_of(f->closure, path, at == 0);
	return asker->origin ? 0 : -ENOMEM;
}

/* The library in memory that answers to a name. */
static uint32_t known(const struct finding *f, const char *name)
{
	uint32_t i;

	for (i = 1; i < f->closure->count; i++) {
		const struct closure_library *l = &f->closure->libraries[i];

		if (strcmp(l->name, name) == 0 || (l->elf && strcmp(l->soname, name) == 0))
			return i;
	}
	return CLOSURE_NONE;
}

static uint32_t same_file(const struct finding *f, const char *path)
{
	struct stat st;
	uint32_t i;

	if (stat(path, &st) < 0)
		return CLOSURE_NONE;
	for (i = 0; i < f->closure->count; i++)
		if (f->identities[i].inode == st.st_ino && f->identities[i].device == st.st_dev && st.st_ino)
			return i;
	return CLOSURE_NONE;
}

static int add_library(struct finding *f, uint32_t asker, const char *name, uint32_t *ret)
{
	struct closure *c = f->closure;
	struct library_found found = { 0 };
	uint32_t at = c->count, same;
	int r;

	r = library_search(f->search, &f->askers[asker], name, &found);
	if (r < 0 && r != -ENOENT)
		return r;
	same = r == 0 ? same_file(f, found.path) : CLOSURE_NONE;
	if (same != CLOSURE_NONE || at == CLOSURE_LIBRARIES_MAX) {
		elf_file_free(found.elf);
		content_unref(found.content);
		*ret = same;
		return same != CLOSURE_NONE ? 0 : -E2BIG;
	}
	c->libraries[at] = (struct closure_library){ .name = name, .soname = "", .loader = asker, .owned = found.elf };
	c->count++;
	*ret = at;
	content_unref(found.content); /* the elf_file keeps it */
	if (r == -ENOENT) {
		c->missing++;
		return 0;
	}
	c->libraries[at].how = found.how;
	return describe(f, at, found.path, found.elf);
}

static int follow_entry(struct finding *f, uint32_t asker, const char *name, struct error *err)
{
	uint32_t to = known(f, name);
	int r = 0;

	if (f->needed_count == CLOSURE_NEEDED_MAX)
		return error_set(err, -E2BIG, f->closure->libraries[0].path, "over %u NEEDED entries", CLOSURE_NEEDED_MAX);
	if (to == CLOSURE_NONE)
		r = add_library(f, asker, name, &to);
	if (r == -E2BIG)
		return error_set(err, r, f->closure->libraries[0].path, "needs over %u libraries", CLOSURE_LIBRARIES_MAX);
	if (r == 0)
		f->needed[f->needed_count++] = to;
	return r;
}

static int follow(struct finding *f, uint32_t asker, struct error *err)
{
	struct closure_library *l = &f->closure->libraries[asker];
	uint32_t first = f->needed_count;
	int64_t tag;
	uint64_t i, value;
	int r = 0;

	for (i = 0; l->elf && r == 0 && elf_file_dynamic(l->elf, i, &tag, &value); i++)
		if (tag == DT_NEEDED)
			r = follow_entry(f, asker, elf_file_dynamic_string(l->elf, value), err);
	l->needed = f->needed + first;
	l->needed_count = f->needed_count - first;
	return r;
}

static int prepare(struct finding *f, struct elf_file *elf, const char *path)
{
	struct closure *c = f->closure;

	c->arena.max = (size_t)64 << 20;
	c->libraries = arena_array(&c->arena, CLOSURE_LIBRARIES_MAX, sizeof(*c->libraries));
	f->needed = arena_array(&c->arena, CLOSURE_NEEDED_MAX, sizeof(*f->needed));
	f->askers = calloc(CLOSURE_LIBRARIES_MAX, sizeof(*f->askers));
	f->identities = calloc(CLOSURE_LIBRARIES_MAX, sizeof(*f->identities));
	path = arena_strndup(&c->arena, path, strlen(path));
	if (!c->libraries || !f->needed || !f->askers || !f->identities || !path)
		return -ENOMEM;
	c->count = 1;
	c->libraries[0] = (struct closure_library){ .name = path, .loader = CLOSURE_NONE };
	return describe(f, 0, path, elf);
}

int closure_find(struct elf_file *elf, const char *path, const struct closure_options *o, struct closure **ret,
		 struct error *err)
{
	CLEANUP(closure_freep) struct closure *c = calloc(1, sizeof(*c));
	struct finding f = { .closure = c };
	uint32_t i;
	int r;

	if (!c)
		return -ENOMEM;
	r = library_search_new(o, elf, &f.search, err);
	c->search = f.search;
	if (r == 0)
		r = prepare(&f, elf, path);
	for (i = 0; r == 0 && i < c->count; i++)
		r = follow(&f, i, err);
	free(f.askers);
	free(f.identities);
	if (r < 0)
		return r;
	*ret = steal_pointer(c);
	return 0;
}

void closure_free(struct closure *c)
{
	uint32_t i;

	if (!c)
		return;
	for (i = 0; c->libraries && i < c->count; i++)
		elf_file_free(c->libraries[i].owned);
	library_search_free(c->search);
	arena_release(&c->arena);
	free(c);
}

uint32_t closure_order(const struct closure *c, uint32_t without, uint32_t *order)
{
	bool seen[CLOSURE_LIBRARIES_MAX] = { true };
	uint32_t n = 1, i, k;

	order[0] = 0;
	for (i = 0; i < n; i++) {
		const struct closure_library *l = &c->libraries[order[i]];

		for (k = 0; k < l->needed_count; k++) {
			if ((order[i] == 0 && k == without) || seen[l->needed[k]])
				continue;
			seen[l->needed[k]] = true;
			order[n++] = l->needed[k];
		}
	}
	return n;
}
