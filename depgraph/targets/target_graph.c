/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which target makes a file.  A build tool names outputs relative to its own
 * root ("bazel-out/k8-fastbuild/bin/a/libb.a", "x/libx.a"), a linker as it was told, a user from where he
 * stands: what these have in common is the tail.  So outputs are indexed by their last component, and of those that
 * are equal the one with the longest common tail of whole components wins, provided
 * that one of the two names is used up (one is a tail of the other); a tie is no answer.
 *
 * Bazel and Buck2 queries do not name archives and objects, but the tools place them by rules:
 *
 *	//a/b:c        .../bin/a/b/libc.a, libc.lo, libc.pic.a, libc.so; objects in .../bin/a/b/_objs/c/
 *	@repo//a:b     .../bin/external/repo/a/libb.a
 *	root//a:b      buck-out/v2/gen/root/<hash>/a/__b__/...  (newer: buck-out/v2/art/root/a/__b__/<hash>/...)
 *
 * Sources: Bazel's CppHelper and CcCompilationHelper (names of artifacts), bazel.build "Output Directory
 * Layout"; buck2's buck_out_path.rs.
 */
#include "depgraph/targets/graph_private.h"

#include "base/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_MAX 65536 /* of equal last components: beyond it the answer is none */

struct target_graph *target_graph_new(void)
{
	struct target_graph *g = calloc(1, sizeof(*g));
	struct target_graph_private *p = calloc(1, sizeof(*p));

	if (!g || !p) {
		free(g);
		free(p);
		return NULL;
	}
	g->arena = (struct arena)ARENA_INIT((size_t)16 << 30);
	g->priv = p;
	return g;
}

void target_graph_free(struct target_graph *g)
{
	struct target_graph_private *p;

	if (!g)
		return;
	p = graph_private(g);
	intern_release(&p->strings);
	intern_release(&p->labels);
	intern_release(&p->object_paths);
	free(p->outputs.entries);
	free(p->outputs.slots);
	free(p->objects.entries);
	free(p->objects.slots);
	free(p);
	free(g->targets);
	free(g->dependencies);
	free(g->places);
	free(g->attributes);
	free(g->objects);
	free(g->items);
	arena_release(&g->arena);
	free(g);
}

uint32_t target_graph_find(const struct target_graph *g, const char *label)
{
	return intern_find(&graph_private(g)->labels, label, strlen(label));
}

/* ---- paths by their tails ----------------------------------------------------------------------------------- */

/* The last component of s[0..n), without slashes at the end. */
static const char *last_component(const char *s, size_t n, size_t *ret_len)
{
	size_t end = n, start;

	while (end && s[end - 1] == '/')
		end--;
	for (start = end; start && s[start - 1] != '/'; start--)
		;
	*ret_len = end - start;
	return s + start;
}

static int path_index_init(struct path_index *x, size_t count)
{
	uint32_t slots = 16;

	if (count > UINT32_MAX / 4)
		return -ENOMEM;
	while (slots < count * 2)
		slots *= 2;
	x->entries = calloc(count ? count : 1, sizeof(*x->entries));
	x->slots = calloc(slots, sizeof(*x->slots));
	x->slot_count = slots;
	return x->entries && x->slots ? 0 : -ENOMEM;
}

static void path_index_add(struct path_index *x, const char *path, uint32_t id, uint32_t rank)
{
	size_t n;
	const char *last = last_component(path, strlen(path), &n);
	uint32_t *slot = &x->slots[intern_hash(last, n) & (x->slot_count - 1)];

	x->entries[x->count] = (struct path_entry){ .path = path, .id = id, .next = *slot, .rank = rank };
	*slot = ++x->count;
}

/*
 * How many whole components a and b have in common at their ends, when one of them is used up; 0 otherwise.  "./" says
 * nothing and is passed over.
 */
static unsigned common_tail(const char *a, size_t an, const char *b, size_t bn)
{
	unsigned common = 0;

	for (;;) {
		size_t al, bl;
		const char *ac = last_component(a, an, &al), *bc = last_component(b, bn, &bl);

		an = (size_t)(ac - a);
		bn = (size_t)(bc - b);
		if (al == 1 && *ac == '.' && an) {
			bn += bl;
			continue;
		}
		if (bl == 1 && *bc == '.' && bn) {
			an += al;
			continue;
		}
		if (!al || !bl || (al == 1 && *ac == '.') || (bl == 1 && *bc == '.'))
			return common;
		if (al != bl || memcmp(ac, bc, al) != 0)
			return 0;
		common++;
	}
}

