/* SPDX-License-Identifier: Apache-2.0 */
/* What names of files and metadata of Python trees say. */
#include "depgraph/python/names.h"

#include "base/buffer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char *const suffix_list[] = { ".cpython-311-x86_64-linux-gnu.so", ".abi3.so", ".so" };
static const struct python_suffixes suffixes = { suffix_list, 3 };

static void modules_are_named_by_their_files(void **state)
{
	static const struct {
		const char *path, *name;
		enum python_role role;
		bool package, cached;
	} cases[] = {
		{ "a.py", "a", PYTHON_SOURCE, false, false },
		{ "a/b/__init__.py", "a.b", PYTHON_SOURCE, true, false },
		{ "a/__main__.py", "a.__main__", PYTHON_SOURCE, false, false },
		{ "a/x.cpython-311-x86_64-linux-gnu.so", "a.x", PYTHON_EXTENSION, false, false },
		{ "a/x.abi3.so", "a.x", PYTHON_EXTENSION, false, false },
		{ "x.so", "x", PYTHON_EXTENSION, false, false },
		{ "__pycache__/a.cpython-311.pyc", "a", PYTHON_BYTECODE, false, true },
		{ "a/__pycache__/__init__.cpython-311.opt-2.pyc", "a", PYTHON_BYTECODE, true, true },
		{ "a/b.pyc", "a.b", PYTHON_BYTECODE, false, false },
		{ "caf\xc3\xa9/x.py", "caf\xc3\xa9.x", PYTHON_SOURCE, false, false },
	};
	struct python_name n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!python_name_of(cases[i].path, &suffixes, &n))
			fail_msg("%s has no name", cases[i].path);
		assert_string_equal(n.name, cases[i].name);
		assert_int_equal(n.role, cases[i].role);
		assert_int_equal(n.package, cases[i].package);
		assert_int_equal(n.cached, cases[i].cached);
	}
}

static void what_no_import_finds_has_no_name(void **state)
{
	static const char *const paths[] = { "a-b.py",   "a b/c.py", "1.py",     "__init__.py",  "x.libs/y.so", "a.b.py", "",
					     "a//b.py",  ".py",      "a/.so",    "lib.so.1",     "a/b.txt",     "a/b.pyx",
					     "x.cpython-310-x86_64-linux-gnu.so", "__pycache__/__init__.cpython-311.pyc" };
	char long_name[3 * PYTHON_NAME_MAX];
	struct python_name n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (python_name_of(paths[i], &suffixes, &n))
			fail_msg("%s is %s", paths[i], n.name);
	memset(long_name, 'a', sizeof(long_name) - 1);
	memcpy(long_name + sizeof(long_name) - 4, ".py", 4);
	assert_false(python_name_of(long_name, &suffixes, &n));
	long_name[10] = '/';
	assert_false(python_name_of(long_name, &suffixes, &n));
}

static void stubs_stand_beside_their_module(void **state)
{
	char name[PYTHON_NAME_MAX];

	(void)state;
	assert_true(python_stub_name_of("a/b.pyi", name));
	assert_string_equal(name, "a.b");
	assert_true(python_stub_name_of("a/__init__.pyi", name));
	assert_string_equal(name, "a");
	assert_false(python_stub_name_of("a/b.txt", name));
}

static int collect(void *ctx, const char *text)
{
	(void)buffer_printf(ctx, "[%s]", text);
	return 0;
}

static int stop_at_once(void *ctx, const char *text)
{
	(void)text;
	++*(int *)ctx;
	return -ECANCELED;
}

static void records_are_csv(void **state)
{
	static const char record[] = "a/b.py,sha256=x,1\r\n\"with, comma.py\",,\n\"a \"\"quote\"\".py\",,\n\nlast,,";
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1000);
	int calls = 0;
	size_t n;

	(void)state;
	assert_int_equal(python_record_parse(record, sizeof(record) - 1, collect, &b), 0);
	assert_string_equal(buffer_str(&b), "[a/b.py][with, comma.py][a \"quote\".py][last]");
	assert_int_equal(python_record_parse("\"open,,\n", 8, collect, &b), -EBADMSG);
	assert_int_equal(python_record_parse(record, sizeof(record) - 1, stop_at_once, &calls), -ECANCELED);
	assert_int_equal(calls, 1);
	for (n = 0; n < sizeof(record); n++) { /* no length reads beyond its end: for the sanitizer */
		char *copy = malloc(n + 1);

		memcpy(copy, record, n);
		copy = realloc(copy, n ? n : 1);
		(void)python_record_parse(copy, n, collect, &b);
		free(copy);
	}
}

