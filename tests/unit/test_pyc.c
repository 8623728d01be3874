/* SPDX-License-Identifier: Apache-2.0 */
/* pyc.c and marshal.c: headers of all ages, every code layout, references, sets, and files of the pythons that are here. */
#include "tests/unit/put.h"
#include "tests/unit/walk.h"

#include <glob.h>

static void put_u8(struct bytes *b, unsigned v)
{
	put_uint(b, v, 1, false);
}

static void put_u32(struct bytes *b, uint32_t v)
{
	put_uint(b, v, 4, false);
}

static void put_text(struct bytes *b, const char *s, bool flagged)
{
	put_u8(b, 'z' | (flagged ? 0x80 : 0));
	put_u8(b, (unsigned)strlen(s));
	put(b, s, strlen(s));
}

static void put_bytes(struct bytes *b, const char *s)
{
	put_u8(b, 's');
	put_u32(b, (uint32_t)strlen(s));
	put(b, s, strlen(s));
}

static void put_tuple(struct bytes *b, unsigned count)
{
	put_u8(b, ')');
	put_u8(b, count);
}

static void put_header(struct bytes *b, unsigned magic, unsigned words, const uint32_t *w)
{
	put_u8(b, magic & 0xff);
	put_u8(b, magic >> 8);
	put(b, "\r\n", 2);
	while (words--)
		put_u32(b, *w++);
}

/* A 3.11+ module whose only constant is what `consts` puts; the file name is flagged (index 0 unless consts took it). */
static void put_module(struct bytes *b, void (*consts)(struct bytes *b))
{
	unsigned i;

	put_u8(b, 'c');
	for (i = 0; i < 5; i++)
		put_u32(b, i);
	put_bytes(b, "CODE");
	if (consts) {
		put_tuple(b, 1);
		consts(b);
	} else {
		put_tuple(b, 0);
	}
	put_tuple(b, 0);
	put_tuple(b, 0);
	put_bytes(b, "");
	put_text(b, "/home/me/m.py", true);
	put_text(b, "<module>", true);
	put_text(b, "<module>", false);
	put_u32(b, 7);
	put_bytes(b, "LINES");
	put_bytes(b, "");
}

static void assert_field(struct layout *l, const char *path, enum meaning meaning, const void *value, size_t n)
{
	struct find_path f = find_path(l, path);

	if (!f.count)
		fail_msg("no part %s", path);
	assert_int_equal(f.meaning, meaning);
	assert_int_equal(f.len, n);
	assert_memory_equal(f.bytes, value, n);
}

static void test_header_of_each_age(void **state)
{
	static const uint32_t words[] = { 0x5f000001, 0x11 };
	struct bytes b = { 0 };
	struct layout *l;

	(void)state;
	put_header(&b, 62211, 1, words);
	put_u8(&b, 'c');
	l = layout_of(b.data, b.len);
	assert_string_equal(l->analyzer->name, "pyc");
	assert_field(l, "mtime", MEANS_TIME, "\1\0\0\x5f", 4);
	layout_unref(l);

	b.len = 0;
	put_header(&b, 3379, 2, words);
	put_u8(&b, 0xe3);
	l = layout_of(b.data, b.len);
	assert_field(l, "mtime", MEANS_TIME, "\1\0\0\x5f", 4);
	assert_field(l, "source size", MEANS_SIZE, "\x11\0\0", 4);
	layout_unref(l);
}

static void test_flags_choose_mtime_or_hash(void **state)
{
	static const uint32_t timed[] = { 0, 0x5f000001, 0x11 }, hashed[] = { 3, 0x04030201, 0x08070605 };
	struct bytes b = { 0 };
	struct layout *l;

	(void)state;
	put_header(&b, 3495, 3, timed);
	put_module(&b, NULL);
	l = layout_of(b.data, b.len);
	assert_field(l, "mtime", MEANS_TIME, "\1\0\0\x5f", 4);
	assert_field(l, "source size", MEANS_SIZE, "\x11\0\0", 4);
	assert_int_equal(l->note_count, 0);
	layout_unref(l);

	b.len = 0;
	put_header(&b, 3495, 3, hashed);
	put_module(&b, NULL);
	l = layout_of(b.data, b.len);
	assert_field(l, "flags", MEANS_FLAGS, "\3\0\0", 4);
	assert_field(l, "source hash", MEANS_CHECKSUM, "\1\2\3\4\5\6\7\x8", 8);
	layout_unref(l);
}

