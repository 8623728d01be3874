/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory that the build ran in, wherever it was written down.
 *
 * All of these need the same evidence: under the run, both sides have an
 * absolute path, and the two share how they begin or how they end, as two
 * places of one tree do.  Where it was written decides whose option to name.
 */
#include "reprocheck/causes/recognisers.h"

#include <string.h>

enum {
	SCORE_ANYWHERE = SCORE_PATTERN,
	SCORE_MACRO = SCORE_SURE,
	SCORE_PLACE = SCORE_SURE + 5, /* a place that only one tool writes */
};

static struct token from_slash(struct token t)
{
	const char *slash = t.len ? memchr(t.p, '/', t.len) : NULL;

	return slash ? token_slice(t, (size_t)(slash - t.p), t.len) : (struct token){ 0 };
}

static size_t common_prefix(struct token a, struct token b)
{
	size_t n = 0;

	while (n < a.len && n < b.len && a.p[n] == b.p[n])
		n++;
	return n;
}

static size_t common_suffix(struct token a, struct token b)
{
	size_t n = 0;

	while (n < a.len && n < b.len && a.p[a.len - 1 - n] == b.p[b.len - 1 - n])
		n++;
	return n;
}

/* Two components begin alike ("/tmp/"), or a whole component ends alike ("/x.c"). */
static bool one_tree(struct token a, struct token b)
{
	size_t begin = common_prefix(a, b), end = common_suffix(a, b);

	return (begin >= 3 && memchr(a.p + 1, '/', begin - 1)) ||
	       (end >= 2 && memchr(a.p + a.len - end, '/', end)) ||
	       (begin >= 4 && a.len > begin && b.len > begin);
}

/* Text that a person could have named a directory: not what random bytes look like. */
static bool readable(struct token t)
{
	const uint8_t *p = (const uint8_t *)t.p;
	uint32_t c;
	size_t i;
	unsigned n;

	for (i = 0; i < t.len; i += n) {
		n = utf8_sequence(p + i, t.len - i, &c);
		if (!n || c < ' ' || c == 0x7f)
			return false;
	}
	return true;
}

static bool is_nested(struct token t)
{
	return t.len > 1 && memchr(t.p + 1, '/', t.len - 1);
}

/* Absolute paths under the run, and different. */
static bool path_tokens(const struct window w[2], struct token t[2])
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		t[i] = from_slash(token_around(&w[i], is_path_char));
		if (t[i].len < 3 || t[i].p[1] == '/' || t[i].from > w[i].to || !readable(t[i]))
			return false;
	}
	return !tokens_equal(t[0], t[1]);
}

bool find_paths(const struct window w[2], struct token t[2])
{
	return path_tokens(w, t) && one_tree(t[0], t[1]);
}

bool facts_build_path(const struct difference *d, const struct token t[2])
{
	const struct facts *f = d->facts;

	return f && f->path[0] && f->path[1] && strcmp(f->path[0], f->path[1]) != 0 && token_has(t[0], f->path[0]) &&
	       token_has(t[1], f->path[1]);
}

static void recognised_paths(struct recognition *r, int score, const struct difference *d,
			     const struct token t[2])
{
	int a = t[0].len > 70 ? 70 : (int)t[0].len, b = t[1].len > 70 ? 70 : (int)t[1].len;

	recognised(r, score + (facts_build_path(d, t) ? 8 : 0), "%.*s -> %.*s", a, t[0].p, b, t[1].p);
}

static bool paths(const struct difference *d, struct window w[2], struct token t[2])
{
	if (!text_windows(d, w) || !path_tokens(w, t))
		return false;
	/* "/b1" alone could be anything, except where the format says that it is a directory. */
	return facts_build_path(d, t) ||
	       (one_tree(t[0], t[1]) && ((is_nested(t[0]) && is_nested(t[1])) || meaning_of(d) == MEANS_PATH || in_debug(d)));
}

RECOGNISER(build_path)
{
	struct window w[2];
	struct token t[2];

	if (paths(d, w, t))
		recognised_paths(r, SCORE_ANYWHERE, d, t);
	else if (format_is(d, "bitcode") &&
		 region_is(d, "source file name")) /* in characters of six or seven bits */
		recognised(r, SCORE_PLACE, "the name of the module's source");
}

/* A string table of its own order: the directory goes at one place and comes at another. */
static bool one_sided_path(const struct difference *d)
{
	unsigned i = d->side[0].len ? 0 : 1;
	const struct side *s = &d->side[i];
	const char *path = d->facts ? d->facts->path[i] : NULL;

	return path && d->facts->path[!i] && strcmp(path, d->facts->path[!i]) != 0 && !d->side[!i].len && s->leaf &&
	       range_inside(s->at, s->len, s->leaf_len) && memmem(s->leaf + s->at, s->len, path, strlen(path)) != NULL;
}