static void a_record_cannot_name_what_is_outside(void **state)
{
	char out[32];

	(void)state;
	assert_true(python_join("lib/site", "../../bin/x", out, sizeof(out)));
	assert_string_equal(out, "bin/x");
	assert_true(python_join("lib", "./a//b/", out, sizeof(out)));
	assert_string_equal(out, "lib/a/b");
	assert_false(python_join("lib", "../../x", out, sizeof(out)));
	assert_false(python_join("lib", "/etc/passwd", out, sizeof(out)));
	assert_false(python_join("lib", "a-name-that-is-longer-than-the-room", out, sizeof(out)));
}

static void names_are_normalised(void **state)
{
	char out[16];

	(void)state;
	python_normalise("Foo.Bar__baz", out, sizeof(out));
	assert_string_equal(out, "foo-bar-baz");
	python_normalise("a-very-long-name-indeed", out, sizeof(out));
	assert_int_equal(strlen(out), 15);
}

static void requirements_without_extras_count(void **state)
{
	char out[64];

	(void)state;
	assert_true(python_requirement_name("Requests[socks] (>=2.0) ; python_version < '4'", out, sizeof(out)));
	assert_string_equal(out, "requests");
	assert_false(python_requirement_name("pytest ; extra == 'test'", out, sizeof(out)));
	assert_false(python_requirement_name("(>=2)", out, sizeof(out)));
}

static int collect_field(void *ctx, const char *key, const char *value)
{
	(void)buffer_printf(ctx, "[%s=%s]", key, value);
	return 0;
}

static void metadata_ends_with_its_headers(void **state)
{
	static const char text[] = "Name:  x \r\nSummary: a\n  continued: line\nVersion: 1\n\nName: body\n";
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1000);

	(void)state;
	assert_int_equal(python_metadata_parse(text, sizeof(text) - 1, collect_field, &b), 0);
	assert_string_equal(buffer_str(&b), "[Name=x][Summary=a][Version=1]");
}

static int collect_point(void *ctx, const struct python_entry_point *e)
{
	(void)buffer_printf(ctx, "[%s %s %s]", e->group, e->name, e->module);
	return 0;
}

static void entry_points_name_modules(void **state)
{
	static const char text[] = "orphan = no.group:x\n[console_scripts]\nrun = a.b:main [extra]\n# note = x\n[g.h]\nplain=c\nbad\n= d\n [spaced] \n x = y : z";
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1000);

	(void)state;
	assert_int_equal(python_entry_points_parse(text, sizeof(text) - 1, collect_point, &b), 0);
	assert_string_equal(buffer_str(&b), "[console_scripts run a.b][g.h plain c][g.h  d][spaced x y]");
}

static void pth_files_are_not_run(void **state)
{
	static const char text[] = "# note\n../lib\nimport os; os.system('x')\nimportant\n\n  spaced  \n";
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1000);
	bool code;

	(void)state;
	assert_int_equal(python_pth_parse(text, sizeof(text) - 1, collect, &b, &code), 0);
	assert_true(code);
	assert_string_equal(buffer_str(&b), "[../lib][important][spaced]");
	assert_int_equal(python_pth_parse("x\n", 2, collect, &b, &code), 0);
	assert_false(code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modules_are_named_by_their_files), cmocka_unit_test(what_no_import_finds_has_no_name),
		cmocka_unit_test(stubs_stand_beside_their_module),  cmocka_unit_test(records_are_csv),
		cmocka_unit_test(a_record_cannot_name_what_is_outside), cmocka_unit_test(names_are_normalised),
		cmocka_unit_test(requirements_without_extras_count), cmocka_unit_test(metadata_ends_with_its_headers),
		cmocka_unit_test(entry_points_name_modules),        cmocka_unit_test(pth_files_are_not_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
