/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Causes that show in bytes that are no text: addresses, random numbers, memory
 * that nobody initialised, counters and stamps; and orders inside one line or
 * one stretch of code.
 */
#include "reprocheck/causes/recognisers.h"

#include <string.h>

static const struct part *part_of(const struct difference *d)
{
	return d->side[0].part ? d->side[0].part : d->side[1].part;
}

static bool kind_is(const struct difference *d, enum part_kind kind)
{
	const struct part *p = part_of(d);

	return p && p->kind == kind;
}

/* --- addresses --- */

/* Where Linux on x86-64 and arm64 puts libraries, stacks, and position-independent programs with their heaps. */
static bool user_address(uint64_t v)
{
	return (v >= UINT64_C(0x7e0000000000) && v <= UINT64_C(0x7fffffffffff)) ||
	       (v >= UINT64_C(0x550000000000) && v < UINT64_C(0x570000000000)) ||
	       (v >= UINT64_C(0xaaaa00000000) && v < UINT64_C(0xab0000000000)) ||
	       (v >= UINT64_C(0xfffe00000000) && v <= UINT64_C(0xffffffffffff));
}

static bool word_around(const struct side *s, uint64_t *ret)
{
	uint64_t at = s->at & ~UINT64_C(7);

	if (!s->leaf || !s->len || !range_inside(at, 8, s->leaf_len) || s->at + s->len > at + 8)
		return false;
	*ret = load_le64(s->leaf + at);
	return true;
}

static bool text_address(struct token t, uint64_t *ret)
{
	return t.len >= 8 && t.len <= 18 && (token_begins(t, "0x") || token_begins(t, "0X")) &&
	       token_number(token_slice(t, 2, t.len), 16, ret);
}

/* Instructions, unwind tables and debugging data are full of bytes that look like anything when eight are read at once. */
static bool may_hold_addresses(const struct difference *d)
{
	static const char *const sections[] = { ".data", ".rodata", ".rdata", "__data", "__const", NULL };
	unsigned i;

	if (kind_is(d, PART_CODE) || in_debug(d) || format_is(d, "bitcode"))
		return false;
	for (i = 0; in_image(d) && sections[i]; i++)
		if (section_is(d, sections[i]))
			return true;
	return !in_image(d);
}

RECOGNISER(aslr_pointer)
{
	struct window w[2];
	struct token t[2];
	uint64_t v[2];

	if (is_field(d) || format_is(d, "pch"))
		return;
	if (text_windows(d, w) && tokens_around(w, is_word, t) && text_address(t[0], &v[0]) &&
	    text_address(t[1], &v[1])) {
		if (user_address(v[0]) && user_address(v[1]))
			recognised(r, SCORE_SURE, "%.*s -> %.*s", (int)t[0].len, t[0].p, (int)t[1].len,
				   t[1].p);
		return;
	}
	if (!may_hold_addresses(d))
		return;
	if (!word_around(&d->side[0], &v[0]) || !word_around(&d->side[1], &v[1]) || !user_address(v[0]) ||
	    !user_address(v[1]))
		return;
	/* Randomisation moves by whole pages, stacks apart: in a program, where most words are something else, insist. */
	if ((v[0] & 0xfff) != (v[1] & 0xfff) && in_image(d))
		return;
	recognised(r, (v[0] & 0xfff) == (v[1] & 0xfff) ? SCORE_SURE - 3 : SCORE_WEAK + 10, "0x%llx -> 0x%llx",
		   (unsigned long long)v[0], (unsigned long long)v[1]);
}

