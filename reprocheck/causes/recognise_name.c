/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names, numbers and hashes that tools make up: temporary files, generated
 * symbols, identifiers, revisions, digests.
 */
#include "reprocheck/causes/recognisers.h"

#include <string.h>

static bool is_lower_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || c == '_';
}

/* A template of mkstemp and its kin: `before`, then `count` characters of a class, then `after`. */
struct template
{
	const char *before; /* NULL ends the table */
	unsigned count;     /* 0: any number, at least 5 */
	char_class *member;
	const char *after;
	const char *maker;
};

/*
 * gcc (libiberty's make-temp-file): ccXXXXXX plus suffix; mktemp(1):
 * tmp.XXXXXXXXXX; Python's tempfile: tmp and 8 of [a-z0-9_]; clang: a name, a
 * dash, 6 hex digits; go build: go-build and a decimal number.
 */
static const struct template temporaries[] = { { "cc", 6, is_alnum, ".", "gcc" },
					       { "tmp.", 10, is_alnum, "", "mktemp" },
					       { "/tmp", 8, is_lower_word, "", "Python tempfile" },
					       { "go-build", 0, is_digit, "", "go build" },
					       { "lto-llvm-", 6, is_hex, ".o", "LLVM LTO" },
					       { "-", 6, is_hex, ".o", "clang" },
					       { "-", 6, is_hex, ".s", "clang" },
					       { 0 } };

static const struct template rustc_temporaries[] = { { "rustc", 6, is_alnum, "", "rustc" },
						     { "rmeta", 6, is_alnum, "", "rustc" },
						     { 0 } };

static bool match_template(const struct window *w, size_t i, const struct template *t, struct token *ret)
{
	size_t n = strlen(t->before), m = strlen(t->after), k = i + n;

	if (n > w->len - i || memcmp(w->p + i, t->before, n) != 0)
		return false;
	if (i > 0 && is_alnum(t->before[0]) && is_word(w->p[i - 1]))
		return false;
	while (k < w->len && t->member(w->p[k]) && (!t->count || k - i - n < t->count))
		k++;
	if (t->count ? k - i - n != t->count : k - i - n < 5)
		return false;
	if (m > w->len - k || memcmp(w->p + k, t->after, m) != 0 || (!m && k < w->len && is_word(w->p[k])))
		return false;
	*ret = (struct token){ .p = w->p + i, .len = k - i, .from = i };
	return i + n <= w->to && k > w->from; /* the made-up part is where the run is */
}

/* What mkstemp makes of XXXXXX: letters of both cases or digits among letters. A word or a number is not that. */
bool looks_random(struct token t)
{
	unsigned kinds = 0;
	size_t i;

	for (i = 0; i < t.len; i++)
		kinds |= is_digit(t.p[i]) ? 1 : t.p[i] >= 'a' ? 2 : t.p[i] == '_' ? 0 : 4;
	return t.len >= 6 && t.len <= 12 && (kinds & (kinds - 1));
}

static bool made_up(const struct window *w, size_t at, const struct template *t, struct token *ret)
{
	size_t n = strlen(t->before);

	if (!match_template(w, at, t, ret))
		return false;
	at += ret->len;
	if (*t->after == '.' && (at + 1 >= w->len || !is_alnum(w->p[at + 1]))) /* it ends a sentence */
		return false;
	return !t->count || looks_random(token_slice(*ret, n, ret->len));
}

/* tmpxft_%08x_%08x-%d_name: the first number is nvcc's process id. */
static bool match_tmpxft(const struct window *w, size_t at, struct token *ret)
{
	if (at > w->len || w->len - at < 24 || memcmp(w->p + at, "tmpxft_", 7) != 0 || w->p[at + 15] != '_')
		return false;
	*ret = (struct token){ .p = w->p + at, .len = 24, .from = at };
	return token_all(token_slice(*ret, 7, 8), is_hex) && token_all(token_slice(*ret, 16, 8), is_hex);
}

bool made_up_name(const struct window *w, size_t at, struct token *ret, const char **ret_maker)
{
	static const struct template *const tables[] = { temporaries, rustc_temporaries };
	struct window whole = { .p = w->p, .len = w->len, .to = w->len };
	const struct template *t;
	unsigned i;

	if (match_tmpxft(w, at, ret)) {
		*ret_maker = "nvcc";
		return true;
	}
	for (i = 0; i < 2; i++)
		for (t = tables[i]; t->before; t++)
			if (made_up(&whole, at, t, ret)) {
				*ret_maker = t->maker;
				return true;
			}
	return false;
}

static bool find_template(const struct window *w, const struct template *t, struct token *ret)
{
	size_t i = w->from > 32 ? w->from - 32 : 0;

	for (; i < w->len && i <= w->to; i++)
		if (match_template(w, i, t, ret))
			return true;
	return false;
}

