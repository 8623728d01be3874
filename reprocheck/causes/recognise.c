/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all recognisers need: the field or the text that a difference stands
 * in, and words and tokens of that text.
 */
#include "reprocheck/causes/recognisers.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void recognised(struct recognition *r, int score, const char *fmt, ...)
{
	va_list ap;

	if (score <= r->score)
		return;
	r->score = score;
	va_start(ap, fmt);
	(void)vsnprintf(r->detail, sizeof(r->detail), fmt, ap);
	va_end(ap);
}

bool is_path_char(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f && !strchr("\"'`<>|:;,=()[]{}*?$&!", c);
}

/* --- the difference --- */

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

bool format_is(const struct difference *d, const char *format)
{
	return !strcmp(or_empty(d->format), format);
}

bool region_has(const struct difference *d, const char *word)
{
	return strcasestr(or_empty(d->region), word) || strcasestr(or_empty(d->path), word);
}

bool region_is(const struct difference *d, const char *name)
{
	return !strcmp(or_empty(d->region), name);
}

bool section_is(const struct difference *d, const char *prefix)
{
	size_t n = strlen(prefix);

	return !strncmp(or_empty(d->section), prefix, n) || !strncmp(or_empty(d->region), prefix, n);
}

bool in_image(const struct difference *d)
{
	const struct layout *l = d->side[0].layout ? d->side[0].layout : d->side[1].layout;

	return format_is(d, "elf") || format_is(d, "pe") || format_is(d, "macho") || format_is(d, "wasm") ||
	       (l && l->image && !format_is(d, "text"));
}

bool in_text(const struct difference *d)
{
	return !in_image(d) && !is_field(d);
}

bool in_debug(const struct difference *d)
{
	return section_is(d, ".debug_") || section_is(d, ".zdebug_") || section_is(d, ".gnu.debuglto_") ||
	       strstr(or_empty(d->path), ".debug_") || strstr(or_empty(d->file), "//.debug_") ||
	       section_is(d, "__debug_") || section_is(d, ".stab");
}

static const struct part *any_part(const struct difference *d)
{
	return d->side[0].part ? d->side[0].part : d->side[1].part;
}

bool is_field(const struct difference *d)
{
	const struct part *p = any_part(d);

	return d->field || (p && p->kind == PART_FIELD);
}

enum meaning meaning_of(const struct difference *d)
{
	const struct part *p = any_part(d);

	if (d->field)
		return d->field->meaning;
	return p && p->kind == PART_FIELD ? p->meaning : MEANS_NOTHING;
}

/* The value of one field of one record, in the record that the run stands in. */
static bool record_number(const struct difference *d, const struct side *s, uint64_t *ret)
{
	const struct record_field *f = d->field;
	uint64_t size = s->part && s->part->records ? s->part->records->size : 0;
	uint64_t at;

	if (!size || !f->len || f->len > 8 || (f->coding != CODED_LE && f->coding != CODED_BE))
		return false;
	at = s->at / size * size + f->off;
	if (!range_inside(at, f->len, s->leaf_len))
		return false;
	*ret = load_uint(s->leaf + at, f->len, f->coding == CODED_BE);
	return true;
}

bool field_numbers(const struct difference *d, uint64_t v[2])
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		const struct side *s = &d->side[i];

		if (!s->layout || !s->part)
			return false;
		if (d->field ? !record_number(d, s, &v[i]) : !part_number(s->layout, s->part, &v[i]))
			return false;
	}
	return true;
}

bool field_texts(const struct difference *d, struct token t[2])
{
	unsigned i;

	if (!is_field(d) || d->field)
		return false;
	for (i = 0; i < 2; i++) {
		const char *p = (const char *)d->side[i].leaf;
		size_t n = p ? d->side[i].leaf_len : 0;

		while (n && (p[n - 1] == '\0' || p[n - 1] == ' ' || p[n - 1] == '\n'))
			n--;
		if (n > WINDOW_REACH)
			n = WINDOW_REACH;
		t[i] = (struct token){ .p = p, .len = n };
	}
	return true;
}

