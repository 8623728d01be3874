/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From builds to a comparison: trees are read, entries paired, files compared
 * in parallel, each as a root space; what is no byte of a file (modes, links,
 * presence) becomes an entry difference.
 */
#include "reprocheck/compare/compare.h"

#include "base/digest.h"
#include "base/path.h"
#include "base/terminal.h"
#include "reprocheck/compare/clusters.h"
#include "reprocheck/compare/pairing.h"
#include "reprocheck/compare/tree.h"
#include "reprocheck/compare/workspace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ARENA_MAX   ((size_t)8 << 30)
#define DEPTH_MAX   200 /* each level costs stack */
#define RENAMES_MAX 512 /* unpaired files that are opened to be paired by content */

/* Two trees of the comparison, and which entry goes with which. */
struct tree_pair {
	struct engine *engine;
	const struct compare_options *options;
	const struct tree *tree[2];
	const char *suffix; /* names the pair where there are several; "" */
	size_t *b_of_a;
	bool *b_taken;
	struct file_pair *files;
	size_t file_count;
};

/* Two entries whose bytes are compared: a task. Either may be NULL. */
struct file_pair {
	const struct tree_entry *entry[2];
	struct space_list spaces;
};

static bool is_excluded(void *ctx, const char *name)
{
	const struct compare_options *o = ctx;
	size_t i;

	for (i = 0; i < o->exclude_count; i++)
		if (path_matches(o->exclude[i], name))
			return true;
	return false;
}

static void *result_array(struct engine *e, size_t count, size_t size)
{
	void *r;

	pthread_mutex_lock(&e->result->lock);
	r = arena_array(&e->result->arena, count, size);
	pthread_mutex_unlock(&e->result->lock);
	return r;
}

static axis_set entry_axes(const struct engine *e, const char *name, const char *what)
{
	axis_set axes = e->attributed ? axis_map_entry(e->attributed, name, what) : 0;

	return axes & AXIS_SET_NOISE ? axes & AXIS_SET_NOISE : axes;
}

