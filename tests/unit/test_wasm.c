/* SPDX-License-Identifier: Apache-2.0 */
/* wasm.c: objects and modules of clang and wasm-ld, and the custom sections that they do not write. */
#include "tests/unit/made.h"

#define OBJECT                                                                                         \
	"printf 'int f(int x) { return x * 2; }\\nconst char *g(void) { return \"data\"; }\\n' >a.c; " \
	"clang --target=wasm32 -c -g a.c -o a.o; "

static void object(void **state)
{
	struct layout *l;

	(void)state;
	made_by("clang", OBJECT);
	l = made_layout("a.o", "wasm");
	assert_kind(l, "code//function body 1", PART_CODE);
	assert_kind(l, "data//segments", PART_DATA);
	assert_kind(l, ".debug_str//strings", PART_STRINGS);
	assert_kind(l, "producers//field", PART_FIELD);
	assert_proved(l, "code//size"); /* padded to five bytes */
	assert_int_equal(find_path(l, "code//size").len, 5);
	layout_unref(l);
}

static void module(void **state)
{
	struct layout *l;

	(void)state;
	made_by("clang wasm-ld", OBJECT "wasm-ld --no-entry --export-all a.o -o a.wasm");
	l = made_layout("a.wasm", "wasm");
	assert_kind(l, "export//entries", PART_DATA);
	assert_proved(l, "code//size");
	layout_unref(l);
}

static const uint8_t customs[] = "\0asm\1\0\0\0"
				 "\0\x11\x08"
				 "build_id"
				 "\7"
				 "1234567"
				 "\0\x18\x10"
				 "sourceMappingURL"
				 "\6"
				 "a.map\n"
				 "\0\3\1xy"
				 "\0\x23\x09"
				 "producers"
				 "\1\x0c"
				 "processed-by"
				 "\1\5"
				 "clang"
				 "\3"
				 "9.0";

static void custom_sections(void **state)
{
	struct layout *l = layout_of(customs, sizeof(customs) - 1);

	(void)state;
	assert_string_equal(l->analyzer->name, "wasm");
	assert_int_equal(l->note_count, 0);
	assert_text(l, "build_id//build id", MEANS_ID,
		    "\7"
		    "1234567");
	assert_text(l, "sourceMappingURL//URL", MEANS_PATH,
		    "\6"
		    "a.map\n");
	assert_kind(l, "x//content", PART_RAW);
	assert_text(l, "producers//field", MEANS_NAME,
		    "\x0c"
		    "processed-by");
	assert_text(l, "producers//clang version", MEANS_VERSION,
		    "\3"
		    "9.0");
	layout_unref(l);
}

static void a_section_that_does_not_fit_is_noted(void **state)
{
	struct layout *l = layout_of("\0asm\1\0\0\0\1\x7fz", 11);

	(void)state;
	assert_int_equal(l->note_count, 1);
	assert_int_equal(l->notes[0].off, 8);
	assert_int_equal(l->parts[l->count - 1].kind, PART_UNCLAIMED);
	layout_unref(l);
}

static void other_versions_are_not_ours(void **state)
{
	struct layout *l = layout_of("\0asm\2\0\0\0\1\1z", 11);

	(void)state;
	assert_string_equal(l->analyzer->name, "raw");
	layout_unref(l);
}

static void malformed(void **state)
{
	(void)state;
	hammer(customs, sizeof(customs) - 1);
	made_by("clang", OBJECT);
	hammer_file("a.o");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(object),
		cmocka_unit_test(module),
		cmocka_unit_test(custom_sections),
		cmocka_unit_test(a_section_that_does_not_fit_is_noted),
		cmocka_unit_test(other_versions_are_not_ours),
		cmocka_unit_test(malformed),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
