/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linkmap.c: which linker wrote a map, and its lines.
 *
 * Nothing in a map names its linker, but the first words do: lld and mold begin
 * with a heading of columns, GNU ld and gold with the heading of whichever table
 * has rows.  Three headings are common to those two (gold imitates): then the heading of
 * the memory map decides, which is "Memory map" in gold's and "Linker script and
 * memory map" after "Memory Configuration" in GNU ld's.
 *
 * Headings are those of the C locale: GNU ld and gold translate theirs, and a translated map is refused as no map.
 */
#include "analyzers/linkmap_private.h"

#include "base/bytes.h"
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

const char *linkmap_dialect_name(enum linkmap_dialect d)
{
	static const char *const names[] = { "GNU ld", "gold", "lld", "mold" };

	return names[d];
}

/* ---- lines ------------------------------------------------------------------------------------------------- */

int linkmap_fail(struct linkmap_reader *r, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return error_set_at(r->err, -EBADMSG, r->file, (uint64_t)(r->line - r->begin), "line %llu: %s",
			    (unsigned long long)r->number, text);
}

int linkmap_unknown_row(struct linkmap_reader *r, const char *table)
{
	return linkmap_fail(r, "this is no row of %s", table);
}

static bool line_at(const char *p, const char *end, struct linkmap_text *ret, const char **ret_next)
{
	const char *stop = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;

	if (!stop)
		return false;
	*ret = (struct linkmap_text){ p, (size_t)(stop - p) };
	if (ret->n && p[ret->n - 1] == '\r')
		ret->n--;
	*ret_next = stop + 1;
	return true;
}

int linkmap_next(struct linkmap_reader *r)
{
	struct linkmap_text line;

	r->line = r->next;
	r->number++;
	if (r->next == r->end)
		return 0;
	if (!line_at(r->next, r->end, &line, &r->next)) {
		r->n = (size_t)(r->end - r->next);
		return linkmap_fail(r, "the map is cut off inside this line");
	}
	r->n = line.n;
	return 1;
}

bool linkmap_peek(const struct linkmap_reader *r, struct linkmap_text *ret)
{
	const char *next;

	return line_at(r->next, r->end, ret, &next);
}

bool linkmap_digits(const char **p, const char *end, unsigned base, uint64_t *ret)
{
	const char *q = *p;
	uint64_t v = 0;

	for (; q < end; q++) {
		unsigned d = digit_value((uint8_t)*q);

		if (d >= base)
			break;
		if (__builtin_mul_overflow(v, (uint64_t)base, &v) || __builtin_add_overflow(v, (uint64_t)d, &v))
			return false;
	}
	if (q == *p)
		return false;
	*p = q;
	*ret = v;
	return true;
}

bool linkmap_hex(const char **p, const char *end, uint64_t *ret)
{
	const char *q = *p;

	if (end - q < 3 || q[0] != '0' || q[1] != 'x')
		return false;
	q += 2;
	if (!linkmap_digits(&q, end, 16, ret))
		return false;
	*p = q;
	return true;
}

size_t linkmap_blanks(const char **p, const char *end)
{
	const char *q = *p;

	while (q < end && *q == ' ')
		q++;
	end = *p;
	*p = q;
	return (size_t)(q - end);
}

bool linkmap_file_section(struct linkmap_text text, struct linkmap_section_row *row)
{
	const char *open;

	if (text.n < 3 || text.p[text.n - 1] != ')')
		return false;
	for (open = text.p + text.n - 2; open > text.p; open--)
		if (open[0] == '(' && open[-1] == ':')
			break;
	if (open <= text.p)
		return false;
	row->file = (struct linkmap_text){ text.p, (size_t)(open - 1 - text.p) };
	row->name = (struct linkmap_text){ open + 1, (size_t)(text.p + text.n - 1 - (open + 1)) };
	return true;
}

/* ---- which dialect ------------------------------------------------------------------------------------------ */