/* Entries of a and b that are NULL are on one side only. Sides are told with what differs. */
static int add_entry(struct engine *e, const char *name, const char *what, const char *a, const char *b,
		     const char *cause)
{
	struct comparison *c = e->result;

	/* Grows by doubling: the old array stays in the arena. */
	if (!(c->entry_count & (c->entry_count - 1)) && (c->entry_count == 0 || c->entry_count >= 16)) {
		struct entry_difference *entries =
			result_array(e, c->entry_count ? 2 * c->entry_count : 16, sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		if (c->entry_count)
			memcpy(entries, c->entries, c->entry_count * sizeof(*entries));
		c->entries = entries;
	}
	c->entries[c->entry_count++] = (struct entry_difference){
		.name = name,
		.what = what,
		.a = a,
		.b = b,
		.cause = cause ? cause_find(cause) : NULL,
		.axes = entry_axes(e, name, what),
	};
	if (!e->record || (entry_axes(e, name, what) & AXIS_SET_NOISE))
		return 0;
	return axis_map_add_entry(e->record, name, what, e->record_axes);
}

static const char *entry_kind(mode_t m)
{
	return S_ISREG(m)    ? "file"
	       : S_ISDIR(m)  ? "directory"
	       : S_ISLNK(m)  ? "symbolic link"
	       : S_ISFIFO(m) ? "fifo"
	       : S_ISSOCK(m) ? "socket"
			     : "device";
}

static const char *time_text(struct engine *e, const struct timespec *t)
{
	struct tm tm;
	char text[64] = "?";

	if (gmtime_r(&t->tv_sec, &tm))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	return engine_printf(e, "%s.%09ldZ", text, t->tv_nsec);
}

static int compare_links(struct tree_pair *p, const char *name, const struct tree_entry *a,
			 const struct tree_entry *b)
{
	const char *fa = a->first_name ? a->first_name : a->name,
		   *fb = b->first_name ? b->first_name : b->name;

	if (a->link && b->link && strcmp(a->link, b->link) != 0)
		return add_entry(p->engine, name, "link target", engine_strdup(p->engine, a->link),
				 engine_strdup(p->engine, b->link), NULL);
	if (S_ISREG(a->st.st_mode) && !p->tree[0]->single && strcmp(fa, fb) != 0 &&
	    (a->first_name || b->first_name))
		return add_entry(p->engine, name, "hard links",
				 engine_strdup(p->engine, a->first_name ? fa : "none"),
				 engine_strdup(p->engine, b->first_name ? fb : "none"), NULL);
	return 0;
}

static int compare_times(struct tree_pair *p, const char *name, const struct tree_entry *a,
			 const struct tree_entry *b)
{
	struct engine *e = p->engine;
	int r = 0;

	if (p->options->times &&
	    (a->st.st_mtim.tv_sec != b->st.st_mtim.tv_sec || a->st.st_mtim.tv_nsec != b->st.st_mtim.tv_nsec))
		r = add_entry(e, name, "mtime", time_text(e, &a->st.st_mtim), time_text(e, &b->st.st_mtim),
			      NULL);
	if (r >= 0 && p->options->owners && (a->st.st_uid != b->st.st_uid || a->st.st_gid != b->st.st_gid))
		r = add_entry(e, name, "owner", engine_printf(e, "%u:%u", a->st.st_uid, a->st.st_gid),
			      engine_printf(e, "%u:%u", b->st.st_uid, b->st.st_gid), NULL);
	return r;
}

/* What two entries of one name differ in, their bytes apart. */
static int compare_entries(struct tree_pair *p, const struct tree_entry *a, const struct tree_entry *b)
{
	struct engine *e = p->engine;
	const char *name = engine_printf(e, "%s%s", a->name, p->suffix);
	mode_t mask = p->options->executable_only ? S_IXUSR : 07777;
	int r = name ? 0 : -ENOMEM;

	if (r >= 0 && strcmp(a->name, b->name) != 0 && !p->tree[0]->single)
		r = add_entry(e, name, "name", name, engine_strdup(e, b->name), NULL);
	if (r >= 0 && (a->st.st_mode & S_IFMT) != (b->st.st_mode & S_IFMT))
		return add_entry(e, name, "type", entry_kind(a->st.st_mode), entry_kind(b->st.st_mode), NULL);
	if (r >= 0 && !p->tree[0]->single && ((a->st.st_mode ^ b->st.st_mode) & mask) &&
	    !S_ISLNK(a->st.st_mode))
		r = add_entry(e, name, "mode", engine_printf(e, "%04o", a->st.st_mode & 07777),
			      engine_printf(e, "%04o", b->st.st_mode & 07777), "umask");
	if (r >= 0)
		r = compare_links(p, name, a, b);
	return r < 0 ? r : compare_times(p, name, a, b);
}

/* A file of one side: all its bytes differ, as excess. */
static int lonely_space(struct tree_pair *p, struct file_pair *f, int side)
{
	struct engine *e = p->engine;
	const struct tree_entry *entry = f->entry[side];
	struct space *s = result_array(e, 1, sizeof(*s));
	struct finding *one = result_array(e, 1, sizeof(*one));
	struct place *place = result_array(e, 1, sizeof(*place));
	uint64_t size = (uint64_t)entry->st.st_size;

	if (!s || !one || !place)
		return -ENOMEM;
	*s = (struct space){
		.name = engine_strdup(e, entry->name),
		.format = "",
		.status = side ? SPACE_ONLY_B : SPACE_ONLY_A,
		.totals = { .a_size = side ? 0 : size, .b_size = side ? size : 0, .differing = size }
	};
	s->a_name = s->b_name = s->name;
	*place = (struct place){ .path = "", .region = "file", .detail = side ? "only in B" : "only in A" };
	*(side ? &place->b_len : &place->a_len) = size;
	*one = (struct finding){ .cause = cause_find(CAUSE_ONE_SIDE),
				 .class = CLASS_PRIMARY,
				 .level = LEVEL_RECOGNISED,
				 .bytes = size,
				 .place_count = 1,
				 .places = place,
				 .places_kept = 1,
				 .detail = place->detail };
	one->axes = entry_axes(e, s->name, place->detail);
	if (one->axes & AXIS_ALL)
		one->level = LEVEL_CAUSED;
	one->id = engine_printf(e, "%s@%s", CAUSE_ONE_SIDE, s->name);
	s->totals.by_class[CLASS_PRIMARY] = size;
	s->findings = one;
	s->finding_count = 1;
	return s->name && one->id ? space_list_add(&f->spaces, s) : -ENOMEM;
}

static int trouble_space(struct tree_pair *p, struct file_pair *f, const struct error *err)
{
	struct engine *e = p->engine;
	struct space *s = result_array(e, 1, sizeof(*s));
	char text[600];

	if (!s)
		return -ENOMEM;
	*s = (struct space){ .name = engine_strdup(e, f->entry[0]->name),
			     .format = "",
			     .status = SPACE_TROUBLE,
			     .trouble = engine_strdup(e, error_text(err, text, sizeof(text))) };
	s->a_name = s->b_name = s->name;
	return s->name ? space_list_add(&f->spaces, s) : -ENOMEM;
}

/* After the fact: bytes that changed while they were read make every finding about them void. */
static void recheck(struct engine *e, struct space *s, struct content *const c[2])
{
	struct error err = { 0 };
	char text[600];
	int i;

	for (i = 0; i < 2; i++)
		if (content_recheck(c[i], &err) < 0) {
			s->status = SPACE_TROUBLE;
			s->trouble = engine_strdup(e, error_text(&err, text, sizeof(text)));
			return;
		}
}

static const char *pair_name(struct tree_pair *p, const struct file_pair *f)
{
	const char *a = f->entry[0]->name, *b = f->entry[1]->name;

	if (strcmp(a, b) == 0)
		return engine_printf(p->engine, "%s%s", a, p->suffix);
	if (p->tree[0]->single)
		return engine_printf(p->engine, "%s%s", a, p->suffix);
	return engine_printf(p->engine, "%s -> %s%s", a, b, p->suffix);
}

static int compare_file(void *ctx, size_t i)
{
	struct tree_pair *p = ctx;
	struct file_pair *f = &p->files[i];
	CLEANUP(content_unrefp) struct content *a = NULL;
	CLEANUP(content_unrefp) struct content *b = NULL;
	struct error err = { 0 };
	struct space *space = NULL;
	int r;

	if (!f->entry[0] || !f->entry[1])
		return lonely_space(p, f, f->entry[0] ? 0 : 1);
	progress_note("%s", f->entry[0]->name);
	if (f->entry[0]->error || f->entry[1]->error) {
		(void)error_set(&err, f->entry[0]->error ? f->entry[0]->error : f->entry[1]->error,
				f->entry[0]->name, "cannot be listed");
		return trouble_space(p, f, &err);
	}
	r = tree_open(p->tree[0], f->entry[0], &a, &err);
	if (r >= 0)
		r = tree_open(p->tree[1], f->entry[1], &b, &err);
	if (r < 0)
		return r == -ENOMEM ? r : trouble_space(p, f, &err);
	r = compare_contents(p->engine, a, b, NULL, NULL, pair_name(p, f), &f->spaces, &space, NULL);
	if (r < 0) {
		(void)error_set(&err, r, f->entry[0]->name, "cannot be compared");
		return r == -ENOMEM ? r : trouble_space(p, f, &err);
	}
	recheck(p->engine, space, (struct content *const[2]){ a, b });
	return 0;
}

static struct thing *names_of(const struct tree *t)
{
	struct thing *out = reallocarray(NULL, t->count + 1, sizeof(*out));
	size_t i;

	for (i = 0; out && i < t->count; i++)
		out[i] = (struct thing){ .name = t->entries[i].name };
	return out;
}

/* The unpaired regular files of a tree, opened; at most RENAMES_MAX. */
struct strays {
	struct thing things[RENAMES_MAX];
	struct content *contents[RENAMES_MAX];
	size_t index[RENAMES_MAX], count;
};

static void strays_free(struct strays *s)
{
	size_t i;

	for (i = 0; s && i < s->count; i++)
		content_unref(s->contents[i]);
	free(s);
}
DEFINE_CLEANUP(struct strays *, strays_free)

static struct strays *strays_open(const struct tree_pair *p, int side)
{
	const struct tree *t = p->tree[side];
	struct strays *s = calloc(1, sizeof(*s));
	size_t i;

	for (i = 0; s && i < t->count && s->count < RENAMES_MAX; i++) {
		bool paired = side ? p->b_taken[i] : p->b_of_a[i] != NO_PARTNER;

		if (paired || !S_ISREG(t->entries[i].st.st_mode) ||
		    tree_open(t, &t->entries[i], &s->contents[s->count], NULL) < 0)
			continue;
		s->things[s->count] = (struct thing){ .name = t->entries[i].name,
						      .data = content_data(s->contents[s->count]),
						      .size = content_size(s->contents[s->count]) };
		s->index[s->count++] = i;
	}
	return s;
}

/* Renamed files: equal or similar content under another name. */
static int pair_renamed(struct tree_pair *p)
{
	CLEANUP(strays_freep) struct strays *a = strays_open(p, 0);
	CLEANUP(strays_freep) struct strays *b = strays_open(p, 1);
	size_t b_of_a[RENAMES_MAX], i;
	int r;

	if (!a || !b)
		return -ENOMEM;
	if (!a->count || !b->count)
		return 0;
	r = pair_things(a->things, a->count, b->things, b->count, b_of_a);
	for (i = 0; r >= 0 && i < a->count; i++)
		if (b_of_a[i] != NO_PARTNER) {
			p->b_of_a[a->index[i]] = b->index[b_of_a[i]];
			p->b_taken[b->index[b_of_a[i]]] = true;
		}
	return r;
}

/* By name; what is left then, if asked for, by content. */
static int pair_trees(struct tree_pair *p, bool renamed)
{
	const struct tree *a = p->tree[0], *b = p->tree[1];
	AUTO_FREE struct thing *ta = names_of(a);
	AUTO_FREE struct thing *tb = names_of(b);
	size_t i;
	int r;

	p->b_of_a = reallocarray(NULL, a->count + 1, sizeof(*p->b_of_a));
	p->b_taken = calloc(b->count + 1, sizeof(*p->b_taken));
	p->files = calloc(a->count + b->count + 1, sizeof(*p->files));
	if (!ta || !tb || !p->b_of_a || !p->b_taken || !p->files)
		return -ENOMEM;
	if (a->single && b->single) {
		p->b_of_a[0] = 0;
		p->b_taken[0] = true;
		return 0;
	}
	r = pair_names(ta, a->count, tb, b->count, p->b_of_a);
	for (i = 0; r >= 0 && i < a->count; i++)
		if (p->b_of_a[i] != NO_PARTNER)
			p->b_taken[p->b_of_a[i]] = true;
	return r < 0 || !renamed ? r : pair_renamed(p);
}

static int add_lonely(struct tree_pair *p, const struct tree_entry *e, int side)
{
	const char *kind = entry_kind(e->st.st_mode),
		   *name = engine_printf(p->engine, "%s%s", e->name, p->suffix);
	int r = !name ? -ENOMEM
		      : add_entry(p->engine, name, side ? "only in B" : "only in A", side ? NULL : kind,
				  side ? kind : NULL, CAUSE_ONE_SIDE);

	if (r >= 0 && S_ISREG(e->st.st_mode) && e->st.st_size)
		p->files[p->file_count++].entry[side] = e;
	return r;
}

/* Names of one file on both sides are compared once, by the first of them. */
static bool compared_by_first_name(const struct tree_entry *a, const struct tree_entry *b)
{
	return a->first_name && b->first_name && strcmp(a->first_name, b->first_name) == 0;
}

/* Entries become pairs of files to compare, and entry differences. */
static int list_files(struct tree_pair *p)
{
	const struct tree *a = p->tree[0], *b = p->tree[1];
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < a->count; i++) {
		const struct tree_entry *x = &a->entries[i], *y;

		if (p->b_of_a[i] == NO_PARTNER) {
			r = add_lonely(p, x, 0);
			continue;
		}
		y = &b->entries[p->b_of_a[i]];
		r = compare_entries(p, x, y);
		if (x->error || y->error ||
		    ((a->single || S_ISREG(x->st.st_mode)) && (b->single || S_ISREG(y->st.st_mode)) &&
		     !compared_by_first_name(x, y)))
			p->files[p->file_count++] = (struct file_pair){ .entry = { x, y } };
	}
	for (i = 0; r >= 0 && i < b->count; i++)
		if (!p->b_taken[i])
			r = add_lonely(p, &b->entries[i], 1);
	return r;
}

