/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees are read into one list of files; a task a file collects its problems;
 * files without any are dropped at the end.
 */
#include "reprocheck/lint/result.h"

#include "base/path.h"
#include "base/pool.h"
#include "base/terminal.h"
#include "reprocheck/compare/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define NOTES_MAX 20                  /* of a file */
#define ARENA_MAX (UINT64_C(1) << 30) /* of a file's problems */
#define FILES_MAX TREE_ENTRIES_MAX

struct source {
	const struct tree *tree;
	const struct tree_entry *entry;
	char *name;
};

struct lint_job {
	const struct lint_run *run;
	struct tree **trees;
	size_t tree_count;
	struct source *sources;
	size_t count, capacity;
	struct lint_file *files; /* one a source */
	struct budget budget;
	uint64_t files_read; /* by all threads */
};

static void file_release(struct lint_file *f)
{
	size_t i;

	for (i = 0; i < f->group_count; i++)
		free(f->groups[i].places);
	free(f->groups);
	free(f->notes);
	arena_release(&f->arena);
}

void lint_result_free(struct lint_result *r)
{
	size_t i;

	if (!r)
		return;
	for (i = 0; i < r->file_count; i++)
		file_release(&r->files[i]);
	free(r->files);
	free(r);
}

static void job_release(struct lint_job *j)
{
	size_t i;

	for (i = 0; i < j->count; i++) {
		free(j->sources[i].name);
		if (j->files)
			file_release(&j->files[i]);
	}
	for (i = 0; i < j->tree_count; i++)
		tree_free(j->trees[i]);
	free(j->trees);
	free(j->sources);
	free(j->files);
}

/* --- collecting --- */

static const char *keep(struct lint_file *f, const char *s)
{
	return s ? arena_strndup(&f->arena, s, strlen(s)) : NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Parts are visited one after the other, so the group is among the last ones, those with the same path. */
static struct lint_group *find_group(struct lint_file *f, const struct problem *p)
{
	size_t i;

	for (i = f->group_count; i-- > 0 && same_text(f->groups[i].path, p->path);)
		if (f->groups[i].cause == p->cause && same_text(f->groups[i].rule, p->rule))
			return &f->groups[i];
	return NULL;
}

static struct lint_group *add_group(struct lint_file *f, const struct problem *p)
{
	struct lint_group g = { .cause = p->cause };

	if (f->group_count == f->capacity) {
		size_t capacity = f->capacity ? 2 * f->capacity : 8;
		struct lint_group *more = reallocarray(f->groups, capacity, sizeof(*more));

		if (!more)
			return NULL;
		f->groups = more;
		f->capacity = capacity;
	}
	g.path = keep(f, p->path);
	g.rule = keep(f, p->rule);
	g.fix = keep(f, p->fix);
	if (p->path)
		g.id = arena_printf(&f->arena, "%s@%s//%s", p->cause->id, f->name, p->path);
	else
		g.id = arena_printf(&f->arena, "%s@%s:%s", p->cause->id, f->name, p->rule ? p->rule : "");
	if (!g.id || (p->path && !g.path) || (p->rule && !g.rule) || (p->fix && !g.fix))
		return NULL;
	f->groups[f->group_count] = g;
	return &f->groups[f->group_count++];
}

static int add_place(struct lint_file *f, struct lint_group *g, const struct problem *p)
{
	struct lint_place *place;

	g->count++;
	if (g->places_kept == LINT_PLACES_MAX)
		return 0;
	if (g->places_kept == g->capacity) {
		size_t capacity = g->capacity ? 4 * g->capacity : 1;

		place = reallocarray(g->places, capacity, sizeof(*place));
		if (!place)
			return -ENOMEM;
		g->places = place;
		g->capacity = capacity;
	}
	place = &g->places[g->places_kept++];
	*place = (struct lint_place){ .offset = p->offset,
				      .line = p->line,
				      .column = p->column,
				      .text = keep(f, p->text ? p->text : ""),
				      .detail = keep(f, p->detail ? p->detail : "") };
	return place->text && place->detail ? 0 : -ENOMEM;
}

static int collect(void *ctx, const struct problem *p)
{
	struct lint_file *f = ctx;
	struct lint_group *g = find_group(f, p);

	if (!g)
		g = add_group(f, p);
	return g ? add_place(f, g, p) : -ENOMEM;
}

static void collect_note(void *ctx, const char *path, const char *text)
{
	struct lint_file *f = ctx;
	const char *note;

	if (!f->notes)
		f->notes = calloc(NOTES_MAX, sizeof(*f->notes));
	if (!f->notes || f->note_count == NOTES_MAX)
		return;
	note = arena_printf(&f->arena, "%s//%s: %s", f->name, path, text);
	if (note)
		f->notes[f->note_count++] = note;
}

/* --- reading --- */

static void file_trouble(struct lint_file *f, struct error *e)
{
	char text[600];

	f->trouble = keep(f, error_text(e, text, sizeof(text)));
	if (!f->trouble)
		f->trouble = "not enough memory";
}

/* A time without a fraction of a second was set by somebody: clocks have one. */
static void set_file_time(struct lint_options *o, const struct stat *st)
{
	o->file_time = st->st_mtim.tv_sec;
	o->file_time_set = st->st_mtim.tv_nsec == 0;
}

static int read_content(struct lint_job *j, const struct source *s, struct lint_file *f, struct error *err)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	struct lint_options o = j->run->options;
	enum lint_kind kind;
	int r = tree_open(s->tree, s->entry, &c, err);

	if (r < 0)
		return r;
	set_file_time(&o, &s->entry->st);
	o.note = collect_note;
	o.note_ctx = f;
	kind = s->tree->single ? lint_kind_named(f->name, c) : lint_kind_of(s->entry->name, c);
	if (kind == LINT_ARTIFACT || kind == LINT_NOTHING)
		r = lint_artifact(f->name, c, &o, &j->budget, collect, f, err);
	else
		r = lint_rules(f->name, c, kind, collect, f, err);
	return r < 0 ? r : content_recheck(c, err);
}