static void recognise_templates(const struct difference *d, struct recognition *r,
				const struct template *table, int score)
{
	struct window w[2];
	struct token t[2];

	if (!text_windows(d, w))
		return;
	for (; table->before; table++)
		if (find_template(&w[0], table, &t[0]) && find_template(&w[1], table, &t[1]) &&
		    !tokens_equal(t[0], t[1])) {
			recognised(r, score, "%.*s -> %.*s, made by %s", (int)t[0].len, t[0].p, (int)t[1].len,
				   t[1].p, table->maker);
			return;
		}
}

static bool in_temporary_directory(struct token path)
{
	return token_begins(path, "/tmp/") || token_begins(path, "/var/tmp/") ||
	       token_begins(path, "/dev/shm/");
}

static void unknown_template(const struct window w[2], struct recognition *r)
{
	struct token path[2], name[2];

	if (!find_paths(w, path) || !in_temporary_directory(path[0]) || !in_temporary_directory(path[1]))
		return;
	if (path[0].len == path[1].len && tokens_around(w, is_alnum, name) && name[0].len == name[1].len &&
	    looks_random(name[0]) && looks_random(name[1]))
		recognised(r, SCORE_SURE + 1, "%.*s -> %.*s", (int)name[0].len, name[0].p, (int)name[1].len,
			   name[1].p);
}

RECOGNISER(temp_names)
{
	struct window w[2];

	recognise_templates(d, r, temporaries, SCORE_FIELD);
	if (!is_field(d) && text_windows(d, w))
		unknown_template(w, r);
}

RECOGNISER(rustc_temp_names)
{
	recognise_templates(d, r, rustc_temporaries, SCORE_FIELD + 1);
}

/* --- nvcc --- */

static bool find_tmpxft(const struct window *w, struct token *ret)
{
	size_t i = w->from > 26 ? w->from - 26 : 0;

	for (; i + 24 <= w->len && i <= w->from; i++)
		if (w->from < i + 26 && match_tmpxft(w, i, ret))
			return true;
	return false;
}

RECOGNISER(nvcc_temp_names)
{
	struct window w[2];
	struct token t[2];
	uint64_t pid[2];

	if (!text_windows(d, w) || !find_tmpxft(&w[0], &t[0]) || !find_tmpxft(&w[1], &t[1]))
		return;
	if (token_number(token_slice(t[0], 7, 8), 16, &pid[0]) &&
	    token_number(token_slice(t[1], 7, 8), 16, &pid[1]))
		recognised(r, SCORE_FACT + 2, "process id %llu -> %llu in %.*s", (unsigned long long)pid[0],
			   (unsigned long long)pid[1], (int)t[0].len, t[0].p);
}

/* _INTERNAL_<hash>_<len>_<file>_<hash>, __fatbinwrap_<the same>; either hash may stand under the run. */
RECOGNISER(nvcc_path_hash)
{
	static const char *const names[] = {
		"_INTERNAL_", "__fatbinwrap_", "_GLOBAL__N__", "__nv_static_", "__cudaRegisterLinkedBinary_",
		NULL
	};
	struct window w[2];
	struct token t[2];

	if (section_is(d, "__nv_module_id") && !is_field(d))
		recognised(r, SCORE_FIELD, "%s", "");
	if (!text_windows(d, w) || !windows_have_any(w, names) || !tokens_around(w, is_hex, t))
		return;
	if (t[0].len >= 8 && t[1].len >= 8 && t[0].len <= 9 && t[1].len <= 9)
		recognised(r, SCORE_FIELD + 2, "%.*s -> %.*s", (int)t[0].len, t[0].p, (int)t[1].len, t[1].p);
}

/* --- gcc, LLVM and rustc symbols --- */

static bool lto_object(const struct difference *d)
{
	const struct layout *image = d->side[0].layout ? d->side[0].layout->image : NULL;
	size_t i;

	for (i = 0; image && i < image->count; i++)
		if (!strncmp(image->parts[i].name, ".gnu.lto_", 9))
			return true;
	return false;
}

/* gcc also names a symbol after the source, a dot and 8 hex digits. */
static bool dotted_hex(const struct window *w, struct token t)
{
	return t.len == 8 && t.from > 1 && w->p[t.from - 1] == '.';
}

