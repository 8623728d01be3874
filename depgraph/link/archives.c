/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archives.c: static libraries that the link would not miss.
 *
 * An archive of which no member was taken adds nothing to the output, and its place on the line can go.  How sure that
 * is depends on what the map tells:
 *
 *	GNU ld, gold    print each member that was taken, with the reason: an archive that is not there was not used
 *	lld, mold       print sections only. A member that was taken and then collected whole leaves no row, and
 *	                may still have satisfied a reference: so it is proved only when the link did not collect
 *	                sections, or when the link model (link.h) took no member either
 *
 * GNU ld prints members of thin archives by their own path, so those are asked for by that.  Under LTO lld and mold
 * ascribe all code to a temporary object, and nothing can be said.
 *
 * Which archives there are: those of the link line; without one those that GNU ld lists as LOAD, and those the user gave.
 * Libraries that the compiler adds by itself are no subject: they are on nobody's line.
 */
#include "analyzers/ar_members.h"
#include "base/buffer.h"
#include "base/path.h"
#include "depgraph/link/archives_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n > k && !strcmp(s + n - k, suffix);
}

bool archive_is_toolchain(const char *path)
{
	static const char *const names[] = { "libgcc.a", "libgcc_eh.a", "libc.a", "libc_nonshared.a", "libpthread_nonshared.a", "libm.a",
					     "libmvec.a", "libstdc++.a", "libsupc++.a", "libstdc++_nonshared.a", NULL };
	const char *base = path_base(path);
	size_t i;

	for (i = 0; names[i]; i++)
		if (!strcmp(base, names[i]))
			return true;
	/* libm.a of glibc is a script for libm-2.36.a and libmvec.a */
	return !strncmp(base, "libclang_rt.", 12) || (!strncmp(base, "libm-", 5) && has_suffix(base, ".a"));
}

/* ---- which there are ------------------------------------------------------------------------------------------- */

static bool same_path(const char *a, const char *b)
{
	struct stat x, y;

	if (!strcmp(a, b))
		return true;
	return *a && *b && !strcmp(path_base(a), path_base(b)) && stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* The opened input of that name or path. */
static const struct input *input_of(const struct inputs *in, const char *name, const char *path)
{
	size_t i;

	for (i = 0; i < in->count; i++)
		if (in->items[i].kind == INPUT_ARCHIVE &&
		    (!strcmp(in->items[i].link_name, name) || same_path(in->items[i].path, path)))
			return &in->items[i];
	return NULL;
}

static struct archive *archive_of(struct archive_search *s, const char *name, const char *path)
{
	size_t i;
	struct archive *items;

	for (i = 0; i < s->count; i++)
		if (!strcmp(s->items[i].name, name) || same_path(s->items[i].path, path))
			return &s->items[i];
	if (s->count == s->capacity) {
		size_t capacity = s->capacity ? s->capacity * 2 : 32;

		items = reallocarray(s->items, capacity, sizeof(*items));
		if (!items)
			return NULL;
		s->items = items;
		s->capacity = capacity;
	}
	s->items[s->count] = (struct archive){ .name = name, .path = path, .input = input_of(s->p->in, name, path) };
	return &s->items[s->count++];
}

static const char *full_path(struct archive_search *s, const char *directory, const char *path)
{
	struct suggestions *l = &s->p->found;
	struct stat st;
	const char *full;

	if (path[0] == '/' || !directory || stat(path, &st) == 0)
		return arena_printf(&l->arena, "%s", path);
	full = arena_printf(&l->arena, "%s/%s", directory, path);
	return full && stat(full, &st) == 0 ? full : full ? "" : NULL;
}

static int from_line(struct archive_search *s)
{
	size_t i;

	for (i = 0; s->line && i < s->line->input_count; i++) {
		const struct link_line_input *in = &s->line->inputs[i];
		const char *path;
		struct archive *a;

		if (!in->path || !has_suffix(in->path, ".a") || archive_is_toolchain(in->path))
			continue;
		path = full_path(s, s->line->directory, in->path);
		a = path ? archive_of(s, in->path, path) : NULL;
		if (!a)
			return -ENOMEM;
		if (a->listed_count < ARCHIVE_LISTED_MAX)
			a->listed[a->listed_count++] = i;
	}
	return 0;
}

static int from_map(struct archive_search *s)
{
	const struct linkmap *m = s->p->in->map;
	size_t i;

	for (i = 0; m && i < m->load_count; i++) {
		const char *name = m->files[m->loads[i]].name, *path;
		struct archive *a;

		if (!has_suffix(name, ".a") || archive_is_toolchain(name))
			continue;
		path = full_path(s, s->p->in->directory, name);
		a = path ? archive_of(s, name, path) : NULL;
		if (!a)
			return -ENOMEM;
		a->loads++;
	}
	return 0;
}

static int from_inputs(struct archive_search *s)
{
	const struct inputs *in = s->p->in;
	size_t i;

	for (i = 0; i < in->count; i++)
		if (in->items[i].kind == INPUT_ARCHIVE && in->items[i].given && !archive_is_toolchain(in->items[i].path) &&
		    !archive_of(s, in->items[i].link_name, in->items[i].path))
			return -ENOMEM;
	return 0;
}

/* ---- which are used -------------------------------------------------------------------------------------------- */

static const char *without_dot(const char *path)
{
	return path[0] == '.' && path[1] == '/' ? path + 2 : path;
}

/* The map's path, which is relative to the link's directory, is this archive. */
static bool is_archive(const struct archive_search *s, const char *path, const struct archive *a)
{
	const char *directory = s->line ? s->line->directory : s->p->in->directory;
	char full[4200];

	if (!strcmp(without_dot(path), without_dot(a->name)) || same_path(path, a->path))
		return true;
	if (path[0] == '/' || !directory || strcmp(path_base(path), path_base(a->path)) != 0)
		return false;
	(void)snprintf(full, sizeof(full), "%s/%s", directory, path);
	return same_path(full, a->path);
}

static bool map_has_archive(const struct archive_search *s, const struct archive *a)
{
	const struct linkmap *m = s->p->in->map;
	uint32_t i;

	for (i = 0; i < m->file_count; i++)
		if (m->files[i].member && is_archive(s, m->files[i].path, a))
			return true;
	return false;
}

/* GNU ld names members of thin archives by where they are. */
static bool map_has_thin_member(const struct linkmap *m, const struct archive *a, const struct content *c)
{
	struct ar_members walk;
	struct ar_member member;
	int dir = (int)(path_base(a->name) - a->name);
	char path[AR_NAME_LONGEST * 2];

	if (ar_members_begin(&walk, content_data(c), content_size(c), a->path, NULL) < 0)
		return true;
	while (ar_members_next(&walk, &member, NULL) > 0) {
		(void)snprintf(path, sizeof(path), "%.*s%s", member.name[0] == '/' ? 0 : dir, a->name, member.name);
		if (linkmap_find_file(m, path) != LINKMAP_NONE)
			return true;
	}
	return false;
}

static bool is_thin(const struct content *c)
{
	return content_size(c) >= 8 && !memcmp(content_data(c), "!<thin>\n", 8);
}

static void look_inside(struct archive_search *s, struct archive *a)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	const struct linkmap *m = s->p->in->map;

	if (m && map_has_archive(s, a))
		a->in_map = true;
	if (!*a->path || content_open(AT_FDCWD, a->path, &c, NULL) < 0)
		return;
	a->file_size = content_size(c);
	a->thin = is_thin(c);
	if (m && m->dialect == LINKMAP_GNU && a->thin && !a->in_map)
		a->in_map = map_has_thin_member(m, a, c);
}

