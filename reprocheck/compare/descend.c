/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass 2: two layouts are paired part by part.  Equal parts end here; groups
 * and contents that differ are opened, encoded ones are decoded and compared
 * as a space of their own, everything else is a leaf.  Large parts are
 * descended in parallel, each task with its own list of segments, joined in
 * order, so that the result does not depend on the threads.
 */
#include "reprocheck/compare/workspace.h"

#include "base/terminal.h"
#include "reprocheck/compare/align.h"
#include "reprocheck/compare/pairing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARALLEL_BYTES (UINT64_C(256) << 10) /* less is not worth a thread */

/* Two layouts at hand and what goes with what. */
struct step {
	struct layout *layout[2];
	const char *path;
	size_t *b_of_a;
	bool *b_taken;
};

/* A pair that differs: a task. */
struct task {
	struct descent d;
	const struct part *part[2];
	struct step *step;
	int result;
};

static const char *child_path(struct descent *d, const char *path, const struct part *p)
{
	if (!*path)
		return engine_strdup(d->w->engine, p->name);
	return engine_printf(d->w->engine, "%s//%s", path, p->name);
}

static struct thing thing_of(const struct layout *l, const struct part *p)
{
	bool filler = p->kind == PART_UNCLAIMED || p->kind == PART_PADDING;
	bool body = p->kind == PART_GROUP || p->kind == PART_CONTENT || p->kind == PART_ENCODED ||
		    p->kind == PART_CODE || p->kind == PART_DATA || p->kind == PART_RAW;

	return (struct thing){ .name = p->name,
			       .data = body ? part_data(l, p) : NULL,
			       .size = p->len,
			       .kind = filler                  ? 1
				       : p->kind == PART_FIELD ? 2
							       : 0 };
}

static struct thing *things_of(const struct layout *l)
{
	struct thing *t = reallocarray(NULL, l->count + 1, sizeof(*t));
	size_t i;

	for (i = 0; t && i < l->count; i++)
		t[i] = thing_of(l, &l->parts[i]);
	return t;
}

static bool is_filler(const struct layout *l, size_t i)
{
	return i < l->count && (l->parts[i].kind == PART_PADDING || l->parts[i].kind == PART_UNCLAIMED);
}

/* The index that follows what part i's left neighbour is paired with. */
static size_t after_neighbour(const struct step *s, size_t i)
{
	if (!i)
		return 0;
	return s->b_of_a[i - 1] == NO_PARTNER ? NO_PARTNER : s->b_of_a[i - 1] + 1;
}

/* What fills space has no name of its own: it goes with what follows the same neighbour. */
static void pair_fillers(struct step *s)
{
	const struct layout *a = s->layout[0], *b = s->layout[1];
	size_t i, j;

	for (i = 0; i < a->count; i++)
		if (is_filler(a, i) && s->b_of_a[i] != after_neighbour(s, i))
			s->b_of_a[i] = NO_PARTNER;
	for (i = 0; i < a->count; i++)
		if (s->b_of_a[i] != NO_PARTNER)
			s->b_taken[s->b_of_a[i]] = true;
	for (i = 0; i < a->count; i++) {
		j = after_neighbour(s, i);
		if (!is_filler(a, i) || s->b_of_a[i] != NO_PARTNER || !is_filler(b, j) || s->b_taken[j])
			continue;
		s->b_of_a[i] = j;
		s->b_taken[j] = true;
	}
}

static int pair_parts(struct step *s)
{
	const struct layout *a = s->layout[0], *b = s->layout[1];
	AUTO_FREE struct thing *ta = things_of(a);
	AUTO_FREE struct thing *tb = things_of(b);
	int r;

	s->b_of_a = reallocarray(NULL, a->count + 1, sizeof(*s->b_of_a));
	s->b_taken = calloc(b->count + 1, sizeof(*s->b_taken));
	if (!ta || !tb || !s->b_of_a || !s->b_taken)
		return -ENOMEM;
	r = pair_things(ta, a->count, tb, b->count, s->b_of_a);
	if (r >= 0)
		pair_fillers(s);
	return r;
}