static int read_file(void *ctx, size_t i)
{
	struct lint_job *j = ctx;
	const struct source *s = &j->sources[i];
	struct lint_file *f = &j->files[i];
	struct error why = { 0 };
	int r;

	f->arena.max = ARENA_MAX;
	f->name = s->name;
	if (s->entry->error) {
		(void)error_set(&why, s->entry->error, s->name, "cannot be listed");
		file_trouble(f, &why);
		return 0;
	}
	progress_note("%s", s->name);
	r = read_content(j, s, f, &why);
	progress_add((uint64_t)s->entry->st.st_size);
	(void)__atomic_fetch_add(&j->files_read, 1, __ATOMIC_RELAXED);
	if (r < 0) {
		(void)error_set(&why, r, s->name, "cannot be looked into");
		file_trouble(f, &why);
	}
	return r == -ENOMEM ? r : 0;
}

/* --- the list of files --- */

/* What version control keeps is no output and no input of a build. */
static bool is_of_version_control(const char *name)
{
	static const char *const names[] = { ".git", ".hg", ".svn", ".jj", NULL };
	const char *base = path_base(name);
	size_t i;

	for (i = 0; names[i]; i++)
		if (strcmp(base, names[i]) == 0)
			return true;
	return false;
}

static bool is_excluded(void *ctx, const char *name)
{
	const struct lint_run *run = ctx;
	size_t i;

	if (is_of_version_control(name))
		return true;
	for (i = 0; i < run->exclude_count; i++)
		if (path_matches(run->exclude[i], name))
			return true;
	return false;
}

/* A regular file once, by the first of its names; a directory that could not be listed, to be told. */
static bool is_wanted(const struct tree_entry *e)
{
	return e->error ||
	       (S_ISREG(e->st.st_mode) && (!e->first_name || strcmp(e->first_name, e->name) == 0));
}

static int add_source(struct lint_job *j, const struct tree *t, const struct tree_entry *e)
{
	struct source s = { .tree = t, .entry = e };

	if (j->count == j->capacity) {
		size_t capacity = j->capacity ? 2 * j->capacity : 64;
		struct source *more =
			capacity > FILES_MAX ? NULL : reallocarray(j->sources, capacity, sizeof(*more));

		if (!more)
			return -ENOMEM;
		j->sources = more;
		j->capacity = capacity;
	}
	s.name = t->single                   ? strdup(t->path)
		 : strcmp(t->path, ".") == 0 ? strdup(e->name)
					     : path_join(t->path, e->name);
	if (!s.name)
		return -ENOMEM;
	j->sources[j->count++] = s;
	return 0;
}