/* --- windows --- */

static struct window window_cut(const char *p, size_t len, size_t at, uint64_t run)
{
	size_t from = at < len ? at : len;
	size_t to = run < len - from ? from + (size_t)run : len;
	size_t begin = from > WINDOW_REACH ? from - WINDOW_REACH : 0;
	size_t end = len - to > WINDOW_REACH ? to + WINDOW_REACH : len;

	if (to - from > WINDOW_REACH) { /* a long run is known by how it begins */
		to = from + WINDOW_REACH;
		end = to;
	}
	return (struct window){ .p = p + begin, .len = end - begin, .from = from - begin, .to = to - begin };
}

static bool printable(char c)
{
	return c == '\t' || ((unsigned char)c >= ' ' && c != 0x7f);
}

/* A run that takes in the NUL or the line end behind its string is that string all the same. */
static bool terminated_window(const struct side *s, struct window *ret)
{
	const char *p = (const char *)s->leaf;
	uint64_t from, to, len = s->len, i;

	if (!p || !range_inside(s->at, s->len, s->leaf_len))
		return false;
	while (len && (p[s->at + len - 1] == '\0' || p[s->at + len - 1] == '\n'))
		len--;
	for (i = 0; i < len; i++)
		if (i > WINDOW_REACH || !printable(p[s->at + i]))
			return false;
	for (from = s->at; from > 0 && s->at - from < WINDOW_REACH && printable(p[from - 1]);)
		from--;
	for (to = s->at + len; to < s->leaf_len && to - s->at < 2 * WINDOW_REACH && printable(p[to]);)
		to++;
	*ret = window_cut(p + from, (size_t)(to - from), (size_t)(s->at - from), len);
	return to - from >= 4;
}

bool text_windows(const struct difference *d, struct window w[2])
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		if (d->text[i].p && d->text[i].len)
			w[i] = window_cut(d->text[i].p, d->text[i].len, d->text[i].at, d->side[i].len);
		else if (!terminated_window(&d->side[i], &w[i]))
			return false;
	}
	return true;
}

bool leaf_windows(const struct difference *d, struct window w[2])
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		const struct side *s = &d->side[i];

		if (!s->leaf || s->at > s->leaf_len)
			return false;
		w[i] = window_cut((const char *)s->leaf, s->leaf_len, s->at, s->len);
	}
	return true;
}

