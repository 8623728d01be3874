/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranges are appended as they come, and flattened when the map is sealed: a
 * sweep over their ends gives disjoint spans, ascending, each with the union of
 * axes over it, so that a question is a binary search and a short walk.
 */
#include "reprocheck/run/axis_map.h"

#include "base/digest.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define RANGES_MAX ((size_t)1 << 20) /* of one space, before near ones are joined */
#define BUCKETS    1024

struct range {
	uint64_t from, to;
	axis_set axes;
};

/* One space's ranges, or (with `what`) one difference between entries. */
struct subject {
	struct subject *next;
	char *name, *what;
	struct range *ranges;
	size_t count, capacity;
	axis_set axes; /* the union */
};

struct axis_map {
	pthread_mutex_t lock;
	struct subject *buckets[BUCKETS];
	axis_set all;
};

int axis_map_new(struct axis_map **ret)
{
	struct axis_map *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	(void)pthread_mutex_init(&m->lock, NULL);
	*ret = m;
	return 0;
}

void axis_map_free(struct axis_map *m)
{
	size_t i;

	for (i = 0; m && i < BUCKETS; i++)
		while (m->buckets[i]) {
			struct subject *s = m->buckets[i];

			m->buckets[i] = s->next;
			free(s->name);
			free(s->what);
			free(s->ranges);
			free(s);
		}
	if (m)
		(void)pthread_mutex_destroy(&m->lock);
	free(m);
}

/* A pair of differently named files is "a -> b", decoded contents "a -> b//inner": only A's name is the same in all comparisons. */
static char *key_of(const char *name)
{
	const char *arrow = strstr(name, " -> "), *rest = arrow ? strstr(arrow, "//") : NULL;
	char *key = strdup(name);

	if (!key || !arrow)
		return key;
	key[arrow - name] = '\0';
	if (rest)
		memmove(key + (arrow - name), rest, strlen(rest) + 1);
	return key;
}

static size_t bucket_of(const char *key, const char *what)
{
	return hash64(key, strlen(key), *what ? hash64(what, strlen(what), 1) : 0) % BUCKETS;
}

static struct subject *list_find(struct subject *s, const char *key, const char *what)
{
	while (s && (strcmp(s->name, key) != 0 || strcmp(s->what, what) != 0))
		s = s->next;
	return s;
}

/* `what` is "" for a space. */
static const struct subject *subject_find(const struct axis_map *m, const char *name, const char *what)
{
	AUTO_FREE char *key = key_of(name);

	return key ? list_find(m->buckets[bucket_of(key, what)], key, what) : NULL;
}

static struct subject *subject_new(const char *key, const char *what)
{
	struct subject *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->name = strdup(key);
	s->what = strdup(what);
	if (s->name && s->what)
		return s;
	free(s->name);
	free(s->what);
	free(s);
	return NULL;
}

static struct subject *subject_get(struct axis_map *m, const char *name, const char *what)
{
	AUTO_FREE char *key = key_of(name);
	struct subject **bucket, *s;

	if (!key)
		return NULL;
	bucket = &m->buckets[bucket_of(key, what)];
	s = list_find(*bucket, key, what);
	if (s)
		return s;
	s = subject_new(key, what);
	if (s) {
		s->next = *bucket;
		*bucket = s;
	}
	return s;
}

/* The ends of ranges, in order: where an axis set begins to hold (+1) or no longer does (-1). */
struct end {
	uint64_t at;
	axis_set axes;
	int step;
};

static int compare_ends(const void *x, const void *y)
{
	const struct end *p = x, *q = y;

	return (p->at > q->at) - (p->at < q->at);
}

static axis_set step_axes(unsigned counts[32], const struct end *e)
{
	axis_set now = 0;
	unsigned i;

	for (i = 0; i < 32; i++) {
		if (e->axes & AXIS_BIT(i))
			counts[i] += (unsigned)e->step;
		if (counts[i])
			now |= AXIS_BIT(i);
	}
	return now;
}

static size_t sweep(const struct end *ends, size_t n, struct range *out)
{
	unsigned counts[32] = { 0 };
	axis_set now = 0;
	size_t i, count = 0;
	uint64_t from = 0;

	for (i = 0; i < n; i++) {
		if (now && ends[i].at > from) {
			if (count && out[count - 1].to == from && out[count - 1].axes == now)
				out[count - 1].to = ends[i].at;
			else
				out[count++] = (struct range){ from, ends[i].at, now };
		}
		from = ends[i].at;
		now = step_axes(counts, &ends[i]);
	}
	return count;
}

/* N ranges have 2N ends, so at most 2N - 1 spans. */
static int subject_flatten(struct subject *s)
{
	AUTO_FREE struct end *ends = reallocarray(NULL, s->count + 1, 2 * sizeof(*ends));
	struct range *out = reallocarray(NULL, s->count + 1, 2 * sizeof(*out));
	size_t i;

	if (!ends || !out) {
		free(out);
		return -ENOMEM;
	}
	for (i = 0; i < s->count; i++) {
		ends[2 * i] = (struct end){ s->ranges[i].from, s->ranges[i].axes, 1 };
		ends[2 * i + 1] = (struct end){ s->ranges[i].to, s->ranges[i].axes, -1 };
	}
	qsort(ends, 2 * s->count, sizeof(*ends), compare_ends);
	s->capacity = 2 * (s->count + 1);
	s->count = sweep(ends, 2 * s->count, out);
	free(s->ranges);
	s->ranges = out;
	return 0;
}