static void count_space(struct comparison *c, const struct space *s)
{
	size_t i;

	if (s->status == SPACE_TROUBLE)
		c->trouble = true;
	if (s->depth)
		return;
	c->files_compared++;
	c->files_same += s->status == SPACE_SAME;
	c->totals.a_size += s->totals.a_size;
	c->totals.b_size += s->totals.b_size;
	c->totals.differing += s->totals.differing;
	for (i = 0; i < CLASS_COUNT; i++)
		c->totals.by_class[i] += s->totals.by_class[i];
}

static int collect_spaces(struct tree_pair *p, struct space_list *all)
{
	size_t i, k;
	int r = 0;

	for (i = 0; i < p->file_count; i++) {
		for (k = 0; r >= 0 && k < p->files[i].spaces.count; k++) {
			count_space(p->engine->result, p->files[i].spaces.items[k]);
			r = space_list_add(all, p->files[i].spaces.items[k]);
		}
		free(p->files[i].spaces.items);
	}
	return r;
}

int compare_one_file(struct engine *e, const struct compare_options *o, const struct tree *a,
		     const struct tree_entry *ea, const struct tree *b, const struct tree_entry *eb,
		     const char *suffix, struct space_list *ret)
{
	struct file_pair file = { .entry = { ea, eb } };
	struct tree_pair p = {
		.engine = e, .options = o, .tree = { a, b }, .suffix = suffix, .files = &file
	};
	int r = compare_file(&p, 0);

	/* collect_spaces frees the list of the pair, as for whole trees. */
	p.file_count = 1;
	return r < 0 ? (free(file.spaces.items), r) : collect_spaces(&p, ret);
}