RECOGNISER(lto_section_suffix)
{
	static const char *const names[] = { ".gnu.lto_", ".gnu.debuglto_", NULL };
	struct window w[2];
	struct token t[2];

	if (text_windows(d, w) && windows_have_any(w, names) && tokens_around(w, is_hex, t) &&
	    t[0].len >= 5 && t[1].len >= 5)
		recognised(r, SCORE_FIELD + 2, "%.*s -> %.*s", (int)t[0].len, t[0].p, (int)t[1].len, t[1].p);
	else if (section_is(d, ".strtab") && text_windows(d, w) && tokens_around(w, is_hex, t) &&
		 dotted_hex(&w[0], t[0]) && dotted_hex(&w[1], t[1]) && lto_object(d))
		recognised(r, SCORE_SURE, "%.8s -> %.8s", t[0].p, t[1].p);
	else if (section_is(d, ".gnu.lto_") && !is_field(d))
		recognised(r, SCORE_WEAK + 5, "%s", "");
}

/* The characters before a token, to be compared with what must precede it. */
static bool preceded_by(const struct window *w, struct token t, const char *s)
{
	size_t n = strlen(s);

	return t.from >= n && !memcmp(w->p + t.from - n, s, n);
}

RECOGNISER(promoted_symbol_suffix)
{
	struct window w[2];
	struct token t[2];

	if (!text_windows(d, w) || !tokens_around(w, is_digit, t))
		return;
	if (preceded_by(&w[0], t[0], ".llvm.") && preceded_by(&w[1], t[1], ".llvm."))
		recognised(r, SCORE_FIELD + 2, ".llvm.%.*s -> .llvm.%.*s", (int)t[0].len, t[0].p,
			   (int)t[1].len, t[1].p);
}

/*
 * Legacy mangling ends a name in 17h, 16 hex digits and E; a codegen unit is named crate.<hash>-cgu.0; v0
 * mangling puts the crate's hash after Cs in base 62.
 */
static bool is_lower_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

/* 16 hex digits, in older versions of rustc 8 letters and digits. */
static bool codegen_unit(const struct window *w, struct token *ret)
{
	struct token t = token_around(w, is_alnum);
	size_t end = t.from + t.len;

	if (t.len < 6 || t.len > 16 || w->len - end < 5 || memcmp(w->p + end, "-cgu.", 5) != 0)
		return false;
	*ret = t;
	return true;
}

static bool legacy_hash(const struct window *w, struct token *ret)
{
	*ret = token_around(w, is_lower_hex);
	if (codegen_unit(w, ret))
		return true;
	return ret->len == 16 && preceded_by(w, *ret, "17h");
}

static bool crate_hash(const struct window *w, struct token *ret)
{
	struct token word = token_around(w, is_alnum);
	size_t i;

	if (!window_has(w, "_R"))
		return false;
	for (i = 0; i + 8 <= word.len; i++)
		if (word.p[i] == 'C' && word.p[i + 1] == 's' && word.from + i + 2 <= w->from) {
			*ret = token_slice(word, i, word.len);
			return word.from + word.len < w->len && w->p[word.from + word.len] == '_';
		}
	return false;
}

RECOGNISER(rust_symbol_hash)
{
	struct window w[2];
	struct token t[2];

	if (!in_image(d) || !text_windows(d, w))
		return;
	if ((legacy_hash(&w[0], &t[0]) && legacy_hash(&w[1], &t[1])) ||
	    (crate_hash(&w[0], &t[0]) && crate_hash(&w[1], &t[1])))
		recognised(r, SCORE_FIELD, "%.*s -> %.*s", (int)t[0].len, t[0].p, (int)t[1].len, t[1].p);
}

/* --- Go --- */

RECOGNISER(go_build_id)
{
	struct window w[2];

	if (section_is(d, ".note.go.buildid") || section_is(d, "go.buildid"))
		recognised(r, SCORE_FIELD + 3, "%s", "");
	else if (text_windows(d, w) && windows_have(w, "Go build ID:"))
		recognised(r, SCORE_FIELD + 3, "%s", "");
}

RECOGNISER(go_vcs_stamp)
{
	static const char *const keys[] = { "vcs.revision", "vcs.time", "vcs.modified", NULL };
	struct window w[2];
	struct token t[2];

	if (!text_windows(d, w))
		return;
	if (!in_image(d) || !tokens_around(w, is_path_char, t))
		return;
	if (windows_have_any(w, keys) ||
	    (windows_have(w, "mod\t") && (token_has(t[0], "v0.0.0-") || token_has(t[0], "+dirty"))))
		recognised(r, SCORE_FIELD + 2, "%.*s -> %.*s", (int)(t[0].len > 60 ? 60 : t[0].len), t[0].p,
			   (int)(t[1].len > 60 ? 60 : t[1].len), t[1].p);
}

/* --- revisions, digests, identifiers --- */

static bool is_describe_char(char c)
{
	return is_word(c) || c == '.' || c == '-' || c == '+';
}