RECOGNISER(debug_build_path)
{
	struct window w[2];
	struct token t[2];

	if (in_debug(d) && one_sided_path(d))
		recognised(r, SCORE_MACRO, "%s", d->facts->path[d->side[0].len ? 0 : 1]);
	if (in_debug(d) && paths(d, w, t))
		recognised_paths(r, SCORE_MACRO, d, t);
	else if (meaning_of(d) == MEANS_PATH && in_image(d) && paths(d, w, t))
		recognised_paths(r, SCORE_MACRO, d, t);
}

RECOGNISER(macro_build_path)
{
	struct window w[2];
	struct token t[2];

	if (!in_image(d) || is_field(d) || in_debug(d))
		return;
	if ((section_is(d, ".rodata") || section_is(d, ".data") || section_is(d, ".rdata") ||
	     section_is(d, "__cstring") || section_is(d, "__const") || section_is(d, ".lrodata")) &&
	    paths(d, w, t))
		recognised_paths(r, SCORE_MACRO, d, t);
}

/* --- compilers that write their command line --- */

static bool is_producer(const struct difference *d, const struct window w[2])
{
	static const char *const compilers[] = { "GNU C",      "GNU AS",         "GNU F",
						 "GNU GIMPLE", "clang version",  "rustc version",
						 "clang LLVM", "Go cmd/compile", NULL };

	return section_is(d, ".GCC.command.line") || windows_have_any(w, compilers);
}

RECOGNISER(recorded_flags)
{
	static const char *const names[] = { "prefix-map=", "CFLAGS",      "CXXFLAGS",
					     "LDFLAGS",     "config_args", NULL };
	struct window w[2];
	struct token t[2];

	if (is_field(d) || !text_windows(d, w) || !tokens_around(w, not_blank, t))
		return;
	/* Nothing stands between the strings of bitcode: a producer is only the neighbour there. */
	if (is_producer(d, w) && !format_is(d, "bitcode") &&
	    (token_begins(t[0], "-") || token_begins(t[1], "-") || find_paths(w, t)))
		recognised_paths(r, SCORE_PLACE, d, t);
	else if (windows_have_any(w, names) && (token_has(t[0], "-") || token_has(t[0], "/")))
		recognised_paths(r, SCORE_MACRO - 2, d, t);
}

/* --- split DWARF --- */

/* A skeleton unit of DWARF 5 carries the id at 12; see the standard, 7.5.1.2. Only the first units are walked. */
static bool in_dwo_id(const struct side *s)
{
	struct cursor c = cursor_make(s->leaf, s->leaf ? s->leaf_len : 0);
	unsigned units;

	for (units = 0; units < 64 && cursor_left(&c); units++) {
		uint64_t start = c.pos, length = cursor_u32(&c);
		unsigned version = cursor_u16(&c), type = cursor_u8(&c);

		if (c.failed || length >= 0xfffffff0 || start > s->at)
			return false;
		if (version == 5 && (type == 4 || type == 5) && s->at >= start + 12 &&
		    s->at + s->len <= start + 20)
			return true;
		cursor_seek(&c, start + 4);
		cursor_skip(&c, length);
	}
	return false;
}

/*
 * The string behind an index, through .debug_str_offsets.dwo: an array of four-byte offsets, in DWARF 5 behind a header
 * of eight bytes (7.26).  NULL: there is none.
 */
static const char *indexed_string(const struct layout *image, uint64_t index, size_t *ret_len)
{
	const struct part *o = layout_find(image, ".debug_str_offsets.dwo"),
			  *s = layout_find(image, ".debug_str.dwo");
	const uint8_t *offsets = o ? part_data(image, o) : NULL;
	uint64_t at, off, n = o ? o->len : 0;

	if (!o || !s || index > UINT32_MAX)
		return NULL;
	at = index * 4 + (n >= 8 && load_le32(offsets) + UINT64_C(4) == n && offsets[4] == 5 ? 8 : 0);
	if (!range_inside(at, 4, n))
		return NULL;
	off = load_le32(offsets + at);
	if (off >= s->len)
		return NULL;
	*ret_len = strnlen((const char *)part_data(image, s) + off, s->len - off);
	return (const char *)part_data(image, s) + off;
}

static struct token string_of_uleb(const struct side *s)
{
	uint64_t from = s->at, index;
	struct token t = { 0 };
	struct cursor c;

	if (!s->leaf || !s->len || s->at >= s->leaf_len || !s->layout || !s->layout->image)
		return t;
	while (from > 0 && s->at - from < 4 && (s->leaf[from - 1] & 0x80))
		from--;
	c = cursor_make(s->leaf + from, s->leaf_len - from);
	index = cursor_uleb(&c);
	if (!c.failed && from + c.pos >= s->at + s->len)
		t.p = indexed_string(s->layout->image, index, &t.len);
	return t;
}