/* <Foo object at 0x7f...> of Python; Foo@1b6d3586 of Java, whose number is random too. */
RECOGNISER(object_address)
{
	struct window w[2];
	struct token t[2];
	uint64_t v[2];

	if (is_field(d) || !text_windows(d, w) || !tokens_around(w, is_word, t))
		return;
	if (text_address(t[0], &v[0]) && text_address(t[1], &v[1]) && windows_have(w, " at 0x") &&
	    (windows_have(w, "<") || windows_have(w, "object")))
		recognised(r, SCORE_SURE + 5, "%.*s -> %.*s", (int)t[0].len, t[0].p, (int)t[1].len, t[1].p);
	else if (token_all(t[0], is_hex) && token_all(t[1], is_hex) && t[0].len >= 5 && t[0].len <= 8 &&
		 t[1].len >= 5 && t[1].len <= 8 && t[0].from > 1 && t[1].from > 1 &&
		 w[0].p[t[0].from - 1] == '@' && w[1].p[t[1].from - 1] == '@' &&
		 is_alnum(w[0].p[t[0].from - 2]))
		recognised(r, SCORE_SURE - 4, "hash code %.*s -> %.*s", (int)t[0].len, t[0].p, (int)t[1].len,
			   t[1].p);
}

/* --- formats --- */

static bool begins_with(const struct difference *d, const char *magic)
{
	const struct layout *l = d->side[0].layout;
	size_t n = strlen(magic);

	return l && l->content && content_size(l->content) >= n &&
	       !memcmp(content_data(l->content), magic, n);
}

RECOGNISER(gcc_pch)
{
	if (format_is(d, "pch") && begins_with(d, "gpch"))
		recognised(r, SCORE_SURE, "an image of the compiler's memory, with its addresses");
}

RECOGNISER(pyc_flag_ref)
{
	const struct side *a = &d->side[0], *b = &d->side[1];
	uint64_t i;

	if (format_is(d, "pyc") && is_field(d) && region_has(d, "ref index"))
		recognised(r, SCORE_FIELD, "index of a reference, which counts the flags before it");
	if (!format_is(d, "pyc") || !a->leaf || !b->leaf || !a->len || a->len != b->len ||
	    !range_inside(a->at, a->len, a->leaf_len) || !range_inside(b->at, b->len, b->leaf_len))
		return;
	for (i = 0; i < a->len; i++)
		if ((a->leaf[a->at + i] ^ b->leaf[b->at + i]) != 0x80)
			return;
	recognised(r, SCORE_FIELD, "FLAG_REF of type '%c'", a->leaf[a->at] & 0x7f);
}

/*
 * struct gcov_info of gcc begins with the version as a word ("B22*" read as a
 * big-endian number), a pointer, and the stamp at 16 (at 8 where pointers are
 * four bytes wide); gcc/gcov-io.h and libgcc/libgcov.h.
 */
static bool gcov_version(const struct side *s, uint64_t back)
{
	uint64_t at = s->at & ~UINT64_C(3);
	const uint8_t *p;

	if (!s->leaf || at < back || !range_inside(at, 4, s->leaf_len) || s->at + s->len > at + 4)
		return false;
	p = s->leaf + at - back;
	return p[3] >= 'A' && p[3] <= 'Z' && is_digit((char)p[2]) && is_digit((char)p[1]) &&
	       (p[0] == '*' || p[0] == 'R' || p[0] == 'e');
}

RECOGNISER(gcov_stamp)
{
	uint64_t v[2];

	if (format_is(d, "gcov") && meaning_of(d) == MEANS_ID) {
		if (region_is(d, "stamp") && field_numbers(d, v))
			recognised(r, SCORE_FIELD, "stamp %08llx -> %08llx", (unsigned long long)v[0],
				   (unsigned long long)v[1]);
	}
	if (section_is(d, ".data") && d->side[0].len && d->side[1].len &&
	    ((gcov_version(&d->side[0], 16) && gcov_version(&d->side[1], 16)) ||
	     (gcov_version(&d->side[0], 8) && gcov_version(&d->side[1], 8))))
		recognised(r, SCORE_SURE + 5, "stamp in gcov_info");
}

/* LLVM writes raw profiles as "\xfflprofr\x81" (64 bits) or "\xfflprofR\x81", indexed ones as "\xfflprofi\x81"; either endian. */
RECOGNISER(profile_counters)
{
	if (format_is(d, "gcov") && begins_with(d, "adcg"))
		recognised(r, SCORE_SURE, "%s", "");
	else if (begins_with(d, "\x81rforpl\xff") || begins_with(d, "\x81Rforpl\xff") ||
		 begins_with(d, "\xfflprofi\x81") || begins_with(d, "\xfflprofr\x81"))
		recognised(r, SCORE_SURE, "%s", "");
}