/* v1.2-34-gabcdef0, with or without -dirty */
static bool described(struct token t)
{
	size_t i;

	for (i = 0; i + 9 <= t.len; i++)
		if (!memcmp(t.p + i, "-g", 2) && token_all(token_slice(t, i + 2, 7), is_hex))
			return true;
	return token_has(t, "-dirty") || token_has(t, "+dirty");
}

static bool has_digit(struct token t)
{
	size_t i;

	for (i = 0; i < t.len; i++)
		if (is_digit(t.p[i]))
			return true;
	return false;
}

/* Letters and digits, so that no plain number is taken for an abbreviated hash. */
static bool mixed_hex(struct token t)
{
	return !token_all(t, is_digit) && token_all(t, is_hex) && has_digit(t);
}

static bool stands_alone(const struct window *w, struct token t)
{
	char before = t.from ? w->p[t.from - 1] : ' ';

	return !is_word(before) || before == 'g' || before == '_';
}

RECOGNISER(git_revision)
{
	static const char *const words[] = { "git", "commit", "revision", "vcs", "scm", NULL };
	struct window w[2];
	struct token t[2];
	bool told;

	if (is_field(d) || !text_windows(d, w) || (!in_text(d) && in_debug(d)))
		return;
	if (tokens_around(w, is_hex, t) && t[0].len == t[1].len && stands_alone(&w[0], t[0])) {
		told = words_near(w, t, 40, 0, words);
		if (t[0].len == 40 ||
		    (told && t[0].len >= 7 && t[0].len <= 12 && mixed_hex(t[0]) && mixed_hex(t[1])))
			recognised(r, told ? SCORE_SURE : SCORE_WEAK + 10, "%.*s -> %.*s", (int)t[0].len,
				   t[0].p, (int)t[1].len, t[1].p);
	}
	if (tokens_around(w, is_describe_char, t) && (described(t[0]) || described(t[1])))
		recognised(r, SCORE_SURE + 3, "%.*s -> %.*s", (int)t[0].len, t[0].p, (int)t[1].len, t[1].p);
}

static bool is_base64(char c)
{
	return is_word(c) || c == '-' || c == '+' || c == '/';
}

/* A digest of another file: sums, manifests, RECORD of a wheel. The difference is in that file. */
RECOGNISER(recorded_digest)
{
	static const char *const words[] = { "sha256", "sha-256", "sha512", "sha-512",  "sha384",
					     "sha1",   "md5",     "digest", "checksum", NULL };
	struct window w[2];
	struct token t[2];
	bool told;

	if (is_field(d) || !text_windows(d, w))
		return;
	told = windows_have_any(w, words);
	if (tokens_around(w, is_hex, t) && t[0].len == t[1].len &&
	    (t[0].len == 32 || t[0].len == 40 || t[0].len == 64 || t[0].len == 96 || t[0].len == 128))
		recognised(r, told ? SCORE_SURE + 1 : SCORE_WEAK + 5, "%.12s... -> %.12s...", t[0].p, t[1].p);
	else if (told && tokens_around(w, is_base64, t) && t[0].len == t[1].len &&
		 (t[0].len == 43 || t[0].len == 86))
		recognised(r, SCORE_SURE + 1, "%.12s... -> %.12s...", t[0].p, t[1].p);
}

static bool is_uuid_char(char c)
{
	return is_hex(c) || c == '-';
}

static bool is_uuid(struct token t)
{
	static const unsigned char dashes[] = { 8, 13, 18, 23 };
	unsigned i, n = 0;

	for (i = 0; i < 4; i++)
		if (t.len != 36 || t.p[dashes[i]] != '-')
			return false;
	for (i = 0; i < 36; i++)
		n += t.p[i] == '-';
	return n == 4;
}

/* RFC 4122: the version is the 15th character, the variant the 20th. */
RECOGNISER(random_uuid)
{
	struct window w[2];
	struct token t[2];
	char version;

	if (is_field(d) || !text_windows(d, w) || !tokens_around(w, is_uuid_char, t) || !is_uuid(t[0]) ||
	    !is_uuid(t[1]))
		return;
	version = t[0].p[14];
	recognised(r, version == '4' ? SCORE_FIELD : SCORE_SURE, "version %c: %.36s -> %.36s", version,
		   t[0].p, t[1].p);
}

RECOGNISER(pdf_id)
{
	struct window w[2];
	struct token t[2];

	if (!in_text(d) || !text_windows(d, w) || !windows_have(w, "/ID") || !tokens_around(w, is_hex, t))
		return;
	if (t[0].len == 32 && t[1].len == 32)
		recognised(r, SCORE_SURE + 5, "%.32s -> %.32s", t[0].p, t[1].p);
}
