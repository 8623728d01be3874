/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The findings of one space while it grows: looked up by (cause, class, what
 * it follows from), each with an exact count of places and a bounded number of
 * them kept.  Which ones are kept does not depend on the threads' order: the
 * lowest offsets win.
 */
#include "reprocheck/compare/workspace.h"

#include "analyzers/entropy.h"
#include "base/buffer.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EXCERPT 160

static uint32_t finding_find(const struct workspace *w, const struct cause *cause, enum byte_class class,
			     uint32_t from, axis_set axes)
{
	size_t i;

	for (i = 0; i < w->finding_count; i++) {
		const struct growing_finding *g = &w->findings[i];

		if (g->f.cause == cause && g->f.class == class && g->key == from &&
		    (class == CLASS_DERIVED || g->f.axes == axes))
			return (uint32_t)i;
	}
	return FINDING_NONE;
}

static uint32_t finding_add(struct workspace *w, const struct cause *cause, enum byte_class class,
			    enum evidence level, uint32_t from, axis_set axes)
{
	struct growing_finding *g;

	if (w->finding_count == w->finding_capacity) {
		size_t capacity = w->finding_capacity ? 2 * w->finding_capacity : 16;

		g = reallocarray(w->findings, capacity, sizeof(*g));
		if (!g) {
			w->error = -ENOMEM;
			return FINDING_NONE;
		}
		w->findings = g;
		w->finding_capacity = capacity;
	}
	g = &w->findings[w->finding_count];
	*g = (struct growing_finding){ .f = { .cause = cause, .class = class, .level = level, .axes = axes },
				       .keep_to = UINT64_MAX };
	g->key = from;
	if (from != FINDING_NONE)
		g->from[g->from_count++] = from;
	return (uint32_t)w->finding_count++;
}

uint32_t finding_get(struct workspace *w, const struct cause *cause, enum byte_class class,
		     enum evidence level, uint32_t from, axis_set axes)
{
	uint32_t r;

	pthread_mutex_lock(&w->lock);
	r = finding_find(w, cause, class, from, axes);
	if (r == FINDING_NONE)
		r = finding_add(w, cause, class, level, from, axes);
	else
		w->findings[r].f.axes |= axes; /* derived ones follow from several */
	pthread_mutex_unlock(&w->lock);
	return r;
}

bool finding_is(struct workspace *w, uint32_t finding, const char *cause)
{
	bool is;

	pthread_mutex_lock(&w->lock);
	is = strcmp(w->findings[finding].f.cause->id, cause) == 0;
	pthread_mutex_unlock(&w->lock);
	return is;
}

enum byte_class finding_class(struct workspace *w, uint32_t finding)
{
	enum byte_class class;

	pthread_mutex_lock(&w->lock);
	class = w->findings[finding].f.class;
	pthread_mutex_unlock(&w->lock);
	return class;
}

/* By what they are, not by when some thread met them. */
static int compare_from(const struct workspace *w, uint32_t x, uint32_t y)
{
	const struct finding *p = &w->findings[x].f, *q = &w->findings[y].f;
	int c = strcmp(p->cause->id, q->cause->id);

	if (c != 0)
		return c;
	return p->class != q->class ? (int)p->class - (int)q->class : (x > y) - (x < y);
}

void finding_add_from(struct workspace *w, uint32_t finding, uint32_t from)
{
	const uint32_t most = sizeof(((struct growing_finding *)0)->from) / sizeof(uint32_t);
	struct growing_finding *g;
	uint32_t i, n;

	if (finding == FINDING_NONE || from == FINDING_NONE)
		return;
	pthread_mutex_lock(&w->lock);
	g = &w->findings[finding];
	n = g->from_count;
	for (i = 0; i < n && compare_from(w, g->from[i], from) < 0; i++)
		;
	if (i < most && (i == n || g->from[i] != from)) {
		n = n < most ? n + 1 : most;
		memmove(&g->from[i + 1], &g->from[i], (n - 1 - i) * sizeof(g->from[0]));
		g->from[i] = from;
		g->from_count = n;
	}
	pthread_mutex_unlock(&w->lock);
}

/* What stands there: the string that the run is part of, else its bytes in hex. */
static void excerpt(struct buffer *out, const struct workspace *w, const struct run *run, int side)
{
	const uint8_t *data = w->data[side];
	uint64_t off = run->off[side], len = run->len[side], start, text_len, i;

	if (!len && off)
		off--;
	if (printable_context(data, w->size[side], off, len ? len : 1, &start, &text_len) != PRINTABLE_NONE) {
		if (off - start > EXCERPT / 2) {
			text_len -= off - start - EXCERPT / 2;
			start = off - EXCERPT / 2;
			(void)buffer_puts(out, "...");
		}
		(void)buffer_quote(out, data + start, text_len, EXCERPT);
		return;
	}
	for (i = 0; i < len && i < 32; i++)
		(void)buffer_printf(out, "%s%02x", i ? " " : "", data[run->off[side] + i]);
	if (len > 32)
		(void)buffer_puts(out, " ...");
}