static void ask_model(struct archive_search *s, struct archive *a)
{
	const struct link *link = s->p->link;
	uint32_t i;

	for (i = 0; link && a->input && i < link->object_count; i++) {
		const struct link_object *o = &link->objects[i];

		if (o->input != a->input || !o->member)
			continue;
		a->members_known++;
		a->members_linked += o->linked;
	}
}

static bool is_lto_map(const struct linkmap *m)
{
	uint32_t i;

	for (i = 0; i < m->file_count; i++)
		if (strstr(m->files[i].name, ".ltrans") || strstr(m->files[i].name, "lto.tmp") || strstr(m->files[i].name, "/lto-llvm-") ||
		    strstr(m->files[i].name, ".lto."))
			return true;
	return false;
}

/* ---- what is said ------------------------------------------------------------------------------------------------ */

void archive_edit(struct archive_search *s, struct suggestion *g, const struct archive *a, const size_t *drop, size_t count,
		  const char *add)
{
	struct suggestions *l = &s->p->found;
	char place[1024];

	if (count)
		(void)link_line_place(s->line, drop[0], place, sizeof(place));
	else
		(void)snprintf(place, sizeof(place), "remove %s from the link line", a->name);
	suggestion_set(l, &g->edit, "%s%s%s%s", place, count > 1 ? ", and its other occurrences" : "", add ? ", and add " : "",
		       add ? add : "");
	if (!s->line || !s->line->argc || !count)
		return;
	g->action = link_line_action(s->line, drop, count, &add, add ? 1 : 0);
	if (!g->action)
		l->error = -ENOMEM;
	suggestion_set(l, &g->file, "%s", s->p->options->link_line);
}

/* How sure it is that no member was taken; false: one may have been. */
static bool judge(const struct archive_search *s, const struct archive *a, enum evidence_level *ret, const char **because)
{
	const struct linkmap *m = s->p->in->map;
	bool model = a->members_known && !a->members_linked;

	if (a->in_map || a->members_linked)
		return false;
	*ret = EVIDENCE_PROVED;
	if (m && (m->dialect == LINKMAP_GNU || m->dialect == LINKMAP_GOLD)) {
		*because = "the map lists every archive member that was included, and none is from it";
		return m->dialect != LINKMAP_GNU || *a->path || a->listed_count || a->loads;
	}
	if (m && is_lto_map(m))
		return false;
	if (model) {
		*because = "resolving the link's symbols takes no member of it";
		return !s->p->link->opaque[0];
	}
	if (!m)
		return false;
	*because = "no section of it is in the map";
	/* A member that was collected whole has no row. */
	if (!s->line || s->line->gc_sections || (s->p->link && s->p->link->gc))
		*ret = EVIDENCE_HEURISTIC;
	return true;
}

