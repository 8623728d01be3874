/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of causes is consistent, and the recognisers tell causes apart: each sample is one difference with the
 * cause that it has, beside samples that look much alike and have another cause or none.
 */
#include "reprocheck/causes/causes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* --- the table --- */

static bool is_kebab(const char *s)
{
	const char *p;

	for (p = s; *p; p++)
		if (!(*p >= 'a' && *p <= 'z') && !(*p >= '0' && *p <= '9') &&
		    !(*p == '-' && p > s && p[1] && p[1] != '-'))
			return false;
	return p > s;
}

static void test_ids_are_unique_and_kebab_case(void **state)
{
	const struct cause *c, *other;

	(void)state;
	for (c = causes; c->id; c++) {
		if (!is_kebab(c->id))
			fail_msg("%s is not kebab-case", c->id);
		for (other = causes; other < c; other++)
			if (!strcmp(c->id, other->id))
				fail_msg("%s stands twice in the table", c->id);
	}
	assert_true(c - causes > 80);
}

static bool is_derived(const struct cause *c)
{
	return !strcmp(c->axis, "derived") || !strcmp(c->id, CAUSE_UNEXPLAINED);
}

static void test_rows_are_complete(void **state)
{
	static const char *const axes =
		" time path tmpname host user env locale tz umask order-dir order-hash order-parallel random "
		"pid "
		"aslr uninit compress derived input-changed tool-changed cpu mtime kernel home tmpdir search-path "
		"network tty inode unknown ";
	const struct cause_fix *fix;
	const struct cause *c;
	char axis[64];

	(void)state;
	for (c = causes; c->id; c++) {
		(void)snprintf(axis, sizeof(axis), " %s ", c->axis);
		if (!strstr(axes, axis))
			fail_msg("%s has the unknown axis %s", c->id, c->axis);
		if (!c->title || strlen(c->title) < 6 || !c->looks_like || strlen(c->looks_like) < 10)
			fail_msg("%s has no title or does not say what it looks like", c->id);
		if (!is_derived(c) && !c->fixes)
			fail_msg("%s has no fix", c->id);
		if (is_derived(c) && c->recognise)
			fail_msg("%s is derived and has a recogniser", c->id);
		for (fix = c->fixes; fix && fix->tool; fix++)
			if (!*fix->tool || !fix->edit || !*fix->edit)
				fail_msg("%s has an empty fix", c->id);
	}
}

static unsigned times_listed(const char *name)
{
	const char *const *alias;
	const struct cause *c;
	unsigned n = 0;

	for (c = causes; c->id; c++) {
		n += !strcmp(c->id, name);
		for (alias = c->aliases; alias && *alias; alias++)
			n += !strcmp(*alias, name);
	}
	return n;
}

static void test_aliases_are_unique_and_found(void **state)
{
	const char *const *alias;
	const struct cause *c;

	(void)state;
	for (c = causes; c->id; c++)
		for (alias = c->aliases; alias && *alias; alias++) {
			if (times_listed(*alias) != 1)
				fail_msg("alias %s of %s is not unique", *alias, c->id);
			assert_ptr_equal(cause_find(*alias), c);
		}
}

static void test_causes_are_found_by_id(void **state)
{
	static const char *const concluded[] = { CAUSE_UNEXPLAINED,  CAUSE_MOVED,       CAUSE_OFFSET,
						 CAUSE_CHECKSUM,     CAUSE_PAYLOAD,     CAUSE_COMPRESSOR,
						 CAUSE_MEMBER_ORDER, CAUSE_ENTRY_ORDER, CAUSE_LINK_ORDER,
						 CAUSE_LINE_ORDER,   CAUSE_SET_ORDER,   CAUSE_ONE_SIDE,
						 CAUSE_BUILD_ID };
	const struct cause *c;
	size_t i;

	(void)state;
	for (c = causes; c->id; c++)
		assert_ptr_equal(cause_find(c->id), c);
	for (i = 0; i < sizeof(concluded) / sizeof(concluded[0]); i++)
		if (!cause_find(concluded[i]))
			fail_msg("the engine concludes %s, which is not in the table", concluded[i]);
	assert_null(cause_find("no-such-cause"));
	assert_null(cause_find(""));
}

static void test_fix_lines_name_tool_and_edit(void **state)
{
	const char *first = cause_fix_line(cause_find("gzip-timestamps"));

	(void)state;
	assert_string_equal(first, "gzip: gzip -n");
	assert_string_equal(cause_fix_line(cause_find("ar-timestamps")),
			    "GNU ar: ar rcD, or ARFLAGS=Drc for make");
	assert_string_equal(cause_fix_line(cause_find(CAUSE_MOVED)), "");
	assert_string_equal(first, "gzip: gzip -n"); /* still: the line is not overwritten by the next call */
}