static const char *excerpt_string(struct workspace *w, const struct run *run, int side)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(4096);

	excerpt(&b, w, run, side);
	return b.len ? engine_strdup(w->engine, buffer_str(&b)) : NULL;
}

static const char *describe(struct workspace *w, const struct run *run, int side,
			    bool (*fn)(const struct layout *, const struct part *, uint64_t, char *, size_t))
{
	char text[1024] = "";

	if (!fn || !run->layout[side] ||
	    !fn(run->layout[side], run->part[side], run->off[side] - run->layout[side]->base, text,
		sizeof(text)))
		return NULL;
	return engine_strdup(w->engine, text);
}

static struct place make_place(struct workspace *w, const struct run *run, const char *detail)
{
	int known = run->layout[0] ? 0 : 1;
	const struct analyzer *an = run->layout[known] ? run->layout[known]->analyzer : NULL;
	struct place p = {
		.path = run->path,
		/* Names of parts die with their layout. */
		.region = engine_strdup(w->engine, run->field         ? run->field->name
						   : run->part[known] ? run->part[known]->name
								      : run->path),
		.a_off = run->off[0],
		.a_len = run->len[0],
		.b_off = run->off[1],
		.b_len = run->len[1],
		.a_text = excerpt_string(w, run, 0),
		.b_text = excerpt_string(w, run, 1),
	};

	if (an) {
		p.symbol = describe(w, run, known, an->describe);
		p.a_context = describe(w, run, 0, an->context);
		p.b_context = describe(w, run, 1, an->context);
	}
	if (detail && *detail)
		p.detail = engine_strdup(w->engine, detail);
	return p;
}

static int compare_places(const void *x, const void *y)
{
	const struct place *p = &((const struct kept_place *)x)->p, *q = &((const struct kept_place *)y)->p;

	if (p->a_off != q->a_off)
		return p->a_off < q->a_off ? -1 : 1;
	if (p->b_off != q->b_off)
		return p->b_off < q->b_off ? -1 : 1;
	return p->a_len != q->a_len ? (p->a_len < q->a_len ? -1 : 1)
				    : (p->b_len > q->b_len) - (p->b_len < q->b_len);
}

static void shrink_places(struct growing_finding *g, size_t most)
{
	if (!g->kept_count)
		return;
	qsort(g->kept, g->kept_count, sizeof(*g->kept), compare_places);
	while (g->kept_count > most)
		layout_unref(g->kept[--g->kept_count].image);
}

/* Counts the place; true when it is worth being kept (it may still lose to lower offsets later). */
static bool place_wanted(struct workspace *w, struct growing_finding *g, uint64_t a_off)
{
	size_t most = w->engine->places_max;

	g->f.place_count++;
	if (g->kept_count / 2 >= most) {
		shrink_places(g, most);
		g->keep_to = g->kept[most - 1].p.a_off;
	}
	return a_off <= g->keep_to;
}

static void place_keep(struct workspace *w, struct growing_finding *g, const struct kept_place *p)
{
	if (g->kept_count == g->kept_capacity) {
		size_t capacity = g->kept_capacity ? 2 * g->kept_capacity : 4;
		struct kept_place *kept = reallocarray(g->kept, capacity, sizeof(*kept));

		if (!kept) {
			w->error = -ENOMEM;
			layout_unref(p->image);
			return;
		}
		g->kept = kept;
		g->kept_capacity = capacity;
	}
	g->kept[g->kept_count++] = *p;
}

static bool count_place(struct workspace *w, uint32_t finding, uint64_t a_off)
{
	bool wanted;

	pthread_mutex_lock(&w->lock);
	wanted = place_wanted(w, &w->findings[finding], a_off);
	pthread_mutex_unlock(&w->lock);
	return wanted;
}

void finding_place(struct workspace *w, uint32_t finding, const struct run *run, const char *detail)
{
	struct kept_place p = { .side = run->layout[0] ? 0 : 1 };

	if (finding == FINDING_NONE || !count_place(w, finding, run->off[0]))
		return;
	p.p = make_place(w, run, detail);
	if (run->layout[p.side])
		p.image = sources_image(w, run->layout[p.side]);
	pthread_mutex_lock(&w->lock);
	place_keep(w, &w->findings[finding], &p);
	pthread_mutex_unlock(&w->lock);
}

void finding_shift(struct workspace *w, uint32_t finding, const struct segment *g,
		   const struct segment *mover)
{
	struct kept_place p = { .p = { .path = "",
				       .region = "content",
				       .a_off = g->a,
				       .a_len = g->a_len,
				       .b_off = g->b,
				       .b_len = g->b_len } };
	bool back = g->b < g->a;
	unsigned long long n = back ? g->a - g->b : g->b - g->a;

	if (!count_place(w, finding, g->a))
		return;
	p.p.detail = !mover ? engine_printf(w->engine, "moved by %c%llu", back ? '-' : '+', n)
		     : mover->a_len == mover->b_len
			     ? engine_printf(w->engine, "moved by %c%llu: the order changed at 0x%llx",
					     back ? '-' : '+', n, (unsigned long long)mover->a)
			     : engine_printf(w->engine, "moved by %c%llu: %llu bytes became %llu at 0x%llx",
					     back ? '-' : '+', n, (unsigned long long)mover->a_len,
					     (unsigned long long)mover->b_len, (unsigned long long)mover->a);
	pthread_mutex_lock(&w->lock);
	place_keep(w, &w->findings[finding], &p);
	pthread_mutex_unlock(&w->lock);
}