/* The id of the best entry for path[0..n); entries that end in '/' stand for directories and match only those. */
static uint32_t path_index_find(const struct path_index *x, const char *path, size_t n, bool directory)
{
	size_t length;
	const char *last = last_component(path, n, &length);
	uint32_t best = TARGET_NONE, at, steps = 0, best_rank = 0;
	unsigned best_common = 0;
	bool tie = false;

	if (!x->slot_count || !length)
		return TARGET_NONE;
	for (at = x->slots[intern_hash(last, length) & (x->slot_count - 1)]; at; at = x->entries[at - 1].next) {
		const struct path_entry *e = &x->entries[at - 1];
		size_t en = strlen(e->path);
		unsigned common;

		if (++steps > CHAIN_MAX)
			return TARGET_NONE;
		if (directory != (en && e->path[en - 1] == '/'))
			continue;
		common = common_tail(path, n, e->path, en);
		if (!common || common < best_common)
			continue;
		if (common > best_common || e->rank > best_rank) {
			best = e->id;
			best_common = common;
			best_rank = e->rank;
			tie = false;
		} else if (e->id != best && e->rank == best_rank) {
			tie = true;
		}
	}
	return tie ? TARGET_NONE : best;
}

int target_graph_index(struct target_graph *g)
{
	struct target_graph_private *p = graph_private(g);
	size_t count = 0, i;
	uint32_t k;
	int r;

	for (i = 0; i < g->target_count; i++)
		count += g->targets[i].outputs.count;
	r = path_index_init(&p->outputs, count);
	if (r >= 0)
		r = path_index_init(&p->objects, g->object_count);
	if (r < 0)
		return r;
	for (i = 0; i < g->target_count; i++)
		for (k = 0; k < g->targets[i].outputs.count; k++)
			path_index_add(&p->outputs, target_item(g, g->targets[i].outputs, k), (uint32_t)i,
				       g->targets[i].system != TARGETS_COMMANDS);
	for (i = 0; i < g->object_count; i++)
		path_index_add(&p->objects, g->objects[i].path, (uint32_t)i, 0);
	return 0;
}

/* ---- names by rule ------------------------------------------------------------------------------------------ */

/* Whatever stands before "/bin/" (bazel-out/k8-opt/bin/..., bazel-bin/...) is not the package. */
static const char *after_bin(const char *path)
{
	const char *bin = strstr(path, "bazel-out/"), *p;

	if (bin && (p = strstr(bin, "/bin/")))
		return p + 5;
	bin = strstr(path, "bazel-bin/");
	return bin ? bin + 10 : NULL;
}

/* "external/repo/a" names a package of another repository: its label may be spelt with one or two '@'. */
static uint32_t find_bazel_label(const struct target_graph *g, const char *package, size_t pn, const char *name, size_t nn)
{
	static const char *const marks[] = { "@", "@@" };
	char label[2048];
	const char *slash;
	uint32_t t = TARGET_NONE;
	size_t i;

	if (pn + nn + 16 > sizeof(label))
		return TARGET_NONE;
	if (pn <= 9 || strncmp(package, "external/", 9) != 0) {
		(void)snprintf(label, sizeof(label), "//%.*s:%.*s", (int)pn, package, (int)nn, name);
		t = target_graph_find(g, label);
		if (t != TARGET_NONE)
			return t;
		(void)snprintf(label, sizeof(label), "@@//%.*s:%.*s", (int)pn, package, (int)nn, name);
		return target_graph_find(g, label);
	}
	package += 9;
	pn -= 9;
	slash = memchr(package, '/', pn);
	for (i = 0; i < 2 && t == TARGET_NONE; i++) {
		size_t repo = slash ? (size_t)(slash - package) : pn;

		(void)snprintf(label, sizeof(label), "%s%.*s//%.*s:%.*s", marks[i], (int)repo, package,
			       (int)(pn - repo - (slash ? 1 : 0)), slash ? slash + 1 : "", (int)nn, name);
		t = target_graph_find(g, label);
	}
	return t;
}