RECOGNISER(sqlite_counter)
{
	uint64_t v[2];

	if (!format_is(d, "sqlite") || meaning_of(d) != MEANS_COUNTER)
		return;
	if (field_numbers(d, v))
		recognised(r, SCORE_FIELD, "%llu -> %llu", (unsigned long long)v[0],
			   (unsigned long long)v[1]);
	recognised(r, SCORE_FIELD, "%s", "");
}

RECOGNISER(macho_uuid)
{
	if (format_is(d, "macho") && meaning_of(d) == MEANS_ID)
		recognised(r, SCORE_FIELD, "%s", "");
}

RECOGNISER(pe_debug_guid)
{
	if (format_is(d, "pe") && meaning_of(d) == MEANS_ID)
		recognised(r, SCORE_FIELD, "%s", "");
}

/* Alone it is random; where anything else of the image differs it follows, which only the whole comparison can tell. */
RECOGNISER(build_id)
{
	if (section_is(d, ".note.gnu.build-id") && meaning_of(d) == MEANS_ID)
		recognised(r, SCORE_FIELD, "%s", "");
}

RECOGNISER(debuglink_crc)
{
	if (section_is(d, ".gnu_debuglink"))
		recognised(r, SCORE_SURE, "the separate debug files differ: compare those");
}

RECOGNISER(input_changed)
{
	uint64_t v[2];

	if (!format_is(d, "pyc") ||
	    (meaning_of(d) != MEANS_SIZE && meaning_of(d) != MEANS_ID && meaning_of(d) != MEANS_CHECKSUM))
		return;
	if (meaning_of(d) == MEANS_SIZE && field_numbers(d, v))
		recognised(r, SCORE_FIELD, "source of %llu -> %llu bytes", (unsigned long long)v[0],
			   (unsigned long long)v[1]);
	else
		recognised(r, SCORE_FIELD, "hash of the source");
}

/* --- random and stray bytes --- */

/*
 * Random bytes: of 8 or more, nearly all differ between the builds, none repeats
 * much, about half of the bits are set and about half of them changed.
 */
static bool both_random(const uint8_t *a, const uint8_t *b, uint64_t n)
{
	unsigned changed = 0, set = 0, distinct = 0, text = 0;
	uint64_t seen[4] = { 0 };
	uint64_t i;

	for (i = 0; i < n; i++) {
		changed += (unsigned)__builtin_popcount(a[i] ^ b[i]);
		set += (unsigned)__builtin_popcount(a[i]);
		distinct += !(seen[a[i] >> 6] >> (a[i] & 63) & 1);
		seen[a[i] >> 6] |= UINT64_C(1) << (a[i] & 63);
		text += a[i] >= ' ' && a[i] < 0x7f;
	}
	return changed * 10 >= n * 28 && changed * 10 <= n * 52 && set * 10 >= n * 25 && set * 10 <= n * 55 &&
	       distinct * 4 >= n * 3 && text * 4 < n * 3;
}

RECOGNISER(const_random)
{
	const struct side *a = &d->side[0], *b = &d->side[1];

	if (!in_image(d) || is_field(d) || a->len != b->len || a->len < 7 || a->len > 64 ||
	    kind_is(d, PART_CODE))
		return;
	if (!section_is(d, ".rodata") && !section_is(d, ".data.rel.ro") && !section_is(d, ".rdata") &&
	    !section_is(d, "__const"))
		return;
	if (a->leaf && b->leaf && range_inside(a->at, a->len, a->leaf_len) &&
	    range_inside(b->at, b->len, b->leaf_len) && both_random(a->leaf + a->at, b->leaf + b->at, a->len))
		recognised(r, SCORE_WEAK + 5, "%llu random bytes", (unsigned long long)a->len);
}

RECOGNISER(uninitialised_memory)
{
	if (kind_is(d, PART_PADDING))
		recognised(r, SCORE_SURE, "bytes in padding");
}

/* --- orders --- */

/*
 * The same bytes in another order: counting from a little before the run, the
 * histograms of both sides become equal again soon after it.
 */