static void test_code_members_are_named(void **state)
{
	static const uint32_t words[3] = { 0 };
	struct bytes b = { 0 };
	struct layout *l;

	(void)state;
	put_header(&b, 3571, 3, words);
	put_module(&b, NULL);
	l = layout_of(b.data, b.len);
	assert_field(l, "code <module>//co_filename", MEANS_PATH, "/home/me/m.py", 13);
	assert_field(l, "code <module>//co_qualname", MEANS_NAME, "<module>", 8);
	assert_field(l, "code <module>//co_firstlineno", MEANS_NOTHING, "\7\0\0", 4);
	assert_field(l, "code <module>//co_code", MEANS_NOTHING, "CODE", 4);
	assert_field(l, "code <module>//co_linetable", MEANS_NOTHING, "LINES", 5);
	assert_true(find_path(l, "code <module>//co_filename size").proved);
	assert_true(find_path(l, "code <module>//co_names//count").proved);
	layout_unref(l);
}

static void set_of_three(struct bytes *b)
{
	put_u8(b, '>');
	put_u32(b, 3);
	put_text(b, "beta", false);
	put_text(b, "alpha", false);
	put_u8(b, 'i');
	put_u32(b, 3);
}

static void test_set_elements_are_named_by_value(void **state)
{
	static const uint32_t words[3] = { 0 };
	struct bytes b = { 0 };
	struct layout *l;

	(void)state;
	put_header(&b, 3571, 3, words);
	put_module(&b, set_of_three);
	l = layout_of(b.data, b.len);
	assert_int_equal(find_path(l, "code <module>//co_consts//[0] frozenset").kind, PART_GROUP);
	assert_int_equal(find_path(l, "code <module>//co_consts//[0] frozenset//'alpha'").kind, PART_GROUP);
	assert_int_equal(find_path(l, "code <module>//co_consts//[0] frozenset//3").count, 1);
	assert_true(find_path(l, "code <module>//co_consts//[0] frozenset//count").proved);
	layout_unref(l);
}

static void flagged_and_reference(struct bytes *b)
{
	put_tuple(b, 2);
	put_text(b, "shared", true);
	put_u8(b, 'r');
	put_u32(b, 0);
}

static void context_visit(void *ctx, const char *path, struct layout *l, const struct part *p)
{
	if (strstr(path, "//ref index"))
		assert_true(l->analyzer->context(l, p, p->off, ctx, 128));
}

static void test_references_are_fields_and_resolve(void **state)
{
	static const uint32_t words[3] = { 0 };
	struct bytes b = { 0 };
	struct layout *l;
	char text[128] = "";

	(void)state;
	put_header(&b, 3571, 3, words);
	put_module(&b, flagged_and_reference);
	l = layout_of(b.data, b.len);
	assert_field(l, "code <module>//co_consts//[0] tuple//ref index", MEANS_OFFSET, "\0\0\0", 4);
	walk_layout(l, "", 0, context_visit, text);
	assert_string_equal(text, "reference 0: 'shared'");
	assert_int_equal(find_path(l, "code <module>//FLAG_REF type").meaning, MEANS_FLAGS);
	layout_unref(l);
}

static void nested_too_deep(struct bytes *b)
{
	int i;

	for (i = 0; i < 1000; i++)
		put_tuple(b, 1);
	put_u8(b, 'N');
}

static void test_depth_is_limited(void **state)
{
	static const uint32_t words[3] = { 0 };
	struct bytes b = { 0 };
	struct layout *l;

	(void)state;
	put_header(&b, 3571, 3, words);
	put_module(&b, nested_too_deep);
	l = layout_of(b.data, b.len);
	walk_layout(l, "", 0, NULL, NULL);
	assert_int_equal(l->note_count, 1);
	assert_string_equal(l->notes[0].text, "malformed marshal data");
	layout_unref(l);
}

