/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/report/summary.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Reports lead with what must be fixed, then what nobody knows, then what follows. */
static int class_rank(enum byte_class c)
{
	static const int rank[CLASS_COUNT] = {
		[CLASS_PRIMARY] = 0, [CLASS_UNEXPLAINED] = 1, [CLASS_DERIVED] = 2
	};

	return rank[c];
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static bool same_group(const struct finding *x, const struct finding *y)
{
	return x->class == y->class && strcmp(x->cause->id, y->cause->id) == 0;
}

/* Within a space; of the same id, as they stand there. */
static int by_id(const struct finding *x, const struct finding *y)
{
	int r = strcmp(x->id, y->id);

	return r ? r : (x > y) - (x < y);
}

/* By class, cause, space: so that a group is one slice and its spaces come in order. */
static int by_group(const void *a, const void *b)
{
	const struct ranked_finding *x = a, *y = b;
	int r = class_rank(x->finding->class) - class_rank(y->finding->class);

	if (r == 0)
		r = strcmp(x->finding->cause->id, y->finding->cause->id);
	if (r == 0)
		r = compare_numbers(x->space_index, y->space_index);
	return r ? r : by_id(x->finding, y->finding);
}

static int by_bytes(const void *a, const void *b)
{
	const struct ranked_finding *x = a, *y = b;
	int r = compare_numbers(y->finding->bytes, x->finding->bytes);

	if (r == 0)
		r = compare_numbers(x->space_index, y->space_index);
	return r ? r : by_id(x->finding, y->finding);
}

static int by_importance(const void *a, const void *b)
{
	const struct cause_summary *x = a, *y = b;
	int r = class_rank(x->class) - class_rank(y->class);

	if (r == 0)
		r = compare_numbers(y->bytes, x->bytes);
	return r ? r : strcmp(x->cause->id, y->cause->id);
}

static void add_from(struct cause_summary *s, const struct finding *f)
{
	size_t i, k;

	for (i = 0; i < f->from_count; i++) {
		for (k = 0; k < s->from_count; k++)
			if (strcmp(s->from[k]->id, f->from[i]->id) == 0)
				break;
		if (k == s->from_count && k < SUMMARY_FROM_MAX)
			s->from[s->from_count++] = f->from[i];
	}
}

static void add_finding(struct cause_summary *s, const struct ranked_finding *r)
{
	const struct finding *f = r->finding;

	s->bytes += f->bytes;
	s->root_bytes += r->space->depth == 0 ? f->bytes : 0;
	s->places += f->place_count;
	s->accepted += finding_accepted(f);
	if (f->level < s->level)
		s->level = f->level;
	add_from(s, f);
}

/* One cause: the slice of `r` that has it. */
static struct cause_summary summarise(struct ranked_finding *r, size_t count)
{
	struct cause_summary s = { .cause = r->finding->cause,
				   .class = r->finding->class,
				   .level = r->finding->level,
				   .findings = r,
				   .count = count };
	size_t i;

	for (i = 0; i < count; i++) {
		add_finding(&s, &r[i]);
		s.spaces += i == 0 || r[i].space != r[i - 1].space;
		s.files += i == 0 || space_root(r[i].space) != space_root(r[i - 1].space);
	}
	qsort(r, count, sizeof(*r), by_bytes);
	return s;
}

static size_t collect(const struct comparison *c, struct ranked_finding *out)
{
	size_t i, k, n = 0;

	for (i = 0; i < c->space_count; i++) {
		const struct space *s = c->spaces[i];

		for (k = 0; k < s->finding_count; k++, n++)
			if (out)
				out[n] = (struct ranked_finding){ i, s, &s->findings[k] };
	}
	return n;
}

static void group(struct summary *s)
{
	size_t i, end;

	for (i = 0; i < s->finding_count; i = end) {
		for (end = i + 1; end < s->finding_count; end++)
			if (!same_group(s->findings[i].finding, s->findings[end].finding))
				break;
		s->causes[s->cause_count] = summarise(s->findings + i, end - i);
		s->accepted += s->causes[s->cause_count++].accepted;
	}
	qsort(s->causes, s->cause_count, sizeof(*s->causes), by_importance);
}

static void count_files(const struct comparison *c, struct summary *s)
{
	size_t i;

	for (i = 0; i < c->space_count; i++) {
		if (c->spaces[i]->depth > 0)
			continue;
		s->files_in_trouble += c->spaces[i]->status == SPACE_TROUBLE;
		s->files_differing +=
			c->spaces[i]->status != SPACE_SAME && c->spaces[i]->status != SPACE_TROUBLE;
	}
}

int summary_make(const struct comparison *c, struct summary *ret)
{
	struct summary s = { .finding_count = collect(c, NULL) };

	s.findings = calloc(s.finding_count + 1, sizeof(*s.findings));
	s.causes = calloc(s.finding_count + 1, sizeof(*s.causes));
	if (!s.findings || !s.causes) {
		summary_release(&s);
		return -ENOMEM;
	}
	(void)collect(c, s.findings);
	qsort(s.findings, s.finding_count, sizeof(*s.findings), by_group);
	group(&s);
	count_files(c, &s);
	*ret = s;
	return 0;
}

void summary_release(struct summary *s)
{
	free(s->findings);
	free(s->causes);
	*s = (struct summary){ 0 };
}

size_t summary_count_class(const struct summary *s, enum byte_class class)
{
	size_t i, n = 0;

	for (i = 0; i < s->cause_count; i++)
		n += s->causes[i].class == class;
	return n;
}

const char *space_title(const struct space *s)
{
	if (s->name && s->name[0])
		return s->name;
	if (s->b_name)
		return s->b_name;
	return s->a_name ? s->a_name : "(unnamed)";
}

const char *space_short_name(const struct space *s)
{
	const char *name = space_title(s), *outer = s->parent ? space_title(s->parent) : "";
	size_t len = strlen(outer);

	if (len && strncmp(name, outer, len) == 0 && name[len] == '/')
		return name + len + strspn(name + len, "/");
	return name;
}

const struct space *space_root(const struct space *s)
{
	while (s->parent)
		s = s->parent;
	return s;
}

char *place_full_path(const struct space *s, const struct place *p)
{
	char *out;

	if (!p->path || !p->path[0])
		return strdup(space_title(s));
	if (asprintf(&out, "%s//%s", space_title(s), p->path) < 0)
		return NULL;
	return out;
}

char *entry_id(const struct entry_difference *e)
{
	char *out, *p;

	if (asprintf(&out, "entry-%s@%s", e->what, e->name) < 0)
		return NULL;
	for (p = out; p < out + strlen("entry-") + strlen(e->what); p++)
		if (*p == ' ')
			*p = '-';
	return out;
}

static bool continues_character(const char *s)
{
	return ((unsigned char)*s & 0xc0) == 0x80;
}

/* Moves a cut that fell inside "\xNN", "\\" or a UTF-8 sequence back to its start. */
static size_t cut_before(const char *s, size_t at)
{
	size_t start = 0, i = 0;

	while (i < at) {
		start = i;
		if (s[i] == '\\')
			i += s[i + 1] == 'x' && s[i + 2] && s[i + 3] ? 4 : s[i + 1] ? 2 : 1;
		else
			do
				i++;
			while (continues_character(s + i));
	}
	return i == at ? at : start;
}

/* The same towards the end: the number of bytes from the first whole character at or after `at`. */
static size_t cut_after(const char *s, size_t at)
{
	size_t len = strlen(s), before = cut_before(s, at);

	if (before == at)
		return len - at;
	while (at < len && cut_before(s, at) != at)
		at++;
	return len - at;
}

struct shared_ends shared_ends(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b), n = na < nb ? na : nb, prefix = 0, suffix = 0, cut;

	while (prefix < n && a[prefix] == b[prefix])
		prefix++;
	cut = cut_before(a, prefix);
	prefix = cut_before(b, prefix);
	prefix = cut < prefix ? cut : prefix;
	while (suffix < n - prefix && a[na - 1 - suffix] == b[nb - 1 - suffix])
		suffix++;
	cut = cut_after(a, na - suffix);
	suffix = cut_after(b, nb - suffix);
	return (struct shared_ends){ prefix, cut < suffix ? cut : suffix };
}