static int add_tree(struct lint_job *j, const char *path, struct error *err)
{
	struct tree *t = NULL;
	size_t i;
	int r = tree_read(path, is_excluded, (void *)(uintptr_t)j->run, &t, err);

	if (r < 0)
		return r;
	j->trees[j->tree_count++] = t;
	if (t->single && !S_ISREG(t->entries[0].st.st_mode))
		return error_set(err, -EINVAL, path, "neither a file nor a directory");
	for (i = 0; r >= 0 && i < t->count; i++)
		if (is_wanted(&t->entries[i]))
			r = add_source(j, t, &t->entries[i]);
	return r;
}

static uint64_t bytes_of(const struct lint_job *j)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < j->count; i++)
		sum += (uint64_t)j->sources[i].entry->st.st_size;
	return sum;
}

static int read_all(struct lint_job *j)
{
	CLEANUP(pool_freep) struct pool *pool = NULL;
	int r = pool_new(j->run->jobs, &pool);

	j->files = calloc(j->count + 1, sizeof(*j->files));
	if (r < 0 || !j->files)
		return -ENOMEM;
	progress_begin("reading", bytes_of(j));
	r = pool_for(pool, j->count, read_file, j);
	progress_end();
	return r;
}

/* What has something to tell moves to the result; its name must outlive the job. */
static int take_files(struct lint_job *j, struct lint_result *all)
{
	size_t i, k;

	all->files = calloc(j->count + 1, sizeof(*all->files));
	if (!all->files)
		return -ENOMEM;
	for (i = 0; i < j->count; i++) {
		struct lint_file *f = &j->files[i], *to = &all->files[all->file_count];

		if (!f->group_count && !f->note_count && !f->trouble)
			continue;
		f->name = keep(f, f->name);
		if (!f->name)
			return -ENOMEM;
		*to = *f;
		*f = (struct lint_file){ 0 };
		all->file_count++;
		all->groups += to->group_count;
		all->trouble = all->trouble || to->trouble;
		for (k = 0; k < to->group_count; k++)
			all->places += to->groups[k].count;
	}
	all->files_read = j->files_read;
	return 0;
}

int lint_paths(const char *const *paths, size_t count, const struct lint_run *run, struct lint_result **ret,
	       struct error *err)
{
	CLEANUP(lint_result_freep) struct lint_result *all = calloc(1, sizeof(*all));
	CLEANUP(job_release)
	struct lint_job j = { .run = run,
			      .budget = { .total_max = run->decode_total ? run->decode_total : BUDGET_TOTAL,
					  .ratio_max = BUDGET_RATIO,
					  .depth_max = BUDGET_DEPTH } };
	size_t i;
	int r = 0;

	j.trees = reallocarray(NULL, count + 1, sizeof(*j.trees));
	if (!all || !j.trees)
		return -ENOMEM;
	for (i = 0; r >= 0 && i < count; i++)
		r = add_tree(&j, paths[i], err);
	if (r >= 0)
		r = read_all(&j);
	if (r >= 0)
		r = take_files(&j, all);
	if (r < 0)
		return r;
	*ret = steal_pointer(all);
	return 0;
}

/* --- what is known --- */

static void count_accepted(struct lint_result *r)
{
	size_t i, k;

	r->accepted = 0;
	for (i = 0; i < r->file_count; i++)
		for (k = 0; k < r->files[i].group_count; k++)
			r->accepted += lint_accepted(&r->files[i].groups[k]);
}

void lint_apply_baseline(struct lint_result *r, struct baseline *b)
{
	size_t i, k;

	for (i = 0; i < r->file_count; i++)
		for (k = 0; k < r->files[i].group_count; k++)
			if (baseline_lists(b, r->files[i].groups[k].id))
				r->files[i].groups[k].baseline = true;
	count_accepted(r);
}

static void exclude(struct lint_result *r, const struct cause *cause)
{
	size_t i, k;

	for (i = 0; i < r->file_count; i++)
		for (k = 0; k < r->files[i].group_count; k++)
			if (r->files[i].groups[k].cause == cause)
				r->files[i].groups[k].excluded = true;
}

int lint_exclude(struct lint_result *r, const char *const *ids, size_t count, struct error *err)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!cause_find(ids[i]))
			return error_set(err, -EINVAL, NULL,
					 "no cause is called \"%s\"; see reprocheck causes", ids[i]);
	for (i = 0; i < count; i++)
		exclude(r, cause_find(ids[i]));
	count_accepted(r);
	return 0;
}