static void test_other_magic_is_refused(void **state)
{
	static const uint32_t words[3] = { 0 };
	struct bytes b = { 0 };
	struct layout *l;

	(void)state;
	put_header(&b, 12345, 3, words);
	put_module(&b, NULL);
	l = layout_of(b.data, b.len);
	assert_string_not_equal(l->analyzer->name, "pyc");
	layout_unref(l);
}

static const char source[] =
	"class Foo:\n    def bar(self, x):\n        return x in {'alpha', 'beta', 3} or x == (1, 2.5, 3j, b'raw', 1 << 70)\n"
	"    def __init__(self):\n        self.a = lambda: 1\n"
	"def f():\n    try:\n        return Foo().bar(1)\n    except ValueError:\n        pass\n";

static size_t compile_with(const char *python, const char *dir, uint8_t *out, size_t size)
{
	char command[1024], path[512];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/m.py", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(source, f);
	fclose(f);
	snprintf(command, sizeof(command), "'%s' -c \"import py_compile; py_compile.compile('%s', cfile='%s/m.pyc')\" "
		 ">/dev/null 2>&1", python, path, dir);
	if (system(command) != 0)
		return 0;
	snprintf(path, sizeof(path), "%s/m.pyc", dir);
	f = fopen(path, "r");
	if (!f)
		return 0;
	n = fread(out, 1, size, f);
	fclose(f);
	return n;
}

static void check_real(const uint8_t *bytes, size_t n)
{
	struct layout *l = layout_of(bytes, n);
	struct proofs r = { 0 };

	assert_string_equal(l->analyzer->name, "pyc");
	assert_int_equal(l->note_count, 0);
	walk_layout(l, "", 0, proof_visit, &r);
	if (r.wrong)
		fail_msg("%s is not what recomputing gives", r.first_wrong);
	assert_true(r.proved > 20);
	assert_true(find_path(l, "code <module>//co_consts//code Foo").count +
			    find_path(l, "code <module>//co_consts//code Foo//co_code").count >= 2);
	assert_true(find_path(l, "code <module>//co_consts//code f//co_code").count);
	layout_unref(l);
	walk_truncations(bytes, n, 7);
	walk_damages(bytes, n, 11);
}

static void test_files_of_real_pythons(void **state)
{
	static const char *const patterns[] = { "/usr/bin/python[23]*[0-9]", "/usr/local/bin/python[23]*[0-9]",
						"~/.pyenv/versions/*/bin/python" };
	char dir[] = "/tmp/test-pyc-XXXXXX", command[64];
	static uint8_t bytes[65536];
	unsigned tried = 0;
	size_t i, j, n;
	glob_t g;

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (i = 0; i < 3; i++) {
		if (glob(patterns[i], GLOB_TILDE, NULL, &g))
			continue;
		for (j = 0; j < g.gl_pathc; j++) {
			n = compile_with(g.gl_pathv[j], dir, bytes, sizeof(bytes));
			if (n) {
				check_real(bytes, n);
				tried++;
			}
		}
		globfree(&g);
	}
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	if (!tried)
		skip();
}

static void test_hand_made_damages(void **state)
{
	static const uint32_t words[3] = { 0 };
	struct bytes b = { 0 };

	(void)state;
	put_header(&b, 3571, 3, words);
	put_module(&b, set_of_three);
	walk_truncations(b.data, b.len, 1);
	walk_damages(b.data, b.len, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header_of_each_age),
		cmocka_unit_test(test_flags_choose_mtime_or_hash),
		cmocka_unit_test(test_code_members_are_named),
		cmocka_unit_test(test_set_elements_are_named_by_value),
		cmocka_unit_test(test_references_are_fields_and_resolve),
		cmocka_unit_test(test_depth_is_limited),
		cmocka_unit_test(test_other_magic_is_refused),
		cmocka_unit_test(test_files_of_real_pythons),
		cmocka_unit_test(test_hand_made_damages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
