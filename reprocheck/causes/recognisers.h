/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recognisers.h: private to the recognisers of causes.
 *
 * A recogniser sees one difference and writes a score into the recognition, or
 * leaves it alone.  Scores order the causes by how specific the evidence is:
 *
 *   95  the value equals a fact that the user gave
 *   90  the format's own field says what the value means
 *   80  a pattern that little else produces, in the place where it belongs
 *   65  a pattern, or weak evidence together with a telling word beside it
 *   45  a resemblance, better than nothing
 *
 * The text ones work on windows: at most WINDOW_REACH bytes to either side of
 * the run, so that a line of a megabyte costs no more than a short one.
 */
#ifndef REPROCHECK_CAUSES_RECOGNISERS_H
#define REPROCHECK_CAUSES_RECOGNISERS_H

#include "reprocheck/causes/causes.h"

enum { SCORE_FACT = 95, SCORE_FIELD = 90, SCORE_SURE = 80, SCORE_PATTERN = 65, SCORE_WEAK = 45 };

#define WINDOW_REACH 400

struct window {
	const char *p;
	size_t len;
	size_t from, to; /* the run, from <= to <= len */
};

struct token {
	const char *p; /* NULL: none */
	size_t len;
	size_t from; /* in its window */
};

/* A moment that is written in a text. */
struct stamp {
	const char *pattern; /* the one that matched, see stamp_patterns */
	int64_t time;        /* as if in UTC, less the written offset */
	int zone;            /* minutes east of UTC, when the text says so */
	bool has_zone, has_date, has_clock;
	size_t from, to; /* in the window */
};

typedef bool char_class(char c);
static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static inline bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
static inline bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
/* alphanumeric or _ */
static inline bool is_word(char c)
{
	return is_alnum(c) || c == '_';
}
static inline bool not_blank(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f;
}
bool is_path_char(char c); /* what stands in a path, without blanks, quotes, and list separators */