/*
 * gcc numbers the strings of a .dwo file in the order of its hash table, which the directory is an entry of: a longer
 * name moves others.  The same string under both numbers is proof.
 */
static void split_strings(const struct difference *d, struct recognition *r)
{
	struct token t[2] = { string_of_uleb(&d->side[0]), string_of_uleb(&d->side[1]) };

	if (t[0].p && t[1].p && t[0].len && tokens_equal(t[0], t[1]))
		recognised(r, SCORE_PLACE, "number of the string %.*s", (int)(t[0].len > 60 ? 60 : t[0].len),
			   t[0].p);
}

/* A word of .debug_str_offsets.dwo: the start of a string, on each side of another one at this number. */
static bool string_starts(const struct side *s)
{
	uint64_t at = s->at & ~UINT64_C(3), off;
	const struct part *strings;

	if (!s->leaf || !s->layout || !s->layout->image || !range_inside(at, 4, s->leaf_len))
		return false;
	strings = layout_find(s->layout->image, ".debug_str.dwo");
	off = load_le32(s->leaf + at);
	return strings && off < strings->len && (!off || !part_data(s->layout->image, strings)[off - 1]);
}

/* The unit's own entry: the numbers of its name and directory, and DW_AT_GNU_dwo_id of DWARF 4. */
static bool in_split_unit(const struct difference *d)
{
	const struct side *a = &d->side[0];

	return region_is(d, "DIEs") && a->len && a->len <= 16 && d->side[1].len <= 16 &&
	       (section_is(d, ".debug_info.dwo") ? a->at < 24 : a->leaf_len < 64 && a->len <= 8);
}

RECOGNISER(split_dwarf)
{
	struct window w[2];
	struct token t[2];

	if (!in_debug(d))
		return;
	if (region_is(d, "dwo_id"))
		recognised(r, SCORE_FIELD, "dwo_id: a hash of the unit in the .dwo file");
	else if (in_split_unit(d))
		recognised(r, SCORE_WEAK + 5, "dwo_id, or a number of a string");
	if (section_is(d, ".debug_info.dwo"))
		split_strings(d, r);
	else if (section_is(d, ".debug_str_offsets.dwo") && string_starts(&d->side[0]) &&
		 string_starts(&d->side[1]))
		recognised(r, SCORE_PLACE, "offsets of strings, which are numbered in another order");
	if (paths(d, w, t) && token_has(t[0], ".dwo") && token_has(t[1], ".dwo"))
		recognised_paths(r, SCORE_PLACE, d, t);
	else if (section_is(d, ".debug_info") && in_dwo_id(&d->side[0]) && in_dwo_id(&d->side[1]))
		recognised(r, SCORE_FIELD, "dwo_id: a hash of the unit in the .dwo file");
}

/* --- linker, coverage --- */

RECOGNISER(runpath)
{
	struct window w[2];
	struct token t[2];

	if (in_image(d) && section_is(d, ".dynstr") && paths(d, w, t))
		recognised_paths(r, SCORE_PLACE, d, t);
}

RECOGNISER(gcov_path)
{
	struct window w[2];
	struct token t[2];

	/* gcc's lineno_checksum is a CRC of the file's name and the line. */
	if (format_is(d, "gcov") && region_is(d, "lineno_checksum"))
		recognised(r, SCORE_PLACE, "a checksum of the source's name");
	/* The names of sources in LLVM's coverage mapping, mostly compressed; its functions' records hold a hash of them. */
	if (region_has(d, "__llvm_covmap") || (region_has(d, "__llvm_covfun") && d->side[0].len <= 8))
		recognised(r, SCORE_PATTERN, "names of sources in the coverage mapping");
	if (!paths(d, w, t))
		return;
	if (format_is(d, "gcov"))
		recognised_paths(r, SCORE_PLACE + 2, d, t);
	else if (in_image(d) && token_ends(t[0], ".gcda") && token_ends(t[1], ".gcda"))
		recognised_paths(r, SCORE_PLACE + 2, d, t);
}

/* --- languages --- */

static bool in_rmeta(const struct difference *d)
{
	return region_has(d, ".rmeta") || section_is(d, ".rustc");
}

/* The crate hash in metadata follows from the paths in it, but only rustc could recompute it. */
static bool rmeta_has_paths(const struct difference *d)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		const struct side *s = &d->side[i];
		const char *path = d->facts ? d->facts->path[i] : NULL;

		if (!path || !*path || !s->leaf || s->leaf_len > (UINT64_C(4) << 20) ||
		    !memmem(s->leaf, s->leaf_len, path, strlen(path)))
			return false;
	}
	return strcmp(d->facts->path[0], d->facts->path[1]) != 0;
}