static void tree_pair_release(struct tree_pair *p)
{
	free(p->b_of_a);
	free(p->b_taken);
	free(p->files);
}

static uint64_t bytes_of(const struct tree *t)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < t->count; i++)
		sum += S_ISREG(t->entries[i].st.st_mode) ? (uint64_t)t->entries[i].st.st_size : 0;
	return sum;
}

static int compare_trees(struct engine *e, const struct compare_options *o, const struct tree *a,
			 const struct tree *b, const char *suffix, struct space_list *all)
{
	struct tree_pair p = { .engine = e, .options = o, .tree = { a, b }, .suffix = suffix };
	int r = pair_trees(&p, true), collected;

	if (r >= 0)
		r = list_files(&p);
	if (r >= 0) {
		progress_begin("comparing", bytes_of(a));
		r = pool_for(e->pool, p.file_count, compare_file, &p);
		progress_end();
	}
	collected = collect_spaces(&p, all);
	tree_pair_release(&p);
	return r < 0 ? r : collected;
}

int compare_tree_entries(struct engine *e, const struct compare_options *o, const struct tree *a,
			 const struct tree *b, const char *suffix, struct space_list *ret)
{
	struct tree_pair p = { .engine = e, .options = o, .tree = { a, b }, .suffix = suffix };
	int r = pair_trees(&p, false), collected;
	size_t i;

	if (r >= 0)
		r = list_files(&p);
	for (i = 0; r >= 0 && i < p.file_count; i++) {
		const struct tree_entry *const *pair = p.files[i].entry;

		if (pair[0] && pair[1] && (pair[0]->error || pair[1]->error))
			r = compare_file(&p, i);
	}
	collected = collect_spaces(&p, ret);
	tree_pair_release(&p);
	return r < 0 ? r : collected;
}