#define ORDER_REACH 64

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static bool same_bytes_reordered(const struct side *a, const struct side *b)
{
	uint64_t first = least(a->at, b->at),
		 last = a->at + a->len > b->at + b->len ? a->at + a->len : b->at + b->len;
	uint64_t end = least(last + ORDER_REACH, least(a->leaf_len, b->leaf_len)), i;
	int16_t count[256] = { 0 };
	unsigned unequal = 0;

	for (i = first > ORDER_REACH ? first - ORDER_REACH : 0; i < end; i++) {
		uint8_t x = a->leaf[i], y = b->leaf[i];

		unequal += count[x] == 0;
		unequal -= ++count[x] == 0;
		unequal += count[y] == 0;
		unequal -= --count[y] == 0;
		if (i + 1 >= last && !unequal)
			return true;
	}
	return false;
}

RECOGNISER(compiler_order)
{
	const struct side *a = &d->side[0], *b = &d->side[1];

	if (!kind_is(d, PART_CODE) && !section_is(d, ".debug_loclists") && !section_is(d, ".debug_rnglists"))
		return;
	if (a->leaf && b->leaf && a->len <= 512 && b->len <= 512 && a->at <= a->leaf_len &&
	    b->at <= b->leaf_len && same_bytes_reordered(a, b))
		recognised(r, SCORE_WEAK + 3, "the same bytes in another order");
}

/*
 * The linker writes a symbol of type STT_FILE for each object, in the order of its command line.  Where whole records
 * of that type stand on one side only, and both tables have as many of them, the order is what differs.
 */
#define FILE_SYMBOLS_SCANNED 65536

static unsigned file_symbols(const struct side *s, uint64_t from, uint64_t end, bool *ret_only)
{
	uint64_t size = s->part && s->part->records ? s->part->records->size : 0, at;
	uint64_t info = size == 16 ? 12 : 4; /* st_info of Elf32_Sym, of Elf64_Sym */
	unsigned n = 0, all = 0;

	if ((size != 16 && size != 24) || !s->leaf || end > s->leaf_len)
		return 0;
	for (at = from / size * size; at + size <= end && all < FILE_SYMBOLS_SCANNED; at += size, all++)
		n += (s->leaf[at + info] & 15) == 4;
	*ret_only = n == all && n > 0;
	return n;
}

RECOGNISER(link_order)
{
	const struct side *a = &d->side[0], *b = &d->side[1], *more = a->len ? a : b;
	bool only = false, unused;

	if (!section_is(d, ".symtab") || (a->len && b->len) ||
	    !file_symbols(more, more->at, more->at + more->len, &only))
		return;
	if (only && file_symbols(a, 0, a->leaf_len, &unused) == file_symbols(b, 0, b->leaf_len, &unused))
		recognised(r, SCORE_PATTERN, "names of source files in another order");
}

/* The words of a text: a hash that is the same for every order of them, and one that is not. */
struct words {
	uint64_t set, sequence;
	unsigned count;
};

static struct words words_of(const char *p, size_t len)
{
	struct words w = { 0 };
	uint64_t h = 0;
	size_t i;

	for (i = 0; i <= len; i++) {
		if (i < len && ((unsigned char)p[i] > ' ') && !strchr(",;{}[]()|", p[i])) {
			h = (h ^ (unsigned char)p[i]) * 1099511628211u + 1;
		} else if (h) {
			w.set += h * h;
			w.sequence = w.sequence * 31 + h;
			h = 0;
			w.count++;
		}
	}
	return w;
}

RECOGNISER(hash_order)
{
	struct words w[2];
	unsigned i;

	for (i = 0; i < 2; i++) {
		if (is_field(d) || !d->text[i].p || d->text[i].len != d->text[0].len || d->text[i].len < 4 ||
		    d->text[i].len > 8192)
			return;
		w[i] = words_of(d->text[i].p, d->text[i].len);
	}
	if (w[0].count >= 2 && w[0].count == w[1].count && w[0].set == w[1].set &&
	    w[0].sequence != w[1].sequence)
		recognised(r, SCORE_FIELD + 2, "the same %u elements in another order", w[0].count);
}