static bool is_one_of(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

/* Archives: their parts are members, which one build may have and the other not. */
static bool has_members(const struct layout *l)
{
	static const char *const formats[] = { "ar", "tar", "zip", "cpio", "entries", NULL };

	return is_one_of(l->analyzer->name, formats);
}

const char *order_cause(const struct layout *l)
{
	static const char *const linked[] = { "elf", "macho", "pe", "wasm", "fatbin", NULL };
	const char *format = l->analyzer->name;

	if (strcmp(format, "ar") == 0)
		return CAUSE_MEMBER_ORDER;
	if (strcmp(format, "pyc") == 0)
		return CAUSE_SET_ORDER;
	if (has_members(l))
		return CAUSE_ENTRY_ORDER;
	return is_one_of(format, linked) ? CAUSE_LINK_ORDER : NULL;
}

static struct run run_of_parts(const struct step *s, const struct part *pa, const struct part *pb,
			       const char *path)
{
	struct run run = { .layout = { pa ? s->layout[0] : NULL, pb ? s->layout[1] : NULL },
			   .part = { pa, pb },
			   .path = path };

	if (pa) {
		run.off[0] = s->layout[0]->base + pa->off;
		run.len[0] = pa->len;
	}
	if (pb) {
		run.off[1] = s->layout[1]->base + pb->off;
		run.len[1] = pb->len;
	}
	return run;
}

/* Flags by index of A, or NULL. What only fills space has no order, and fields stand where the format says. */
static int out_of_order(const struct step *s, bool **ret)
{
	size_t n = s->layout[0]->count, i;
	AUTO_FREE size_t *b_of_a = reallocarray(NULL, n + 1, sizeof(*b_of_a));

	if (!b_of_a)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		enum part_kind kind = s->layout[0]->parts[i].kind;

		b_of_a[i] = kind == PART_PADDING || kind == PART_UNCLAIMED || kind == PART_FIELD
				    ? NO_PARTNER
				    : s->b_of_a[i];
	}
	return find_disorder(b_of_a, n, ret);
}

/* A part that the other side does not have. `where` is the border in the other content at which it would stand. */
static int add_lonely(struct descent *d, struct step *s, const struct part *p, int side, uint64_t where)
{
	const char *path = child_path(d, s->path, p);
	struct run run = run_of_parts(s, side ? NULL : p, side ? p : NULL, path);
	uint32_t finding;

	run.off[!side] = where;
	if (p->kind == PART_PADDING)
		finding =
			conclude(d->w, &run, CAUSE_MOVED, CLASS_DERIVED, LEVEL_RECOGNISED, "alignment", true);
	else if (has_members(s->layout[side]) && p->kind != PART_FIELD && p->kind != PART_UNCLAIMED)
		finding = conclude(d->w, &run, CAUSE_ONE_SIDE, CLASS_PRIMARY, LEVEL_RECOGNISED,
				   side ? "only in B" : "only in A", true);
	else
		finding = find_cause(d->w, &run, true);
	return add_found(d, run.off[0], run.len[0], run.off[1], run.len[1], finding);
}

struct decode_job {
	struct layout *layout[2];
	const struct part *part[2];
	struct content *out[2];
	struct error err[2];
	int result[2];
};

/* The content behind a part: decoded, or the bytes themselves when the part is not encoded on this side. Both sides are
 * always tried, so that what is said of them does not depend on which failed first. */
static int decode_one(void *ctx, size_t i)
{
	struct decode_job *j = ctx;
	const struct part *p = j->part[i];

	if (p->kind == PART_ENCODED)
		j->result[i] = layout_decode(j->layout[i], p, &j->out[i], &j->err[i]);
	else
		j->result[i] = content_slice(j->layout[i]->content, j->layout[i]->base + p->off, p->len,
					     p->name, &j->out[i]);
	return 0;
}

/* The host's fault, not the input's: then a finding about the bytes would be no answer. */
static bool is_host_fault(int r)
{
	static const int faults[] = { ENOSPC, EDQUOT, EIO, EMFILE, ENFILE, EROFS, EACCES, EPERM, ENOENT };
	size_t i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (r == -faults[i])
			return true;
	return false;
}

static int decode_both(struct descent *d, struct decode_job *j, const char *path)
{
	char text[2][600] = { "", "" };
	int r = pool_for(d->w->engine->pool, 2, decode_one, j), i;

	for (i = 0; r >= 0 && i < 2; i++) {
		if (j->result[i] >= 0)
			continue;
		(void)error_set(&j->err[i], j->result[i], path, "cannot be decoded");
		(void)error_text(&j->err[i], text[i], sizeof(text[i]));
		if (i == 0 || strcmp(text[0], text[1]) != 0)
			workspace_note(d->w, "%s: %s", path, text[i]);
		if (is_host_fault(j->result[i]))
			workspace_trouble(d->w, path, text[i]);
	}
	return r < 0 ? r : j->result[0] < 0 ? j->result[0] : j->result[1];
}

static bool same_content(const struct content *a, const struct content *b)
{
	return content_size(a) == content_size(b) &&
	       memcmp(content_data(a), content_data(b), content_size(a)) == 0;
}

/* The payload follows from what is inside: from the primaries that were found there. */
void payload_follows(struct workspace *w, uint32_t finding, const struct space *inside)
{
	size_t i;

	for (i = 0; i < inside->finding_count; i++) {
		const struct finding *f = &inside->findings[i];

		if (f->class != CLASS_DERIVED || !i)
			finding_add_from(w, finding,
					 finding_get(w, f->cause, f->class, f->level, FINDING_NONE, f->axes));
	}
}