void comparison_free(struct comparison *c)
{
	if (!c)
		return;
	free(c->spaces);
	arena_release(&c->arena);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

static struct comparison *comparison_new(const char *const *names, size_t count)
{
	struct comparison *c = calloc(1, sizeof(*c));
	size_t i;

	if (!c)
		return NULL;
	c->arena = (struct arena)ARENA_INIT(ARENA_MAX);
	(void)pthread_mutex_init(&c->lock, NULL);
	c->builds = arena_array(&c->arena, count, sizeof(*c->builds));
	if (!c->builds) {
		comparison_free(c);
		return NULL;
	}
	for (i = 0; i < count; i++) {
		c->builds[i] = arena_strndup(&c->arena, names[i], strlen(names[i]));
		if (!c->builds[i]) {
			comparison_free(c);
			return NULL;
		}
	}
	c->build_count = count;
	return c;
}

static double seconds_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void trees_free(struct tree **trees, size_t count)
{
	size_t i;

	for (i = 0; trees && i < count; i++)
		tree_free(trees[i]);
	free(trees);
}

static int read_trees(const char *const *paths, size_t count, const struct compare_options *o,
		      struct tree **trees, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < count; i++) {
		r = tree_read(paths[i], is_excluded, (void *)(uintptr_t)o, &trees[i], err);
		if (r >= 0 && trees[i]->single != trees[0]->single)
			r = error_set(err, -EINVAL, paths[i], "is a %s, but %s is a %s",
				      trees[i]->single ? "file" : "directory", paths[0],
				      trees[0]->single ? "file" : "directory");
	}
	return r;
}