/* Too many: those less than `gap` apart become one, with a wider gap until half of the room is free. */
static int subject_thin(struct subject *s)
{
	uint64_t gap;
	int r = subject_flatten(s);

	for (gap = 16; r >= 0 && s->count > RANGES_MAX / 2; gap *= 4) {
		size_t i, n = 1;

		for (i = 1; i < s->count; i++) {
			struct range *last = &s->ranges[n - 1];

			if (s->ranges[i].from - last->to < gap) {
				last->to = s->ranges[i].to;
				last->axes |= s->ranges[i].axes;
			} else {
				s->ranges[n++] = s->ranges[i];
			}
		}
		s->count = n;
	}
	return r;
}

static int subject_add(struct subject *s, struct range range)
{
	struct range *last = s->count ? &s->ranges[s->count - 1] : NULL;

	s->axes |= range.axes;
	if (last && last->axes == range.axes && range.from <= last->to && range.from >= last->from) {
		last->to = range.to > last->to ? range.to : last->to;
		return 0;
	}
	if (s->count >= RANGES_MAX && subject_thin(s) < 0)
		return -ENOMEM;
	if (s->count == s->capacity) {
		size_t capacity = s->capacity ? 2 * s->capacity : 16;
		struct range *ranges = reallocarray(s->ranges, capacity, sizeof(*ranges));

		if (!ranges)
			return -ENOMEM;
		s->ranges = ranges;
		s->capacity = capacity;
	}
	s->ranges[s->count++] = range;
	return 0;
}

/* What touches an empty range meets it: it stands for the bytes on both sides. */
static struct range widened(uint64_t off, uint64_t len, axis_set axes)
{
	if (!len)
		return (struct range){ off ? off - 1 : 0, off + 1, axes };
	return (struct range){ off, off + len, axes };
}

int axis_map_add(struct axis_map *m, const char *space, uint64_t off, uint64_t len, axis_set axes)
{
	struct subject *s;
	int r;

	pthread_mutex_lock(&m->lock);
	s = subject_get(m, space, "");
	r = s ? subject_add(s, widened(off, len, axes)) : -ENOMEM;
	m->all |= axes;
	pthread_mutex_unlock(&m->lock);
	return r;
}

int axis_map_add_entry(struct axis_map *m, const char *name, const char *what, axis_set axes)
{
	struct subject *s, *any;

	pthread_mutex_lock(&m->lock);
	s = subject_get(m, name, what);
	any = subject_get(m, "", what);
	if (s && any) {
		s->axes |= axes;
		any->axes |= axes;
		m->all |= axes;
	}
	pthread_mutex_unlock(&m->lock);
	return s && any ? 0 : -ENOMEM;
}

int axis_map_seal(struct axis_map *m)
{
	struct subject *s;
	size_t i;
	int r = 0;

	for (i = 0; i < BUCKETS; i++)
		for (s = m->buckets[i]; r >= 0 && s; s = s->next)
			r = s->count ? subject_flatten(s) : 0;
	return r;
}

static int merge_subject(struct axis_map *m, const struct subject *from)
{
	struct subject *to = subject_get(m, from->name, from->what);
	size_t i;
	int r = to ? 0 : -ENOMEM;

	for (i = 0; r >= 0 && i < from->count; i++)
		r = subject_add(to, from->ranges[i]);
	if (r >= 0)
		to->axes |= from->axes;
	return r;
}

int axis_map_merge(struct axis_map *m, const struct axis_map *from)
{
	const struct subject *s;
	size_t i;
	int r = 0;

	for (i = 0; i < BUCKETS; i++)
		for (s = from->buckets[i]; r >= 0 && s; s = s->next)
			r = merge_subject(m, s);
	m->all |= from->all;
	return r;
}

/* The first range that ends behind `from`. */
static size_t first_range(const struct subject *s, uint64_t from)
{
	size_t lo = 0, hi = s ? s->count : 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->ranges[mid].to <= from)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

uint64_t axis_map_border(const struct axis_map *m, const char *space, uint64_t off, uint64_t len)
{
	const struct subject *s = subject_find(m, space, "");
	axis_set first = 0;
	size_t i;

	for (i = first_range(s, off); s && i < s->count && s->ranges[i].from < off + len; i++) {
		const struct range *r = &s->ranges[i];

		if (first && r->axes != first)
			return r->from - off;
		first = r->axes;
	}
	return len;
}

axis_set axis_map_at(const struct axis_map *m, const char *space, uint64_t off, uint64_t len)
{
	const struct subject *s = subject_find(m, space, "");
	struct range ask = widened(off, len, 0);
	size_t lo = first_range(s, ask.from);

	for (; s && lo < s->count && s->ranges[lo].from < ask.to; lo++)
		ask.axes |= s->ranges[lo].axes;
	return ask.axes;
}

axis_set axis_map_entry(const struct axis_map *m, const char *name, const char *what)
{
	const struct subject *s = subject_find(m, name, what);

	if (!s)
		s = subject_find(m, "", what);
	return s ? s->axes : 0;
}

axis_set axis_map_union(const struct axis_map *m)
{
	return m->all;
}