/* What people try in vain is in the table, since it costs them the most time. */
static void test_traps_are_told(void **state)
{
	static const char *const traps[][2] = {
		{ "lto-section-suffix", "-frandom-seed=0" },
		{ "gcov-stamp", "SOURCE_DATE_EPOCH" },
		{ "nvcc-temp-names", "-frandom-seed" },
		{ "nvcc-path-hash", "-frandom-seed" },
		{ "date-time-macros", "clang 14 ignores" },
		{ "gcov-path", "-fprofile-prefix-map" },
		{ "nvcc-source-mtime", "-objtemp" },
		{ "zip-timestamps", "zip -X alone" },
		{ "archive-entry-order", "without LC_ALL=C" },
		{ "documentation-timestamps", "FORCE_SOURCE_DATE" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(traps) / sizeof(traps[0]); i++) {
		const struct cause *c = cause_find(traps[i][0]);

		assert_non_null(c);
		if (!c->not_fixed_by || !strstr(c->not_fixed_by, traps[i][1]))
			fail_msg("%s does not warn of %s", traps[i][0], traps[i][1]);
	}
}

/* --- differences --- */

struct sample {
	const char *cause; /* NULL: none */
	const char *format, *section, *region;
	enum part_kind kind;
	enum meaning meaning;
	enum coding coding;
	const char *a, *b;
	size_t a_len, b_len;
	const char *detail; /* what the recognition must say, or NULL */
};

#define BYTES(x, y) .a = (x), .a_len = sizeof(x) - 1, .b = (y), .b_len = sizeof(y) - 1
#define TEXT(c, x, y)                                                                                     \
	{                                                                                                 \
		.cause = (c), .format = "text", .section = "lines", .region = "lines", .kind = PART_TEXT, \
		BYTES(x, y)                                                                               \
	}
#define IMAGE(c, s, k, x, y)                                                                           \
	{                                                                                              \
		.cause = (c), .format = "elf", .section = (s), .region = (s), .kind = (k), BYTES(x, y) \
	}
#define FIELD(c, f, n, m, e, x, y)                                                              \
	{                                                                                       \
		.cause = (c), .format = (f), .section = (n), .region = (n), .kind = PART_FIELD, \
		.meaning = (m), .coding = (e), BYTES(x, y)                                      \
	}

struct stage {
	struct analyzer analyzer;
	struct content *content[2];
	struct layout layout[2];
	struct part part[2];
	struct difference d;
};

/* The run is what differs, as long as both sides are; as the engine does for text, and whole for fields. */
static void set_run(struct stage *g, const struct sample *s)
{
	size_t from = 0, end = 0;

	if (s->kind != PART_FIELD) {
		while (from < s->a_len && from < s->b_len && s->a[from] == s->b[from])
			from++;
		while (end < s->a_len - from && end < s->b_len - from &&
		       s->a[s->a_len - 1 - end] == s->b[s->b_len - 1 - end])
			end++;
	}
	g->d.side[0].at = g->d.side[1].at = from;
	g->d.side[0].len = s->a_len - from - end;
	g->d.side[1].len = s->b_len - from - end;
}

static bool printable(char c)
{
	return c == '\t' || ((unsigned char)c >= ' ' && c != 0x7f);
}

/* The string that the run stands in, as the engine finds it. */
static void set_text(struct difference *d, int i)
{
	const struct side *s = &d->side[i];
	const char *p = (const char *)s->leaf;
	size_t from = s->at, to = s->at;

	while (from > 0 && printable(p[from - 1]))
		from--;
	while (to < s->leaf_len && printable(p[to]))
		to++;
	if (to - from < 4 || to < s->at + s->len)
		return;
	d->text[i].p = p + from;
	d->text[i].len = to - from;
	d->text[i].at = s->at - from;
}

static void set_stage(struct stage *g, const struct sample *s, const struct facts *facts)
{
	int i;

	*g = (struct stage){ .analyzer = { .name = s->format } };
	for (i = 0; i < 2; i++) {
		const char *p = i ? s->b : s->a;
		size_t n = i ? s->b_len : s->a_len;

		assert_int_equal(content_copy(p, n, "sample", &g->content[i]), 0);
		g->part[i] = (struct part){ .len = n,
					    .name = s->region,
					    .kind = s->kind,
					    .meaning = s->meaning,
					    .coding = s->coding };
		g->layout[i] = (struct layout){ .analyzer = &g->analyzer,
						.content = g->content[i],
						.size = n,
						.data = content_data(g->content[i]),
						.parts = &g->part[i],
						.count = 1 };
		g->d.side[i] = (struct side){
			.layout = &g->layout[i], .part = &g->part[i], .leaf = g->layout[i].data, .leaf_len = n
		};
	}
	g->d.format = s->format;
	g->d.path = g->d.region = s->region;
	g->d.section = s->section;
	g->d.file = "sample";
	g->d.facts = facts;
	set_run(g, s);
	set_text(&g->d, 0);
	set_text(&g->d, 1);
}

static void check(const struct sample *s, const struct facts *facts)
{
	struct recognition r = { 0 };
	const struct cause *found;
	struct stage g;

	set_stage(&g, s, facts);
	found = recognise(&g.d, &r);
	content_unref(g.content[0]);
	content_unref(g.content[1]);
	if (strcmp(found ? found->id : "none", s->cause ? s->cause : "none") != 0)
		fail_msg("%s %s \"%s\" / \"%s\": found %s (%d), not %s", s->format, s->section, s->a, s->b,
			 found ? found->id : "none", r.score, s->cause ? s->cause : "none");
	if (found)
		assert_in_range(r.score, RECOGNITION_MIN, 100);
	if (s->detail && !strstr(r.detail, s->detail))
		fail_msg("%s: the detail is \"%s\", not \"%s\"", s->cause, r.detail, s->detail);
}

#define check_all(samples)                                                                     \
	do {                                                                                   \
		size_t sample_;                                                                \
		for (sample_ = 0; sample_ < sizeof(samples) / sizeof((samples)[0]); sample_++) \
			check(&(samples)[sample_], NULL);                                      \
	} while (0)

static void test_times_in_text(void **state)
{
	static const struct sample samples[] = {
		IMAGE("date-time-macros", ".rodata", PART_RAW, "Nov 22 2026", "Dec  1 2026"),
		IMAGE("date-time-macros", ".rodata.str1.1", PART_RAW, "10:00:00", "10:00:07"),
		IMAGE("date-time-macros", ".rodata", PART_RAW, "Sun Nov 22 10:00:00 2026",
		      "Sun Nov 22 10:03:01 2026"),
		IMAGE("embedded-timestamp", ".rodata", PART_RAW, "built 2026-11-22T10:00:00Z",
		      "built 2026-11-22T10:09:03Z"),
		IMAGE(NULL, ".rodata", PART_RAW, "version 10.00.01", "version 10.00.07"),
		TEXT("embedded-timestamp", "built at 1700000000", "built at 1700000431"),
		TEXT("embedded-timestamp", "built 2026-11-22", "built 2026-11-23"),
		TEXT("embedded-timestamp", "10:00:00", "10:00:07"),
		TEXT(NULL, "part number 170000000", "part number 170000431"),
		TEXT(NULL, "part 17000000001 of it", "part 17000000431 of it"),
		TEXT(NULL, "in 1999-13-01 form", "in 1999-13-07 form"),
		TEXT("documentation-timestamps",
		     "<!-- Generated by javadoc (17) on Sun Nov 22 10:00:00 UTC 2026 -->",
		     "<!-- Generated by javadoc (17) on Mon Nov 23 11:20:05 UTC 2026 -->"),
		TEXT("documentation-timestamps", ".TH THING 1 \"2026-11-22\"", ".TH THING 1 \"2026-11-24\""),
		TEXT("documentation-timestamps", "/CreationDate (D:20261122100000Z)",
		     "/CreationDate (D:20261122100455Z)"),
		TEXT("gettext-timestamps", "\"POT-Creation-Date: 2026-11-22 10:00+0000\\n\"",
		     "\"POT-Creation-Date: 2026-11-24 10:17+0000\\n\""),
		TEXT("timezone", "built 2026-11-22 10:00:00", "built 2026-11-22 15:30:00"),
		TEXT("timezone", "2026-11-22T10:00:00+00:00", "2026-11-22T12:00:00+02:00"),
		TEXT("embedded-timestamp", "2026-11-22T10:00:00+00:00", "2026-11-22T12:00:01+02:00"),
		TEXT("embedded-timestamp", "built 2026-11-22 10:00:00", "built 2026-11-22 15:30:01"),
		TEXT("embedded-timestamp", "built 2026-11-22 10:00:00", "built 2026-11-25 10:00:00"),
	};

	(void)state;
	check_all(samples);
}

static void test_times_are_told_in_utc(void **state)
{
	struct sample s = TEXT("embedded-timestamp", "at 1700000000", "at 1700000431");

	(void)state;
	s.detail = "2023-11-14 22:13:20Z -> 2023-11-14 22:20:31Z";
	check(&s, NULL);
}

static void test_time_fields(void **state)
{
	static const struct sample samples[] = {
		FIELD("ar-timestamps", "ar", "mtime", MEANS_TIME, CODED_DEC, "1700000000  ", "1700000431  "),
		FIELD(NULL, "ar", "name", MEANS_NAME, CODED_BYTES, "x.o/", "y.o/"),
		FIELD("tar-timestamps", "tar", "mtime", MEANS_TIME, CODED_OCT, "14524770400", "14524771257"),
		FIELD("tar-pax-times", "tar", "atime", MEANS_TIME, CODED_DEC_TEXT, "1700000000.25",
		      "1700000431.5"),
		FIELD("zip-timestamps", "zip", "mtime", MEANS_TIME, CODED_DOS, "\xaa\xb1\x6e\x57",
		      "\xab\xb1\x6e\x57"),
		FIELD("zip-timestamps", "zip", "UT mtime", MEANS_TIME, CODED_LE, "\x00\xf1\x53\x65",
		      "\x07\xf1\x53\x65"),
		FIELD("zip-atime", "zip", "UT atime", MEANS_TIME, CODED_LE, "\x00\xf1\x53\x65",
		      "\x07\xf1\x53\x65"),
		FIELD("timezone", "zip", "mtime", MEANS_TIME, CODED_DOS, "\xaa\xb1\x6e\x57",
		      "\x6a\x1d\x6f\x57"),
		/* Seconds since 1970 have no zone, whatever the distance. */
		FIELD("zip-timestamps", "zip", "UT mtime", MEANS_TIME, CODED_LE, "\x00\xf1\x53\x65",
		      "\x10\xff\x53\x65"),
		FIELD("gzip-timestamps", "gzip", "MTIME", MEANS_TIME, CODED_LE, "\x00\xf1\x53\x65",
		      "\x07\xf1\x53\x65"),
		FIELD("cpio-timestamps", "cpio", "mtime", MEANS_TIME, CODED_HEX, "6553f100", "6553f107"),
		FIELD("png-timestamps", "png", "second", MEANS_TIME, CODED_BYTES, "\x01", "\x07"),
		FIELD("pe-timestamp", "pe", "TimeDateStamp", MEANS_TIME, CODED_LE, "\x00\xf1\x53\x65",
		      "\x07\xf1\x53\x65"),
		FIELD("macho-object-times", "macho", "N_OSO", MEANS_TIME, CODED_LE, "\x00\xf1\x53\x65",
		      "\x07\xf1\x53\x65"),
		FIELD("clang-pch-timestamp", "pch", "input file mtime", MEANS_TIME, CODED_LE,
		      "\x00\xf1\x53\x65", "\x07\xf1\x53\x65"),
		FIELD("pyc-mtime", "pyc", "mtime", MEANS_TIME, CODED_LE, "\x00\xf1\x53\x65",
		      "\x07\xf1\x53\x65"),
		FIELD("rpm-build-time", "rpm", "BUILDTIME", MEANS_TIME, CODED_BE, "\x65\x53\xf1\x00",
		      "\x65\x53\xf1\x07"),
		FIELD("recorded-timestamp", "squash", "mtime", MEANS_TIME, CODED_LE, "\x00\xf1\x53\x65",
		      "\x07\xf1\x53\x65"),
		/* nvcc: 1700000000 and 1700000431 as ULEB128 in a line table, and a number that is no time. */
		IMAGE("nvcc-source-mtime", ".debug_line", PART_RAW, "k.cu\0\1\x80\xe2\xcf\xaa\x06\x0a",
		      "k.cu\0\1\xaf\xe5\xcf\xaa\x06\x0a"),
		IMAGE(NULL, ".debug_line", PART_RAW, "k.cu\0\1\x03\x01\x05\x0a", "k.cu\0\1\x07\x01\x05\x0a"),
		IMAGE(NULL, ".text", PART_RAW, "k.cu\0\1\x80\xe2\xcf\xaa\x06\x0a",
		      "k.cu\0\1\xaf\xe5\xcf\xaa\x06\x0a"),
	};
	struct sample inside =
		FIELD("deb-timestamps", "tar", "mtime", MEANS_TIME, CODED_OCT, "14524770400", "14524771257");
	struct sample payload =
		FIELD("rpm-build-time", "cpio", "mtime", MEANS_TIME, CODED_HEX, "6553f100", "6553f107");
	struct sample deb =
		FIELD("deb-timestamps", "ar", "mtime", MEANS_TIME, CODED_DEC, "1700000000  ", "1700000431  ");
	struct recognition r;
	struct stage g;

	(void)state;
	check_all(samples);
	set_stage(&g, &inside, NULL);
	g.d.file = "thing.deb//data.tar.xz//data.tar";
	assert_string_equal(recognise(&g.d, &r)->id, "deb-timestamps");
	content_unref(g.content[0]);
	content_unref(g.content[1]);
	set_stage(&g, &payload, NULL);
	g.d.file = "thing.rpm//payload";
	assert_string_equal(recognise(&g.d, &r)->id, "rpm-build-time");
	content_unref(g.content[0]);
	content_unref(g.content[1]);
	set_stage(&g, &deb, NULL);
	g.d.path = "control.tar.gz//mtime";
	assert_string_equal(recognise(&g.d, &r)->id, "deb-timestamps");
	assert_string_equal(r.detail, "2023-11-14 22:13:20Z -> 2023-11-14 22:20:31Z");
	content_unref(g.content[0]);
	content_unref(g.content[1]);
}

static void test_other_fields(void **state)
{
	static const struct sample samples[] = {
		FIELD("ar-owner", "ar", "uid", MEANS_UID, CODED_DEC, "1000  ", "1001  "),
		FIELD("tar-owner", "tar", "uname", MEANS_USER, CODED_BYTES, "alice\0\0", "robert\0"),
		FIELD("zip-owner", "zip", "ux gid", MEANS_GID, CODED_LE, "\xe8\x03\0\0", "\x64\0\0\0"),
		FIELD("cpio-owner", "cpio", "uid", MEANS_UID, CODED_HEX, "000003e8", "00000000"),
		FIELD("umask", "tar", "mode", MEANS_MODE, CODED_OCT, "0000644", "0000664"),
		FIELD("umask", "ar", "mode", MEANS_MODE, CODED_OCT, "100644  ", "100600  "),
		FIELD("inode-numbers", "cpio", "ino", MEANS_DEVICE, CODED_HEX, "00012345", "00012399"),
		FIELD("gzip-name", "gzip", "FNAME", MEANS_NAME, CODED_BYTES, "draft.1\0", "draft.2\0"),
		FIELD("compressor-settings", "gzip", "XFL", MEANS_SETTING, CODED_LE, "\x02", "\x04"),
		FIELD("embedded-signature", "rpm", "RSAHEADER", MEANS_SIGNATURE, CODED_BYTES, "\x89\x01",
		      "\x89\x02"),
		FIELD("rpm-build-host", "rpm", "BUILDHOST", MEANS_HOST, CODED_BYTES, "alpha\0", "bravo\0"),
		FIELD("build-id", "elf", ".note.gnu.build-id", MEANS_ID, CODED_BYTES, "\1\2\3\4\5",
		      "\6\7\x8\x9\xa"),
		FIELD("gcov-stamp", "gcov", "stamp", MEANS_ID, CODED_LE, "\1\2\3\4", "\6\7\x8\x9"),
		FIELD("gcov-path", "gcov", "lineno_checksum", MEANS_ID, CODED_LE, "\1\2\3\4", "\6\7\x8\x9"),
		FIELD("sqlite-change-counter", "sqlite", "file change counter", MEANS_COUNTER, CODED_BE,
		      "\0\0\0\2", "\0\0\0\3"),
		FIELD("macho-uuid", "macho", "uuid", MEANS_ID, CODED_BYTES, "\1\2\3\4", "\6\7\x8\x9"),
		FIELD("pe-debug-guid", "pe", "GUID", MEANS_ID, CODED_BYTES, "\1\2\3\4", "\6\7\x8\x9"),
		FIELD("input-changed", "pyc", "source size", MEANS_SIZE, CODED_LE, "\5\0\0\0", "\7\0\0\0"),
		FIELD("pyc-flag-ref", "pyc", "FLAG_REF type", MEANS_FLAGS, CODED_LE, "\xe3", "\x63"),
		FIELD(NULL, "pyc", "FLAG_REF type", MEANS_FLAGS, CODED_LE, "\xe3", "\x61"),
		FIELD("tool-version", "zip", "version made by", MEANS_VERSION, CODED_LE, "\x1e", "\x14"),
		FIELD(NULL, "zip", "crc32", MEANS_CHECKSUM, CODED_LE, "\1\2\3\4", "\6\7\x8\x9"),
		FIELD(NULL, "elf", "sh_size", MEANS_SIZE, CODED_LE, "\1\2\3\4", "\6\7\x8\x9"),
	};

	(void)state;
	check_all(samples);
}

static void test_paths(void **state)
{
	static const struct sample samples[] = {
		IMAGE("debug-build-path", ".debug_str", PART_STRINGS, "/tmp/one/src/x.c",
		      "/tmp/second/src/x.c"),
		IMAGE("debug-build-path", ".debug_line_str", PART_STRINGS, "/build/one", "/build/two"),
		IMAGE("macro-build-path", ".rodata.str1.8", PART_STRINGS, "/tmp/one/src/x.c",
		      "/tmp/second/src/x.c"),
		IMAGE(NULL, ".rodata.str1.8", PART_STRINGS, "one/src/x.c", "two/src/x.c"),
		IMAGE(NULL, ".rodata.str1.8", PART_STRINGS, "// a comment", "// the other"),
		IMAGE("rust-build-path", ".rodata", PART_RAW, "/tmp/one/src/x.rs", "/tmp/second/src/x.rs"),
		IMAGE("go-build-path", ".gopclntab", PART_RAW, "/tmp/one/src/x.go", "/tmp/second/src/x.go"),
		IMAGE("gcov-path", ".rodata", PART_RAW, "/tmp/one/src/x.gcda", "/tmp/second/src/x.gcda"),
		IMAGE("runpath", ".dynstr", PART_STRINGS, "/tmp/one/lib", "/tmp/second/lib"),
		IMAGE("date-time-macros", ".rodata", PART_DATA, "Nov 22 202613:54:58", "Nov 22 202613:57:42"),
		IMAGE("split-dwarf", ".debug_str", PART_STRINGS, "/tmp/one/x.dwo", "/tmp/second/x.dwo"),
		IMAGE("recorded-flags", ".debug_str", PART_STRINGS, "GNU C17 12.2.0 -I/tmp/one/include -g",
		      "GNU C17 12.2.0 -I/tmp/second/include -g"),
		IMAGE("recorded-flags", ".GCC.command.line", PART_STRINGS, "-I /tmp/one/include",
		      "-I /tmp/second/include"),
		IMAGE("march-native", ".debug_str", PART_STRINGS, "GNU C17 12.2.0 -march=znver3 -g",
		      "GNU C17 12.2.0 -march=icelake-server -g"),
		IMAGE("tool-version", ".debug_str", PART_STRINGS, "GNU C17 12.2.0 -g", "GNU C17 12.3.1 -g"),
		IMAGE("tool-version", ".comment", PART_STRINGS, "GCC: (Debian 12.2.0-14) 12.2.0",
		      "GCC: (Debian 12.2.0-15) 12.2.0"),
		TEXT("build-path", "prefix=/tmp/one/usr", "prefix=/tmp/second/usr"),
		TEXT(NULL, "ratio 3/4 of it", "ratio 5/4 of it"),
		TEXT("recorded-flags", "CFLAGS = -O2 -ffile-prefix-map=/tmp/one=.",
		     "CFLAGS = -O2 -ffile-prefix-map=/tmp/second=."),
		TEXT("environment", "EDITOR=vi", "EDITOR=nano"),
		TEXT("home-directory", "HOME=/home/alice", "HOME=/nonexistent"),
		TEXT("home-directory", "cache in /home/alice/.cache/x", "cache in /nonexistent/.cache/x"),
		TEXT("build-path", "source in /home/alice/src/x.c", "source in /home/bob/src/x.c"),
		TEXT("search-path", "PATH=/usr/bin:/bin", "PATH=/usr/bin:/bin:/opt/bin"),
		TEXT("search-path", "looked in /usr/bin:/bin for it", "looked in /opt/x/bin:/usr/bin:/bin for it"),
		TEXT("temporary-directory", "TMPDIR=/tmp", "TMPDIR=/var/tmp"),
		TEXT("terminal-dependent", "error: unused", "\x1b[31merror\x1b[0m: unused"),
		TEXT("terminal-dependent", "not a tty", "/dev/pts/3"),
		TEXT("elapsed-time", "built in 1.23s", "built in 2.04s"),
		TEXT("elapsed-time", "real\t0m0.004s", "real\t0m0.012s"),
		TEXT("elapsed-time", "took 12 ms", "took 150 ms"),
		TEXT("elapsed-time", "\"duration_ms\": 12,", "\"duration_ms\": 150,"),
		TEXT("elapsed-time", "<testcase time=\"0.012\"/>", "<testcase time=\"1.500\"/>"),
		TEXT(NULL, "WIDTH=alpha", "WIDTH=betaa"),
		{ .cause = "pyc-path",
		  .format = "pyc",
		  .section = "co_filename",
		  .region = "co_filename",
		  .kind = PART_FIELD,
		  .meaning = MEANS_PATH,
		  BYTES("/tmp/one/x.py", "/tmp/second/x.py") },
		{ .cause = "thin-archive-paths",
		  .format = "ar",
		  .section = "//",
		  .region = "names",
		  .kind = PART_TEXT,
		  BYTES("!<thin>\n/tmp/one/x.o/", "!<thin>\n/tmp/second/x.o/") },
	};

	(void)state;
	check_all(samples);
}

static void test_names(void **state)
{
	static const struct sample samples[] = {
		TEXT("temp-names", "LOAD /tmp/ccAbC12f.o", "LOAD /tmp/ccQx9ZZe.o"),
		TEXT("temp-names", "from /tmp/tmp.QmLsjIKAUj now", "from /tmp/tmp.T3dsCd98kP now"),
		TEXT("temp-names", "in /tmp/tmpab12_xyz/f", "in /tmp/tmpq8_ccdef/f"),
		TEXT("temp-names", "WORK=/tmp/go-build123456789/b001", "WORK=/tmp/go-build223456781/b001"),
		TEXT("temp-names", "see /tmp/foo-1a2b3c.o", "see /tmp/foo-9f8e7d.o"),
		TEXT("rustc-temp-names", "/tmp/rustcAb12Cd/symbols.o", "/tmp/rustcXy98Zw/symbols.o"),
		TEXT("build-path", "in /tmp/first/f", "in /tmp/other/f"),
		IMAGE("nvcc-temp-names", ".strtab", PART_STRINGS, "tmpxft_000003e9_00000000-6_k.cudafe1.cpp",
		      "tmpxft_00000411_00000000-6_k.cudafe1.cpp"),
		IMAGE(NULL, ".strtab", PART_STRINGS, "tmpxft_000003e9_00000000-6_k.cudafe1.cpp",
		      "tmpxft_000003e9_00000000-6_m.cudafe1.cpp"),
		IMAGE("nvcc-path-hash", ".strtab", PART_STRINGS, "__fatbinwrap_162e39cf_4_k_cu_ed63f977",
		      "__fatbinwrap_90ba4b61_4_k_cu_ed63f977"),
		IMAGE("lto-section-suffix", ".shstrtab", PART_STRINGS, ".gnu.lto_.inline.0123456789abcdef",
		      ".gnu.lto_.inline.fedcba9876543210"),
		IMAGE("promoted-symbol-suffix", ".strtab", PART_STRINGS, "hidden.llvm.12271321240562639378",
		      "hidden.llvm.33453106410145228"),
		IMAGE(NULL, ".strtab", PART_STRINGS, "hidden.part.12271", "hidden.part.33453"),
		IMAGE("rust-symbol-hash", ".strtab", PART_STRINGS, "_ZN1x3one17hef97edd30f4ab092E",
		      "_ZN1x3one17h6f4818ab137d0573E"),
		IMAGE("go-build-id", ".text", PART_RAW, "Go build ID: \"aaaa/bbbb\"",
		      "Go build ID: \"cccc/dddd\""),
		IMAGE("go-vcs-stamp", ".go.buildinfo", PART_RAW,
		      "build\tvcs.revision=3e803042bfdef58e29bd2636aefdca55b114ada1",
		      "build\tvcs.revision=3a4fbe50a70912a3e0913ffb07f15acd430b1913"),
		TEXT("git-revision", "#define GIT_SHA \"3e803042bfdef58e29bd2636aefdca55b114ada1\"",
		     "#define GIT_SHA \"3a4fbe50a70912a3e0913ffb07f15acd430b1913\""),
		TEXT("git-revision", "version v1.2-34-g3e80304", "version v1.2-34-g3e80304-dirty"),
		TEXT(NULL, "digits 12345678", "digits 12349999"),
		TEXT("recorded-digest",
		     "SHA-256: 67586e98fad27da0b9968bc039a1ef34c939b9b8e523a8bef89d478608c5ecf6",
		     "SHA-256: 27586e98fad27da0b9968bc039a1ef34c939b9b8e523a8bef89d478608c5ecf9"),
		TEXT("random-uuid", "<id>f81d4fae-7dec-41d0-a765-00a0c91e6bf6</id>",
		     "<id>0b9e1a3c-1f2d-4c5b-8a6d-9e8f7a6b5c4d</id>"),
		TEXT(NULL, "f81d4fae-7dec-41d0-a765", "0b9e1a3c-1f2d-4c5b-8a6d"),
		TEXT("pdf-id", "/ID [<900150983cd24fb0d6963f7d28e17f72>]",
		     "/ID [<f96b697d7cb7938d525a2f31aaf161d0>]"),
	};

	(void)state;
	check_all(samples);
}

static void test_host(void **state)
{
	static const struct sample samples[] = {
		TEXT("build-host", "compiled by root@alpha today", "compiled by root@bravo today"),
		TEXT("build-user", "compiled by alice@host today", "compiled by robert@host today"),
		TEXT(NULL, "z@ny", "z@Ny"),
		TEXT("kernel-version", "Linux 6.1.0-13-amd64", "Linux 6.1.0-21-amd64"),
		TEXT(NULL, "thing 6.1.0-13", "thing 6.1.0-21"),
		TEXT(NULL, "target x86_64-linux-gnu, made with the tool of version 12.2.0",
		     "target x86_64-linux-gnu, made with the tool of version 12.3.0"),
		TEXT("cpu-count", "MAKEFLAGS are -j8", "MAKEFLAGS are -j16"),
		TEXT(NULL, "in chapter 8", "in chapter 16"),
		TEXT("elapsed-time", "the parallel build of the whole thing took 8 s",
		     "the parallel build of the whole thing took 9 s"),
		TEXT("cpu-model", "model name : AMD EPYC 9B14", "model name : Intel(R) Xeon(R)"),
		TEXT("process-id", "written by pid 4711", "written by pid 4899"),
		TEXT(NULL, "processed items: 4711", "processed items: 4899"),
		TEXT("locale", "LANG=de_DE.UTF-8", "LANG=C.UTF-8"),
		TEXT("locale", "error: \xe2\x80\x98x\xe2\x80\x99 undeclared", "error: 'x' undeclared"),
		TEXT("locale", "took 3,14 seconds", "took 3.14 seconds"),
		TEXT("locale", "12:07 (4) fertig: \xc3\xbc" "ber", "12:07 (4) ready: over"),
		TEXT(NULL, "12:07 (4) \xe4\x30 \xff\xe8 q", "12:07 (4) \x64\x30 \x61\x68 q"), /* no UTF-8 */
		IMAGE("tool-version", ".comment", PART_STRINGS, "GCC: (Debian 12.2.0-14) 12.2.0", "GCC: (Debian 12.3.0-1) 12.3.0"),
		IMAGE("embedded-timestamp", ".comment", PART_STRINGS, "Sun Nov 22 13:55:02 UTC 2026",
		      "Sun Nov 22 13:57:46 UTC 2026"),
		TEXT("java-manifest", "Built-By: alice", "Built-By: robert"),
		TEXT("java-manifest", "Bnd-LastModified: 1700000000000", "Bnd-LastModified: 1700000431000"),
		TEXT(NULL, "Main-Class: org.example.One", "Main-Class: org.example.Two"),
	};

	(void)state;
	check_all(samples);
}

static void test_binary(void **state)
{
	static const struct sample samples[] = {
		TEXT("aslr-pointer", "table at 0x7f3a12345678", "table at 0x7f99abcd5678"),
		TEXT(NULL, "mask 0x12345678", "mask 0x87654321"),
		TEXT("object-address", "<object object at 0x7f3a12345678>",
		     "<object object at 0x7f99abcd5678>"),
		{ .cause = "aslr-pointer",
		  .format = "raw",
		  .section = "bytes",
		  .region = "bytes",
		  .kind = PART_RAW,
		  BYTES("\xa0\x5a\x34\x12\x3a\x7f\0\0", "\xa0\x5a\xcd\xab\x99\x7f\0\0") },
		{ .cause = NULL,
		  .format = "raw",
		  .section = "bytes",
		  .region = "bytes",
		  .kind = PART_RAW,
		  BYTES("\xa0\x5a\x34\x12\x3a\x12\0\0", "\xa0\x5a\xcd\xab\x99\x12\0\0") },
		/* The page offset stays, but unwind tables and instructions hold no addresses of eight bytes. */
		IMAGE("aslr-pointer", ".data", PART_DATA, "\x78\x56\x34\x12\x3a\x7f\0\0", "\x78\xd6\xcd\xab\x99\x7f\0\0"),
		IMAGE(NULL, ".data", PART_DATA, "\x78\x56\x34\x12\x3a\x7f\0\0", "\x18\xd6\xcd\xab\x99\x7f\0\0"),
		IMAGE(NULL, ".eh_frame", PART_DATA, "\x10\0\0\0\x3c\x7e\0\0", "\x10\0\0\0\x04\x7e\0\0"),
		IMAGE(NULL, ".debug_info", PART_DATA, "\x13\x48\x1c\xc3\x03\x7f\0\0", "\x13\x48\x1c\xc4\x03\x7f\0\0"),
		{ .cause = "gcc-pch",
		  .format = "pch",
		  .section = "",
		  .region = "data",
		  .kind = PART_RAW,
		  BYTES("gpch1\0\1", "gpch2\0\1") },
		{ .cause = NULL,
		  .format = "pch",
		  .section = "",
		  .region = "data",
		  .kind = PART_RAW,
		  BYTES("CPCH1\0\1", "CPCH2\0\1") },
		IMAGE("uninitialised-memory", ".data", PART_PADDING, "\0\1\2\3", "\0\5\6\3"),
		IMAGE("const-random", ".rodata", PART_RAW,
		      "\x0c\xc1\x75\xb9\xc0\xf1\xb6\xa8\x31\xc3\x99\xe2\x69\x77\x26\x61",
		      "\x53\x60\xaf\x35\xbd\xe9\xeb\xd8\xf0\x1f\x49\x2d\xc0\x59\x59\x3c"),
		IMAGE(NULL, ".rodata", PART_RAW, "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0",
		      "\3\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0"),
		IMAGE("gcov-stamp", ".data", PART_DATA, "*22B\0\0\0\0\0\0\0\0\0\0\0\0\1\2\3\4\0\0\0\0",
		      "*22B\0\0\0\0\0\0\0\0\0\0\0\0\5\6\7\x8\0\0\0\0"),
		IMAGE(NULL, ".data", PART_DATA, "abcd\0\0\0\0\0\0\0\0\0\0\0\0\1\2\3\4\0\0\0\0",
		      "abcd\0\0\0\0\0\0\0\0\0\0\0\0\5\6\7\x8\0\0\0\0"),
		IMAGE("debuglink-crc", ".gnu_debuglink", PART_RAW, "x\0\0\0\1\2\3\4", "x\0\0\0\5\6\7\x8"),
		IMAGE("compiler-order", ".text", PART_CODE,
		      "\x53\x48\x8d\x47\x08\xba\x4d\0\0\0\x48\x01\xd0\x5b\xc3",
		      "\x53\xba\x4d\0\0\0\x48\x8d\x47\x08\x48\x01\xd0\x5b\xc3"),
		IMAGE(NULL, ".text", PART_CODE, "\x53\xb8\1\0\0\0\x5b\xc3", "\x53\xb8\2\0\0\0\x5b\xc3"),
		{ .cause = "profile-counters",
		  .format = "gcov",
		  .section = "",
		  .region = "counts",
		  .kind = PART_DATA,
		  BYTES("adcg*22B\1\0\0\0", "adcg*22B\7\0\0\0") },
		{ .cause = NULL,
		  .format = "gcov",
		  .section = "",
		  .region = "counts",
		  .kind = PART_DATA,
		  BYTES("oncg*22B\1\0\0\0", "oncg*22B\7\0\0\0") },
		TEXT("hash-order", "{'alpha', 'beta', 'gamma'}", "{'gamma', 'alpha', 'beta'}"),
		TEXT(NULL, "{'alpha', 'beta', 'gamma'}", "{'gamma', 'alpha', 'bete'}"),
	};

	(void)state;
	check_all(samples);
}

/* Facts decide what a pattern alone leaves open. */
static void test_facts_sharpen(void **state)
{
	static const struct facts known = {
		.path = { "/tmp/one", "/tmp/second" },
		.host = { "alpha", "bravo" },
		.user = { "alice", "robert" },
		.kernel = { "6.1.0-13", "6.1.0-21" },
		.home = { "/var/one", "/var/two" },
		.tmpdir = { "/scratch/a", "/other/b" },
		.uid = { 1000, 1001 },
		.gid = { -1, -1 },
		.pid = { 4711, 4899 },
		.time = { 1700000000, 1700019800 },
	};
	static const struct sample with[] = {
		TEXT("build-host", "made for alpha", "made for bravo"),
		TEXT("build-user", "made for alice", "made for robert"),
		TEXT("kernel-version", "thing 6.1.0-13", "thing 6.1.0-21"),
		TEXT("process-id", "number 4711", "number 4899"),
		TEXT("home-directory", "in /var/one/x", "in /var/two/x"),
		TEXT("temporary-directory", "in /scratch/a/x", "in /other/b/x"),
		/* Both clocks are known to have said this: no time zone, though they are 5:30 apart. */
		TEXT("embedded-timestamp", "built 2023-11-14 22:13:20", "built 2023-11-15 03:43:20"),
	};
	static const struct sample without[] = {
		TEXT(NULL, "made for alpha", "made for bravo"),
		TEXT(NULL, "number 4711", "number 4899"),
		TEXT("build-path", "in /var/one/x", "in /var/two/x"),
		TEXT("timezone", "built 2023-11-14 22:13:20", "built 2023-11-15 03:43:20"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(with) / sizeof(with[0]); i++)
		check(&with[i], &known);
	check_all(without);
}

/* Two directories that have nothing in common, one of them below the home: only facts can tell. */
static void test_known_directories(void **state)
{
	static const struct facts known = {
		.path = { "/home/me/project", "/varied/place" },
		.home = { "/home/me", "/elsewhere" },
		.uid = { -1, -1 },
		.gid = { -1, -1 },
		.pid = { -1, -1 },
	};
	static const struct sample samples[] = {
		TEXT("build-path", "in /home/me/project/x.c", "in /varied/place/x.c"),
		TEXT("home-directory", "in /home/me/.cache/x", "in /elsewhere/.cache/x"),
		IMAGE("debug-build-path", ".debug_line_str", PART_STRINGS, "/home/me/project", "/varied/place"),
		IMAGE("macro-build-path", ".rodata", PART_STRINGS, "/home/me/project/sub/a", "/varied/place/sub/a"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		check(&samples[i], &known);
}

/* The run of a string table or a field takes in the NUL behind the string. */
static void test_runs_with_their_terminator(void **state)
{
	static const struct sample samples[] = {
		FIELD("debug-build-path", "elf", ".debug_line", MEANS_PATH, CODED_BYTES, "/tmp/one/src\0",
		      "/tmp/second/src\0"),
		FIELD("build-path", "raw", "path", MEANS_PATH, CODED_BYTES, "/tmp/one/src\0\0",
		      "/tmp/second/src\n"),
		FIELD(NULL, "raw", "path", MEANS_PATH, CODED_BYTES, "/tmp/one\1src\0", "/tmp/second\1src\0"),
	};

	(void)state;
	check_all(samples);
}

/* STT_FILE symbols (st_info 4) that stand elsewhere: whole records on one side only, as many of them on both. */
static void test_file_symbols_in_another_order(void **state)
{
	static const struct record_type symbol = { .name = "symbol", .size = 24 };
	uint8_t a[5 * 24] = { 0 }, b[5 * 24] = { 0 };
	struct sample s = { .format = "elf",
			    .section = ".symtab",
			    .region = ".symtab",
			    .kind = PART_RECORDS,
			    .a = (const char *)a,
			    .b = (const char *)b,
			    .a_len = sizeof(a),
			    .b_len = sizeof(b) };
	struct recognition r = { 0 };
	struct stage g;
	int i;

	(void)state;
	for (i = 0; i < 5; i++)
		a[i * 24 + 4] = b[i * 24 + 4] = i < 3 ? 4 : 0x12;
	set_stage(&g, &s, NULL);
	g.part[0].records = g.part[1].records = &symbol;
	g.d.side[0].at = 0;
	g.d.side[0].len = 48;
	g.d.side[1].at = 24;
	g.d.side[1].len = 0;
	assert_non_null(recognise(&g.d, &r));
	assert_string_equal(recognise(&g.d, &r)->id, CAUSE_LINK_ORDER);
	g.d.side[0].at = 48; /* the next one is no file */
	assert_null(recognise(&g.d, &r));
	g.d.side[0].at = 0;
	g.part[1].len = g.d.side[1].leaf_len = 48; /* fewer files there: one was added, not moved */
	assert_null(recognise(&g.d, &r));
	content_unref(g.content[0]);
	content_unref(g.content[1]);
}

/* A side without bytes, without a layout, or with hostile positions must not be read past its end. */
static void test_odd_sides(void **state)
{
	static const char *const formats[] = { "raw",  "text", "elf",  "ar",  "tar", "zip",
					       "gzip", "pyc",  "gcov", "pch", "rpm", "png" };
	static const enum part_kind kinds[] = { PART_RAW,  PART_FIELD,   PART_CODE,
						PART_TEXT, PART_PADDING, PART_DATA };
	struct recognition r;
	struct stage g;
	size_t f, k;

	(void)state;
	for (f = 0; f < sizeof(formats) / sizeof(formats[0]); f++)
		for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			struct sample s = { .format = formats[f],
					    .section = ".rodata",
					    .region = "x",
					    .kind = kinds[k],
					    .meaning = MEANS_TIME,
					    .coding = CODED_LE,
					    BYTES("/tmp/a 1", "/tmp/bb 10:00:00") };

			set_stage(&g, &s, NULL);
			(void)recognise(&g.d, &r);
			g.d.side[0].at = g.d.side[0].leaf_len;
			g.d.side[0].len = 0;
			g.d.text[0].at = g.d.text[0].len;
			(void)recognise(&g.d, &r);
			g.d.side[1] = (struct side){ 0 };
			g.d.text[1].p = NULL;
			g.d.text[1].len = 0;
			(void)recognise(&g.d, &r);
			g.d.side[0] = (struct side){ 0 };
			assert_null(recognise(&g.d, &r));
			content_unref(g.content[0]);
			content_unref(g.content[1]);
		}
}

/* A line of a megabyte costs no more than a short one, and only what is near the run counts. */
static void test_long_lines(void **state)
{
	enum { LENGTH = 1 << 20 };
	char *a = test_malloc(LENGTH), *b = test_malloc(LENGTH);
	struct sample s = { .cause = "embedded-timestamp",
			    .format = "text",
			    .section = "lines",
			    .region = "lines",
			    .kind = PART_TEXT,
			    .a = a,
			    .b = b,
			    .a_len = LENGTH,
			    .b_len = LENGTH };

	(void)state;
	memset(a, 'x', LENGTH);
	memcpy(a, "hostname pid GIT_SHA ", 21);
	memcpy(a + LENGTH / 2, " 1700000000 ", 12);
	memcpy(b, a, LENGTH);
	memcpy(b + LENGTH / 2, " 1700000431 ", 12);
	check(&s, NULL);
	test_free(a);
	test_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_are_unique_and_kebab_case),
		cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_aliases_are_unique_and_found),
		cmocka_unit_test(test_causes_are_found_by_id),
		cmocka_unit_test(test_fix_lines_name_tool_and_edit),
		cmocka_unit_test(test_traps_are_told),
		cmocka_unit_test(test_times_in_text),
		cmocka_unit_test(test_times_are_told_in_utc),
		cmocka_unit_test(test_time_fields),
		cmocka_unit_test(test_other_fields),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_facts_sharpen),
		cmocka_unit_test(test_known_directories),
		cmocka_unit_test(test_runs_with_their_terminator),
		cmocka_unit_test(test_file_symbols_in_another_order),
		cmocka_unit_test(test_odd_sides),
		cmocka_unit_test(test_long_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