static void set_limits(struct engine *e, const struct compare_options *o)
{
	e->budget.total_max = o->decode_total ? o->decode_total : BUDGET_TOTAL;
	e->budget.ratio_max = o->decode_ratio ? o->decode_ratio : BUDGET_RATIO;
	e->budget.depth_max = !o->decode_depth              ? BUDGET_DEPTH
			      : o->decode_depth < DEPTH_MAX ? (unsigned)o->decode_depth
							    : DEPTH_MAX;
	e->places_max = o->places_max ? o->places_max : PLACES_MAX_DEFAULT;
	e->facts = o->facts;
	e->no_source = o->no_source;
	e->record = o->record;
	e->record_axes = o->record_axes;
	e->attributed = o->attributed;
}

int compare_builds(const char *const *paths, size_t count, const struct compare_options *o,
		   struct comparison **ret, struct error *err)
{
	CLEANUP(comparison_freep) struct comparison *c = comparison_new(o->names ? o->names : paths, count);
	CLEANUP(pool_freep) struct pool *pool = NULL;
	struct tree **trees = calloc(count + 1, sizeof(struct tree *));
	struct engine e = { .result = c };
	struct space_list all = { 0 };
	double start = seconds_now();
	int r = c && trees ? pool_new(o->jobs, &pool) : -ENOMEM;

	e.pool = pool;
	set_limits(&e, o);
	if (r >= 0)
		r = read_trees(paths, count, o, trees, err);
	if (r >= 0)
		r = count == 2 ? compare_trees(&e, o, trees[0], trees[1], "", &all)
			       : compare_clusters(&e, o, (const struct tree *const *)trees, count, &all);
	trees_free(trees, count);
	if (c) {
		c->spaces = all.items;
		c->space_count = all.count;
		c->seconds = seconds_now() - start;
	}
	if (r < 0)
		return error_set(err, r, paths[0], "cannot be compared");
	*ret = steal_pointer(c);
	return 0;
}