/* recognise.c: reading a difference. */
void recognised(struct recognition *r, int score, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool format_is(const struct difference *d, const char *format);
bool region_has(const struct difference *d, const char *word); /* any case, in region or path */
bool region_is(const struct difference *d, const char *name);
bool section_is(const struct difference *d, const char *prefix); /* section or region begins with it */
bool in_image(const struct difference *d); /* ELF, PE, Mach-O, wasm and what hangs below them */
bool in_text(const struct difference *d);  /* a text file or the text of a container */
bool in_debug(const struct difference *d);
enum meaning meaning_of(const struct difference *d);
bool is_field(const struct difference *d);
bool field_numbers(const struct difference *d, uint64_t v[2]);
bool field_texts(const struct difference *d, struct token t[2]); /* trimmed of blanks and NULs */

/* recognise.c: text around it. */
bool text_windows(const struct difference *d, struct window w[2]);
/* The bytes of the leaf around the run, whatever they are: for words that stand on another line. false: no bytes. */
bool leaf_windows(const struct difference *d, struct window w[2]);
bool window_has(const struct window *w, const char *word); /* any case */
bool windows_have(const struct window w[2], const char *word);
bool windows_have_any(const struct window w[2], const char *const *words); /* NULL-terminated */
struct token token_around(const struct window *w, char_class *member);
bool tokens_around(const struct window w[2], char_class *member,
		   struct token t[2]); /* both non-empty, and different */
/* Any of the words (NULL-terminated, any case) within `before` bytes before both tokens, or `after` behind them. */
bool words_near(const struct window w[2], const struct token t[2], size_t before, size_t after,
		const char *const *words);
bool tokens_equal(struct token a, struct token b);
bool token_is(struct token t, const char *s);
bool token_begins(struct token t, const char *s);
bool token_ends(struct token t, const char *s);
bool token_has(struct token t, const char *s);
bool token_all(struct token t, char_class *member);
bool token_number(struct token t, unsigned base, uint64_t *ret);
/* The name in NAME=value, "Name: value" or "NAME" "value" that the run is the value of, on its line; p NULL: none. */
struct token key_before(const struct window *w);
struct token first_key(const struct window *w); /* the name before the first = of the line */
struct token token_slice(struct token t, size_t from, size_t len);
bool facts_equal(const char *const fact[2],
		 const struct token t[2]); /* both known, and the tokens are them */
bool facts_inside(const char *const fact[2],
		  const struct window w[2]); /* both known, different, under the run */

/* moment.c: times. */
const char *utc_text(int64_t t, char out[32]);
bool find_stamps(const struct window w[2],
		 struct stamp s[2]);       /* same pattern on both sides, touching the run */
/* The moment that is written at an offset of the window, in the longest form that fits. */
bool stamp_at(const struct window *w, size_t at, struct stamp *ret);
bool timezone_apart(int64_t a, int64_t b); /* by a whole number of quarter hours, up to 26 hours */
bool facts_time(const struct difference *d, int64_t a, int64_t b);
void recognised_times(struct recognition *r, int score, const struct difference *d, int64_t a, int64_t b);

/* recognise_path.c */
bool find_paths(const struct window w[2],
		struct token t[2]); /* two absolute paths under the run, and different */
/* The builds' directories are known and different, and the tokens hold them. */
bool facts_build_path(const struct difference *d, const struct token t[2]);

/* recognise_name.c */
/* The name that mkstemp, or a tool with a template of its own, made up and that begins at an offset of the window; by
 * whom. Its letters must look random, since there is no other side to compare with. */
bool made_up_name(const struct window *w, size_t at, struct token *ret, const char **ret_maker);
/* What mkstemp makes of XXXXXX: letters of both cases, or digits among letters. */
bool looks_random(struct token t);

#define RECOGNISER(name) void recognise_##name(const struct difference *d, struct recognition *r)

/* recognise_time.c */
RECOGNISER(date_time_macros);
RECOGNISER(embedded_timestamp);
RECOGNISER(documentation_timestamps);
RECOGNISER(gettext_timestamps);
RECOGNISER(timezone);
RECOGNISER(png_timestamps);
RECOGNISER(pe_timestamp);
RECOGNISER(macho_object_times);
RECOGNISER(clang_pch_timestamp);
RECOGNISER(pyc_mtime);
RECOGNISER(rpm_build_time);
RECOGNISER(nvcc_source_mtime);
RECOGNISER(recorded_timestamp);

/* recognise_archive.c */
RECOGNISER(ar_timestamps);
RECOGNISER(deb_timestamps);
RECOGNISER(ar_owner);
RECOGNISER(thin_archive_paths);
RECOGNISER(tar_timestamps);
RECOGNISER(tar_owner);
RECOGNISER(tar_pax_times);
RECOGNISER(zip_timestamps);
RECOGNISER(zip_atime);
RECOGNISER(zip_owner);
RECOGNISER(cpio_timestamps);
RECOGNISER(cpio_owner);
RECOGNISER(gzip_timestamps);
RECOGNISER(gzip_name);
RECOGNISER(compressor_settings);
RECOGNISER(umask);
RECOGNISER(inode_numbers);
RECOGNISER(embedded_signature);

/* recognise_path.c */
RECOGNISER(debug_build_path);
RECOGNISER(macro_build_path);
RECOGNISER(build_path);
RECOGNISER(recorded_flags);
RECOGNISER(split_dwarf);
RECOGNISER(runpath);
RECOGNISER(gcov_path);
RECOGNISER(rust_build_path);
RECOGNISER(go_build_path);
RECOGNISER(pyc_path);
RECOGNISER(environment);

/* recognise_name.c: names that tools make up */
RECOGNISER(temp_names);
RECOGNISER(rustc_temp_names);
RECOGNISER(nvcc_temp_names);
RECOGNISER(nvcc_path_hash);
RECOGNISER(lto_section_suffix);
RECOGNISER(promoted_symbol_suffix);
RECOGNISER(rust_symbol_hash);
RECOGNISER(go_build_id);
RECOGNISER(go_vcs_stamp);
RECOGNISER(git_revision);
RECOGNISER(recorded_digest);
RECOGNISER(random_uuid);
RECOGNISER(pdf_id);

/* recognise_host.c: what the machine and its user are */
RECOGNISER(build_host);
RECOGNISER(build_user);
RECOGNISER(rpm_build_host);
RECOGNISER(kernel_version);
RECOGNISER(cpu_count);
RECOGNISER(cpu_model);
RECOGNISER(march_native);
RECOGNISER(process_id);
RECOGNISER(locale);
RECOGNISER(java_manifest);
RECOGNISER(tool_version);

/* recognise_surroundings.c: what leaks in from around the build */
RECOGNISER(search_path);
RECOGNISER(home_directory);
RECOGNISER(temporary_directory);
RECOGNISER(terminal_dependent);
RECOGNISER(elapsed_time);

/* recognise_binary.c */
RECOGNISER(aslr_pointer);
RECOGNISER(object_address);
RECOGNISER(gcc_pch);
RECOGNISER(pyc_flag_ref);
RECOGNISER(const_random);
RECOGNISER(uninitialised_memory);
RECOGNISER(gcov_stamp);
RECOGNISER(profile_counters);
RECOGNISER(sqlite_counter);
RECOGNISER(macho_uuid);
RECOGNISER(pe_debug_guid);
RECOGNISER(build_id);
RECOGNISER(debuglink_crc);
RECOGNISER(compiler_order);
RECOGNISER(link_order);
RECOGNISER(hash_order);
RECOGNISER(input_changed);

#endif