/* "a/b/libc.pic.a" -> "c"; a name without "lib" and suffix is an executable's. */
static size_t library_name(const char **name)
{
	static const char *const suffixes[] = { ".pic.a", ".pic.lo", ".a", ".lo", ".so", ".nopic.a" };
	size_t n = strlen(*name), i;

	if (strncmp(*name, "lib", 3) != 0)
		return n;
	for (i = sizeof(suffixes) / sizeof(*suffixes); i-- > 0;) {
		size_t k = strlen(suffixes[i]);
		bool longer = (i == 2 || i == 3) && n > 4 + k && !strncmp(*name + n - k - 4, ".pic", 4);

		if (!longer && n > 3 + k && !strcmp(*name + n - k, suffixes[i])) {
			*name += 3;
			return n - 3 - k;
		}
	}
	return n;
}

/* A target's name may hold slashes: "//a:b/c" makes a/b/libc.a. The longest package that has such a target. */
static uint32_t bazel_owner(const struct target_graph *g, const char *path)
{
	const char *rest = after_bin(path), *objs, *name;
	size_t dn, nn;
	uint32_t t;

	if (!rest)
		return TARGET_NONE;
	objs = strstr(rest, "/_objs/");
	if (!objs && !strncmp(rest, "_objs/", 6))
		objs = rest - 1;
	if (objs) {
		const char *end = strrchr(objs, '/');

		name = objs + 7;
		return end > name ? find_bazel_label(g, rest, objs > rest ? (size_t)(objs - rest) : 0, name, (size_t)(end - name))
				  : TARGET_NONE;
	}
	name = path_base(rest);
	dn = name > rest ? (size_t)(name - rest - 1) : 0;
	nn = library_name(&name);
	t = find_bazel_label(g, rest, dn, name, nn);
	while (t == TARGET_NONE && dn) {
		char full[1024];
		size_t cut = dn;

		while (cut && rest[cut - 1] != '/')
			cut--;
		(void)snprintf(full, sizeof(full), "%.*s/%.*s", (int)(path_base(rest) - rest - 1 - (ptrdiff_t)cut), rest + cut,
			       (int)nn, name);
		dn = cut ? cut - 1 : 0;
		t = find_bazel_label(g, rest, dn, full, strlen(full));
	}
	return t;
}

/* A component "__name__" and, before it, cell, configuration and package. */
static uint32_t buck_owner(const struct target_graph *g, const char *path)
{
	const char *gen = strstr(path, "buck-out/"), *cell, *package, *p;
	char label[2048];

	if (!gen || (!(cell = strstr(gen, "/gen/")) && !(cell = strstr(gen, "/art/"))))
		return TARGET_NONE;
	cell += 5;
	package = strchr(cell, '/');
	p = package ? strstr(package, "/__") : NULL;
	while (p) {
		const char *end = strstr(p + 3, "__/"), *slash = strchr(p + 3, '/');

		if (end && slash == end + 2) {
			const char *from = package + 1, *hash = memchr(from, '/', (size_t)(p - package));
			size_t n = p > package ? (size_t)(p - from) : 0;

			if (n >= 16 && strspn(from, "0123456789abcdef") == 16 && (from[16] == '/')) {
				n = p > hash + 1 ? (size_t)(p - hash - 1) : 0;
				from = hash + 1;
			}
			(void)snprintf(label, sizeof(label), "%.*s//%.*s:%.*s", (int)(package - cell), cell, (int)n, from,
				       (int)(end - p - 3), p + 3);
			return target_graph_find(g, label);
		}
		p = strstr(p + 3, "/__");
	}
	return TARGET_NONE;
}

/* Directories that stand for all files in them, innermost first. */
static uint32_t directory_owner(const struct target_graph *g, const char *path)
{
	size_t n = strlen(path);

	while (n) {
		uint32_t t;

		while (n && path[n - 1] != '/')
			n--;
		while (n && path[n - 1] == '/')
			n--;
		t = n ? path_index_find(&graph_private(g)->outputs, path, n, true) : TARGET_NONE;
		if (t != TARGET_NONE)
			return t;
	}
	return TARGET_NONE;
}

uint32_t target_graph_owner(const struct target_graph *g, const char *path, const char *member)
{
	uint32_t t = path_index_find(&graph_private(g)->outputs, path, strlen(path), false);

	(void)member; /* a member is of its archive's target, wherever it was compiled */
	if (t == TARGET_NONE)
		t = bazel_owner(g, path);
	if (t == TARGET_NONE)
		t = buck_owner(g, path);
	return t == TARGET_NONE ? directory_owner(g, path) : t;
}

const struct target_object *target_graph_object(const struct target_graph *g, const char *path)
{
	uint32_t o = path_index_find(&graph_private(g)->objects, path, strlen(path), false);

	return o == TARGET_NONE ? NULL : &g->objects[o];
}