/* A slice's length beside its pointer: it changed by as much as the directory's name is longer. Only facts can tell. */
static bool length_of_path(const struct difference *d)
{
	uint64_t v[2];
	unsigned i;

	if (!section_is(d, ".data.rel.ro") || !d->facts || !d->facts->path[0] || !d->facts->path[1])
		return false;
	for (i = 0; i < 2; i++) {
		const struct side *s = &d->side[i];
		uint64_t at = s->at & ~UINT64_C(7);

		if (!s->leaf || !s->len || s->at + s->len > at + 8 || !range_inside(at, 8, s->leaf_len))
			return false;
		v[i] = load_le64(s->leaf + at);
		if (v[i] < strlen(d->facts->path[i]) || v[i] > 4096)
			return false;
	}
	return v[0] != v[1] && v[0] - v[1] == strlen(d->facts->path[0]) - strlen(d->facts->path[1]);
}

RECOGNISER(rust_build_path)
{
	struct window w[2];
	struct token t[2];

	if (is_field(d) || in_debug(d))
		return;
	if (length_of_path(d))
		recognised(r, SCORE_PATTERN, "length of a path beside its address");
	if (paths(d, w, t)) {
		if (in_rmeta(d) || token_has(t[0], ".rs") ||
		    (format_is(d, "elf") && windows_have(w, ".cargo/registry")))
			recognised_paths(r, SCORE_PLACE, d, t);
	} else if (in_rmeta(d) && rmeta_has_paths(d)) {
		recognised(r, SCORE_PATTERN, "the crate hash follows from the paths beside it");
	}
}

static bool go_image(const struct difference *d)
{
	const struct layout *l = d->side[0].layout;

	return l && l->image &&
	       (layout_find(l->image, ".go.buildinfo") || layout_find(l->image, ".gopclntab") ||
		layout_find(l->image, "__go_buildinfo"));
}

/*
 * Alignment behind the paths; the header of the function table (runtime.pcHeader, up to 96 bytes) and
 * runtime.moduledata, which say where its tables are.
 */
static bool go_table_size(const struct difference *d)
{
	const struct side *longer = &d->side[d->side[1].len != 0];

	if (section_is(d, ".gopclntab") && (!d->side[0].len || !d->side[1].len))
		return longer->len < 8 && range_inside(longer->at, longer->len, longer->leaf_len) &&
		       !memcmp(longer->leaf + longer->at, "\0\0\0\0\0\0\0", longer->len);
	return d->side[0].len && d->side[1].len && d->side[0].len <= 8 &&
	       (section_is(d, ".go.module") || (section_is(d, ".gopclntab") && d->side[0].at < 96));
}

RECOGNISER(go_build_path)
{
	struct window w[2];
	struct token t[2];

	if (!in_image(d) || is_field(d))
		return;
	if (go_table_size(d))
		recognised(r, SCORE_WEAK, "size, offset or alignment of a table that holds the paths");
	if (!paths(d, w, t))
		return;
	if (section_is(d, ".gopclntab") || section_is(d, ".go.") || token_ends(t[0], ".go") || go_image(d))
		recognised_paths(r, SCORE_PLACE, d, t);
}

RECOGNISER(pyc_path)
{
	struct window w[2];
	struct token t[2];

	if (format_is(d, "pyc") && paths(d, w, t))
		recognised_paths(r, SCORE_PLACE + 2, d, t);
}

/* --- the environment --- */

static bool environment_key(struct token t)
{
	static const char *const names[] = { "SHELL",
					     "TERM",
					     "EDITOR",
					     "DISPLAY",
					     "MAKEFLAGS",
					     "XDG_DATA_DIRS",
					     "LD_LIBRARY_PATH",
					     "PYTHONPATH",
					     "CAPTURE_ENVIRONMENT",
					     "SSH_AUTH_SOCK",
					     "OLDPWD",
					     "VIRTUAL_ENV",
					     NULL };
	unsigned i;

	for (i = 0; t.p && names[i]; i++)
		if (token_is(t, names[i]))
			return true;
	return false;
}

RECOGNISER(environment)
{
	struct window w[2];
	struct token t[2];

	if (is_field(d) || in_debug(d) || !text_windows(d, w))
		return;
	if (environment_key(first_key(&w[0])) && environment_key(first_key(&w[1])) &&
	    tokens_around(w, not_blank, t))
		recognised(r, SCORE_MACRO, "%.*s -> %.*s", (int)(t[0].len > 60 ? 60 : t[0].len), t[0].p,
			   (int)(t[1].len > 60 ? 60 : t[1].len), t[1].p);
}