void finding_release(struct growing_finding *g)
{
	while (g->kept_count)
		layout_unref(g->kept[--g->kept_count].image);
	free(g->kept);
}

/* Primaries by bytes, then unexplained, then derived. */
static int compare_findings(const void *x, const void *y)
{
	static const int rank[CLASS_COUNT] = {
		[CLASS_PRIMARY] = 0, [CLASS_UNEXPLAINED] = 1, [CLASS_DERIVED] = 2
	};
	const struct finding *p = x, *q = y;

	if (p->class != q->class)
		return rank[p->class] - rank[q->class];
	if (p->bytes != q->bytes)
		return p->bytes > q->bytes ? -1 : 1;
	return strcmp(p->id, q->id);
}

/* The primaries behind a derived finding, followed through derived ones. */
static void collect_from(struct workspace *w, const struct growing_finding *g, const struct cause **out,
			 size_t *count, unsigned depth)
{
	uint32_t i;
	size_t k;

	for (i = 0; i < g->from_count && depth < 8; i++) {
		const struct growing_finding *up = &w->findings[g->from[i]];

		if (up->from_count) {
			collect_from(w, up, out, count, depth + 1);
			continue;
		}
		for (k = 0; k < *count && out[k] != up->f.cause; k++)
			;
		if (k == *count && *count < 8)
			out[(*count)++] = up->f.cause;
	}
}

/* What follows is moved by whatever moves what it follows from. */
static axis_set derived_axes(const struct workspace *w, const struct growing_finding *g, unsigned depth)
{
	axis_set axes = g->f.axes;
	uint32_t i;

	for (i = 0; i < g->from_count && depth < 8; i++)
		axes |= derived_axes(w, &w->findings[g->from[i]], depth + 1);
	return axes;
}

static int finish_one(struct workspace *w, struct growing_finding *g)
{
	const struct cause *from[8];
	struct finding *f = &g->f;
	struct comparison *c = w->engine->result;
	size_t i;

	collect_from(w, g, from, &f->from_count, 0);
	f->axes = derived_axes(w, g, 0);
	f->id = engine_printf(w->engine, "%s@%s%s%s", f->cause->id, w->space->name, f->from_count ? "<" : "",
			      f->from_count ? from[0]->id : "");
	pthread_mutex_lock(&c->lock);
	f->from = arena_array(&c->arena, f->from_count + 1, sizeof(*f->from));
	f->places = arena_array(&c->arena, g->kept_count + 1, sizeof(*f->places));
	pthread_mutex_unlock(&c->lock);
	if (!f->id || !f->from || !f->places)
		return -ENOMEM;
	memcpy(f->from, from, f->from_count * sizeof(*from));
	for (i = 0; i < g->kept_count; i++)
		f->places[i] = g->kept[i].p;
	f->places_kept = g->kept_count;
	if (f->places_kept)
		f->detail = f->places[0].detail;
	return 0;
}

/* Two findings of one cause (of another class, or that follow from others) are told apart. `f` is sorted. */
static int make_ids_unique(struct workspace *w, struct finding *f, size_t n)
{
	size_t i, k, same;

	for (i = 1; i < n; i++) {
		size_t len = strlen(f[i].id);

		for (same = k = 0; k < i; k++)
			same += strncmp(f[k].id, f[i].id, len) == 0 && (!f[k].id[len] || f[k].id[len] == '~');
		if (same)
			f[i].id = engine_printf(w->engine, "%s~%zu", f[i].id, same + 1);
		if (!f[i].id)
			return -ENOMEM;
	}
	return 0;
}

int findings_finish(struct workspace *w)
{
	struct comparison *c = w->engine->result;
	struct finding *out;
	size_t i, n = 0;

	pthread_mutex_lock(&c->lock);
	out = arena_array(&c->arena, w->finding_count + 1, sizeof(*out));
	pthread_mutex_unlock(&c->lock);
	if (!out)
		return -ENOMEM;
	for (i = 0; i < w->finding_count; i++)
		shrink_places(&w->findings[i], w->engine->places_max);
	if (!w->engine->no_source)
		sources_look_up(w);
	for (i = 0; i < w->finding_count; i++) {
		struct finding *f = &w->findings[i].f;
		int r = finish_one(w, &w->findings[i]);

		if (r < 0)
			return r;
		w->space->totals.by_class[f->class] += f->bytes;
		if (f->bytes)
			out[n++] = *f;
	}
	qsort(out, n, sizeof(*out), compare_findings);
	w->space->findings = out;
	w->space->finding_count = n;
	return make_ids_unique(w, out, n);
}