/* Different contents: a space of their own, and a finding for their encoded form. */
static int compare_decoded(struct descent *d, struct step *s, const struct decode_job *j,
			   const struct run *run, uint32_t *ret_finding)
{
	const struct origin origin = { { s->layout[0], s->layout[1] }, { j->part[0], j->part[1] } };
	const char *inner = *content_name(j->out[0]) ? content_name(j->out[0]) : run->path;
	const char *name = engine_printf(d->w->engine, "%s//%s", d->w->space->name, inner);
	const struct cause *cause = cause_find(CAUSE_PAYLOAD);
	struct workspace *deferred = NULL;
	struct space *inside = NULL;
	uint32_t finding;
	int r = name ? compare_contents(d->w->engine, j->out[0], j->out[1], d->w, &origin, name, &d->spaces,
					&inside, &deferred)
		     : -ENOMEM;

	if (r < 0)
		return r;
	finding = finding_get(d->w, cause, CLASS_DERIVED, LEVEL_RECOGNISED, FINDING_NONE, 0);
	record_difference(d->w, run);
	finding_place(d->w, finding, run, name);
	if (deferred)
		r = workspace_defer(d->w, deferred, finding);
	else
		payload_follows(d->w, finding, inside);
	*ret_finding = finding;
	return r;
}

static int compare_encoded(struct descent *d, struct step *s, const struct part *pa, const struct part *pb,
			   const char *path)
{
	struct decode_job j = { .layout = { s->layout[0], s->layout[1] }, .part = { pa, pb } };
	struct run run = run_of_parts(s, pa, pb, path);
	uint32_t finding = FINDING_NONE;
	int r = decode_both(d, &j, path);

	if (r == -ENOMEM)
		goto out;
	if (r < 0) {
		r = compare_leaf(d, s->layout[0], pa, s->layout[1], pb, path);
		goto out;
	}
	if (same_content(j.out[0], j.out[1])) {
		finding = conclude(d->w, &run, CAUSE_COMPRESSOR, CLASS_PRIMARY, LEVEL_RECOGNISED,
				   "the content is the same", true);
	} else {
		r = compare_decoded(d, s, &j, &run, &finding);
	}
	if (r >= 0)
		r = add_found(d, run.off[0], run.len[0], run.off[1], run.len[1], finding);
out:
	content_unref(j.out[0]);
	content_unref(j.out[1]);
	return r;
}

static bool can_open(const struct part *p)
{
	return p->kind == PART_GROUP || p->kind == PART_CONTENT;
}

/* Opens both; when they turn out to be the same format they are descended, otherwise compared as bytes. */
static int compare_opened(struct descent *d, struct step *s, const struct part *pa, const struct part *pb,
			  const char *path)
{
	CLEANUP(layout_unrefp) struct layout *la = NULL;
	CLEANUP(layout_unrefp) struct layout *lb = NULL;
	int r = layout_open(s->layout[0], pa, &la);

	if (r >= 0)
		r = layout_open(s->layout[1], pb, &lb);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		workspace_note(d->w, "%s: not opened: %s", path, strerror(-r));
	if (r < 0 || la->analyzer != lb->analyzer)
		return compare_leaf(d, s->layout[0], pa, s->layout[1], pb, path);
	return descend_layouts(d, la, lb, path);
}

static int compare_pair(struct descent *d, struct step *s, const struct part *pa, const struct part *pb)
{
	const char *path = child_path(d, s->path, pa);

	if (!path)
		return -ENOMEM;
	if (can_open(pa) && can_open(pb))
		return compare_opened(d, s, pa, pb, path);
	if (pa->kind == PART_ENCODED || pb->kind == PART_ENCODED)
		return compare_encoded(d, s, pa, pb, path);
	return compare_leaf(d, s->layout[0], pa, s->layout[1], pb, path);
}

static int run_task(void *ctx, size_t i)
{
	struct task *t = &((struct task *)ctx)[i];

	t->result = compare_pair(&t->d, t->step, t->part[0], t->part[1]);
	return t->result;
}

static int join_task(struct descent *d, struct task *t)
{
	size_t i;
	int r = t->result < 0 ? t->result : segments_append(&d->out, &t->d.out);

	segments_release(&t->d.out);
	for (i = 0; i < t->d.spaces.count; i++)
		if (r >= 0)
			r = space_list_add(&d->spaces, t->d.spaces.items[i]);
	free(t->d.spaces.items);
	return r;
}