static const struct {
	const char *prefix;
	enum linkmap_dialect dialect;
	bool common; /* to GNU ld and gold */
} first_words[] = {
	{ "Archive member included to satisfy reference by file (symbol)", LINKMAP_GNU, false },
	{ "Archive member included because of file (symbol)", LINKMAP_GNU, true },
	{ "Merging program properties", LINKMAP_GNU, false },
	{ "As-needed library included ", LINKMAP_GNU, false },
	{ "Allocating common symbols", LINKMAP_GNU, true },
	{ "Discarded input sections", LINKMAP_GNU, true },
	{ "There are no discarded input sections", LINKMAP_GNU, false },
	{ "Memory Configuration", LINKMAP_GNU, false },
	{ "Linker script and memory map", LINKMAP_GNU, false },
	{ "Memory map", LINKMAP_GOLD, false },
	{ "VMA              LMA     Size Align Out     In      Symbol", LINKMAP_LLD, false }, /* 64 bits */
	{ "VMA      LMA     Size Align Out     In      Symbol", LINKMAP_LLD, false },         /* 32 bits */
	{ "Address          Size             Align Out     In      Symbol", LINKMAP_LLD, false }, /* before lld 7 */
	{ "Address  Size     Align Out     In      Symbol", LINKMAP_LLD, false },
	{ "VMA       Size Align Out     In      Symbol", LINKMAP_MOLD, false },
};

static enum linkmap_dialect by_memory_map(const char *p, size_t n)
{
	static const char gold[] = "\nMemory map\n", gnu[] = "\nMemory Configuration\n";
	const char *a = memmem(p, n, gold, strlen(gold));

	if (!a)
		return LINKMAP_GNU;
	return memmem(p, (size_t)(a - p), gnu, strlen(gnu)) ? LINKMAP_GNU : LINKMAP_GOLD;
}

bool linkmap_probe(const uint8_t *data, uint64_t size, enum linkmap_dialect *ret)
{
	const char *p = (const char *)data, *end = p + size;
	size_t i;

	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r'))
		p++;
	for (i = 0; i < sizeof(first_words) / sizeof(first_words[0]); i++) {
		if (!linkmap_starts(p, (size_t)(end - p), first_words[i].prefix))
			continue;
		*ret = first_words[i].common ? by_memory_map(p, (size_t)(end - p)) : first_words[i].dialect;
		return true;
	}
	return false;
}

int linkmap_parse(const struct content *c, const struct linkmap_visitor *v, void *ctx, enum linkmap_dialect *ret,
		  struct error *err)
{
	static int (*const parsers[])(struct linkmap_reader *) = {
		[LINKMAP_GNU] = linkmap_parse_gnu,
		[LINKMAP_GOLD] = linkmap_parse_gold,
		[LINKMAP_LLD] = linkmap_parse_lld,
		[LINKMAP_MOLD] = linkmap_parse_mold,
	};
	const char *text = (const char *)content_data(c);
	struct linkmap_reader r = { .v = v, .ctx = ctx, .file = content_name(c), .err = err, .begin = text,
				    .end = text + content_size(c), .next = text, .line = text };
	enum linkmap_dialect dialect;
	int result;

	if (!linkmap_probe(content_data(c), content_size(c), &dialect))
		return error_set(err, -EBADMSG, content_name(c), "not a link map of GNU ld, gold, lld or mold");
	result = parsers[dialect](&r);
	if (result < 0)
		return result;
	*ret = dialect;
	return 0;
}

/* ---- names of files ------------------------------------------------------------------------------------------ */

/* Where the parenthesis that the last one closes was opened. */
static const char *matching(struct linkmap_text t)
{
	const char *p = t.p + t.n;
	size_t depth = 0;

	while (p-- > t.p) {
		if (*p == ')')
			depth++;
		else if (*p == '(' && --depth == 0)
			return p;
	}
	return NULL;
}

/* lld tells members of one name apart by where they are: "y.o at 123". */
static size_t without_position(struct linkmap_text member)
{
	size_t n = member.n;

	while (n && member.p[n - 1] >= '0' && member.p[n - 1] <= '9')
		n--;
	return n != member.n && n > 4 && !memcmp(member.p + n - 4, " at ", 4) ? n - 4 : member.n;
}

bool linkmap_split_name(struct linkmap_text file, struct linkmap_name *ret)
{
	const char *open = file.n && file.p[file.n - 1] == ')' ? matching(file) : NULL;

	*ret = (struct linkmap_name){ .path = file };
	if (!open || open == file.p || open + 2 >= file.p + file.n)
		return false;
	ret->path.n = (size_t)(open - file.p);
	ret->member = (struct linkmap_text){ open + 1, (size_t)(file.p + file.n - 1 - (open + 1)) };
	ret->member.n = without_position(ret->member);
	return true;
}