static unsigned char fold(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool same_folded(const char *p, const char *word, size_t n)
{
	while (n && fold(*p) == fold(*word)) {
		p++;
		word++;
		n--;
	}
	return !n;
}

static bool bytes_have(const char *p, size_t len, const char *word)
{
	size_t n = strlen(word), i;
	unsigned char first = fold(*word);

	for (i = 0; n <= len && i <= len - n; i++)
		if (fold(p[i]) == first && same_folded(p + i, word, n))
			return true;
	return false;
}

bool window_has(const struct window *w, const char *word)
{
	return bytes_have(w->p, w->len, word);
}

bool windows_have(const struct window w[2], const char *word)
{
	return window_has(&w[0], word) && window_has(&w[1], word);
}

bool windows_have_any(const struct window w[2], const char *const *words)
{
	for (; *words; words++)
		if (windows_have(w, *words))
			return true;
	return false;
}

/* --- tokens --- */

struct token token_around(const struct window *w, char_class *member)
{
	size_t from = w->from, to = w->from;

	while (from > 0 && member(w->p[from - 1]))
		from--;
	while (to < w->len && member(w->p[to]))
		to++;
	return (struct token){ .p = w->p + from, .len = to - from, .from = from };
}

bool tokens_around(const struct window w[2], char_class *member, struct token t[2])
{
	t[0] = token_around(&w[0], member);
	t[1] = token_around(&w[1], member);
	return t[0].len && t[1].len && !tokens_equal(t[0], t[1]);
}

static bool word_near(const struct window *w, struct token t, size_t before, size_t after, const char *word)
{
	size_t from = t.from > before ? t.from - before : 0, end = t.from + t.len;
	size_t to = w->len - end > after ? end + after : w->len;

	return bytes_have(w->p + from, t.from - from, word) || bytes_have(w->p + end, to - end, word);
}

bool words_near(const struct window w[2], const struct token t[2], size_t before, size_t after,
		const char *const *words)
{
	for (; *words; words++)
		if (word_near(&w[0], t[0], before, after, *words) &&
		    word_near(&w[1], t[1], before, after, *words))
			return true;
	return false;
}

bool tokens_equal(struct token a, struct token b)
{
	return a.len == b.len && !memcmp(a.p, b.p, a.len);
}

bool token_is(struct token t, const char *s)
{
	return t.len == strlen(s) && !memcmp(t.p, s, t.len);
}

bool token_begins(struct token t, const char *s)
{
	size_t n = strlen(s);

	return t.len >= n && !memcmp(t.p, s, n);
}

bool token_ends(struct token t, const char *s)
{
	size_t n = strlen(s);

	return t.len >= n && !memcmp(t.p + t.len - n, s, n);
}

bool token_has(struct token t, const char *s)
{
	return bytes_have(t.p, t.len, s);
}

bool token_all(struct token t, char_class *member)
{
	size_t i;

	for (i = 0; i < t.len; i++)
		if (!member(t.p[i]))
			return false;
	return t.len > 0;
}

bool token_number(struct token t, unsigned base, uint64_t *ret)
{
	return t.len && token_all(t, is_hex) && parse_ascii_uint((const uint8_t *)t.p, t.len, base, ret);
}

struct token token_slice(struct token t, size_t from, size_t len)
{
	if (from > t.len)
		from = t.len;
	if (len > t.len - from)
		len = t.len - from;
	return (struct token){ .p = t.p + from, .len = len, .from = t.from + from };
}

static bool is_name_char(char c)
{
	return is_word(c) || c == '-' || c == '.';
}

static struct token name_before(const struct window *w, size_t end)
{
	size_t from;

	while (end > 0 && strchr(" \t\"'", w->p[end - 1]))
		end--;
	for (from = end; from > 0 && is_name_char(w->p[from - 1]);)
		from--;
	if (from == end)
		return (struct token){ 0 };
	return (struct token){ .p = w->p + from, .len = end - from, .from = from };
}

struct token first_key(const struct window *w)
{
	size_t line = w->from, i;

	while (line > 0 && w->p[line - 1] != '\n')
		line--;
	for (i = line; i < w->from; i++)
		if (w->p[i] == '=')
			return name_before(w, i);
	return (struct token){ 0 };
}

struct token key_before(const struct window *w)
{
	size_t i = w->from;

	while (i > 0 && w->p[i - 1] != '\n' && w->p[i - 1] != '=' && w->p[i - 1] != ':')
		i--;
	if (i == 0 || w->p[i - 1] == '\n')
		return (struct token){ 0 };
	return name_before(w, i - 1);
}

/* --- facts --- */

bool facts_equal(const char *const fact[2], const struct token t[2])
{
	return fact[0] && fact[1] && *fact[0] && *fact[1] && token_is(t[0], fact[0]) &&
	       token_is(t[1], fact[1]);
}

/* A known value stands in the text so that it covers the run. */
static bool fact_covers(const char *fact, const struct window *w)
{
	size_t n = strlen(fact), i;

	for (i = w->to > n ? w->to - n : 0; n && i <= w->from && i + n <= w->len; i++)
		if (!memcmp(w->p + i, fact, n))
			return true;
	return false;
}

bool facts_inside(const char *const fact[2], const struct window w[2])
{
	return fact[0] && fact[1] && strcmp(fact[0], fact[1]) != 0 && fact_covers(fact[0], &w[0]) &&
	       fact_covers(fact[1], &w[1]);
}