static int run_tasks(struct descent *d, struct task *tasks, size_t count)
{
	uint64_t bytes = 0;
	size_t i;
	int r = 0;

	for (i = 0; i < count; i++)
		bytes += tasks[i].part[0]->len;
	if (count > 1 && bytes >= PARALLEL_BYTES) {
		r = pool_for(d->w->engine->pool, count, run_task, tasks);
	} else {
		for (i = 0; r >= 0 && i < count; i++)
			r = run_task(tasks, i);
	}
	for (i = 0; i < count; i++) {
		int joined = join_task(d, &tasks[i]);

		if (r >= 0)
			r = joined;
	}
	return r;
}

static uint64_t part_end(const struct layout *l, const struct part *p)
{
	return l->base + p->off + p->len;
}

/* The finding that owns what is out of order, with a place for each such part. */
static uint32_t order_finding(struct descent *d, const struct step *s, const struct part *pa,
			      const struct part *pb)
{
	struct run run = run_of_parts(s, pa, pb, child_path(d, s->path, pa));

	if (!order_cause(s->layout[0]))
		return FINDING_NONE;
	return conclude(d->w, &run, order_cause(s->layout[0]), CLASS_PRIMARY, LEVEL_RECOGNISED,
			"stands elsewhere in B", true);
}

/* Equal pairs become segments at once; the others are collected as tasks. */
static int sort_pairs(struct descent *d, struct step *s, struct task *tasks, size_t *ret_count)
{
	AUTO_FREE bool *disordered = NULL;
	uint64_t b_border = s->layout[1]->base;
	size_t i, n = 0;
	int r = out_of_order(s, &disordered);

	for (i = 0; r >= 0 && i < s->layout[0]->count; i++) {
		const struct part *pa = &s->layout[0]->parts[i], *pb;
		uint64_t a = s->layout[0]->base + pa->off, b;
		struct descent at = { .w = d->w, .order = d->order };

		if (s->b_of_a[i] == NO_PARTNER) {
			r = add_lonely(d, s, pa, 0, b_border);
			continue;
		}
		pb = &s->layout[1]->parts[s->b_of_a[i]];
		b = s->layout[1]->base + pb->off;
		b_border = part_end(s->layout[1], pb);
		if (disordered && disordered[i])
			at.order = order_finding(d, s, pa, pb);
		if (pa->len != pb->len || !workspace_equal(d->w, a, b, pa->len)) {
			tasks[n++] = (struct task){ .d = at, .part = { pa, pb }, .step = s };
			continue;
		}
		r = segments_add(&d->out, &(struct segment){ .a = a,
							     .a_len = pa->len,
							     .b = b,
							     .b_len = pa->len,
							     .kind = SEGMENT_SAME,
							     .moved = at.order,
							     .index = FINDING_NONE });
		progress_add(pa->len);
	}
	*ret_count = n;
	return r;
}

static int add_lonely_of_b(struct descent *d, struct step *s)
{
	AUTO_FREE uint64_t *a_border = reallocarray(NULL, s->layout[1]->count + 1, sizeof(*a_border));
	uint64_t border = s->layout[0]->base;
	size_t i;
	int r = 0;

	if (!a_border)
		return -ENOMEM;
	memset(a_border, 0, (s->layout[1]->count + 1) * sizeof(*a_border));
	for (i = 0; i < s->layout[0]->count; i++)
		if (s->b_of_a[i] != NO_PARTNER)
			a_border[s->b_of_a[i]] = part_end(s->layout[0], &s->layout[0]->parts[i]);
	for (i = 0; r >= 0 && i < s->layout[1]->count; i++) {
		if (s->b_taken[i])
			border = a_border[i];
		else
			r = add_lonely(d, s, &s->layout[1]->parts[i], 1, border);
	}
	return r;
}

static void note_malformed(struct descent *d, const struct layout *l, int side, const char *path)
{
	size_t i;

	for (i = 0; i < l->note_count; i++)
		workspace_note(d->w, "%c: %s%soffset 0x%llx: %s", 'A' + side, path, *path ? ": " : "",
			       (unsigned long long)(l->base + l->notes[i].off), l->notes[i].text);
}

int descend_layouts(struct descent *d, struct layout *a, struct layout *b, const char *path)
{
	struct step s = { .layout = { a, b }, .path = path };
	AUTO_FREE struct task *tasks = NULL;
	size_t count = 0;
	int r = pair_parts(&s);

	note_malformed(d, a, 0, path);
	note_malformed(d, b, 1, path);
	if (r >= 0)
		tasks = calloc(a->count + 1, sizeof(*tasks));
	if (r >= 0)
		r = tasks ? sort_pairs(d, &s, tasks, &count) : -ENOMEM;
	if (r >= 0)
		r = add_lonely_of_b(d, &s);
	if (r >= 0)
		r = run_tasks(d, tasks, count);
	free(s.b_of_a);
	free(s.b_taken);
	return r;
}