/* No member of it is in the map. */
static void say_absent(struct archive_search *s, const struct archive *a, struct suggestion *g)
{
	struct buffer member = BUFFER_INIT(1 << 16), pattern = BUFFER_INIT(1 << 16), map = BUFFER_INIT(1 << 16);

	(void)buffer_printf(&member, "%s(", a->name);
	(void)buffer_shell_word(&pattern, buffer_str(&member));
	(void)buffer_shell_word(&map, content_name(s->p->in->map->content));
	suggestion_set(&s->p->found, &g->verify, "! grep -F %s %s", buffer_str(&pattern), buffer_str(&map));
	buffer_release(&member);
	buffer_release(&pattern);
	buffer_release(&map);
}

static void say_unused(struct archive_search *s, const struct archive *a)
{
	struct suggestions *l = &s->p->found;
	const char *because = "";
	enum evidence_level level;
	struct suggestion *g;

	if (!judge(s, a, &level, &because))
		return;
	g = suggestions_add(l, SUGGEST_UNUSED_ARCHIVE, level, a->name);
	suggestion_set(l, &g->because, "%s; the linker reads its %llu bytes for nothing", because, (unsigned long long)a->file_size);
	archive_edit(s, g, a, a->listed, a->listed_count, NULL);
	if (s->p->in->map)
		say_absent(s, a, g);
	else
		suggestion_set(l, &g->verify, "link again without it, and compare the outputs with cmp");
	if (level == EVIDENCE_HEURISTIC)
		suggestion_set(l, &g->risk, "with --gc-sections a member may have been taken, and collected, and another may need a "
			       "symbol of it; the line must be linked again to know");
}

/* lld and mold remember every archive: to list one again has no effect. GNU ld and gold search again, which libraries
 * that refer to each other may need. */
static void say_listed_twice(struct archive_search *s, const struct archive *a)
{
	struct suggestions *l = &s->p->found;
	const struct linkmap *m = s->p->in->map;
	bool remembers = m ? m->dialect == LINKMAP_LLD || m->dialect == LINKMAP_MOLD :
			     s->line->linker_told && (s->line->linker == LINKMAP_LLD || s->line->linker == LINKMAP_MOLD);
	struct suggestion *g;

	g = suggestions_add(l, SUGGEST_DUPLICATE_CODE, remembers ? EVIDENCE_PROVED : EVIDENCE_HEURISTIC, a->name);
	suggestion_set(l, &g->because, "it stands on the link line %zu times%s", a->listed_count,
		       remembers ? "; this linker remembers archives, so only the first counts" : "");
	archive_edit(s, g, a, a->listed + 1, a->listed_count - 1, NULL);
	suggestion_set(l, &g->verify, "link again without the later ones: undefined symbols would show that they were needed");
	if (!remembers)
		suggestion_set(l, &g->risk, "libraries that refer to each other may need it twice with this linker");
}

static bool is_group(const struct archive_search *s, const struct archive *a)
{
	return s->line->inputs[a->listed[0]].flags & (LINK_LINE_WHOLE_ARCHIVE | LINK_LINE_LAZY);
}

static void say_all(struct archive_search *s)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		struct archive *a = &s->items[i];

		look_inside(s, a);
		ask_model(s, a);
		say_unused(s, a);
		if (a->listed_count > 1 && (a->in_map || a->members_linked) && !is_group(s, a))
			say_listed_twice(s, a);
	}
}

static void search_release(struct archive_search *s)
{
	link_line_free(s->line);
	free(s->items);
}

int archives_suggest(struct prune *p, struct error *err)
{
	CLEANUP(search_release) struct archive_search s = { .p = p };
	int r = p->options->link_line ? link_line_read(p->options->link_line, p->in->directory, &s.line, err) : 0;

	if (r == 0)
		r = from_line(&s);
	if (r == 0 && !s.line)
		r = from_map(&s);
	if (r == 0)
		r = from_inputs(&s);
	if (r < 0)
		return error_set(err, r, "", "the archives of the link cannot be listed");
	if (p->in->map && s.count && (p->in->map->dialect == LINKMAP_LLD || p->in->map->dialect == LINKMAP_MOLD) &&
	    is_lto_map(p->in->map))
		prune_note(p, "link-time optimisation hides in %s's map which archives code came from: none is judged by it",
			   linkmap_dialect_name(p->in->map->dialect));
	say_all(&s);
	return p->link ? archives_suggest_members(&s, err) : 0;
}
