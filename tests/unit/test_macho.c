/* SPDX-License-Identifier: Apache-2.0 */
/* macho.c, macho_commands.c: objects of clang; by hand, what only Apple's linker makes. */
#include "tests/unit/made.h"

#define SOURCE "printf 'int f(int x) { return x * 2; }\\nint main(void) { return f(1); }\\n' >a.c; "

static void object(void **state)
{
	struct layout *l;

	(void)state;
	made_by("clang", SOURCE "clang -target x86_64-apple-macos11 -c -g a.c -o a.o");
	l = made_layout("a.o", "macho");
	assert_value(l, "header//magic", MEANS_MAGIC, "\xcf\xfa\xed\xfe", 4);
	assert_field(l, "LC_BUILD_VERSION//minos", MEANS_VERSION);
	assert_kind(l, "__TEXT,__text", PART_CODE);
	assert_proved(l, "header//sizeofcmds");
	assert_proved(l, "LC_SYMTAB//stroff");
	assert_proved(l, "LC_SYMTAB//nsyms");
	assert_proved(l, "LC_SEGMENT_64//section __debug_line//size");
	assert_kind(l, "__DWARF,__debug_str", PART_STRINGS);
	assert_kind(l, "relocations __text", PART_RECORDS);
	assert_kind(l, "symbol table", PART_RECORDS);
	assert_kind(l, "string table", PART_STRINGS);
	layout_unref(l);
}

static bool has_key(struct layout *l, const struct part *p, uint64_t key)
{
	uint64_t i;

	for (i = 0; i < p->len / p->records->size; i++)
		if (l->analyzer->record_key(l, p, i) == key)
			return true;
	return false;
}

/* Another symbol before them moves all values and name offsets. */
static void symbol_keys_follow_names(void **state)
{
	const struct part *a, *b;
	struct layout *la, *lb;
	uint64_t i;

	(void)state;
	made_by("clang",
		SOURCE "clang -target arm64-apple-macos11 -c a.c -o a.o; (echo 'int g;'; cat a.c) >b.c; "
		       "clang -target arm64-apple-macos11 -c b.c -o b.o");
	la = made_layout("a.o", "macho");
	lb = made_layout("b.o", "macho");
	a = layout_find(la, "symbol table");
	b = layout_find(lb, "symbol table");
	assert_true(b->len > a->len);
	for (i = 0; i < a->len / 16; i++)
		assert_true(has_key(lb, b, la->analyzer->record_key(la, a, i)));
	assert_true(la->analyzer->record_key(la, a, 0) != la->analyzer->record_key(la, a, 1));
	layout_unref(la);
	layout_unref(lb);
}

static void a_symbols_name_is_a_place_in_the_string_table(void **state)
{
	const struct part *symbols;
	struct reference r = { 0 };
	struct layout *l;

	(void)state;
	made_by("clang", SOURCE "clang -target arm64-apple-macos11 -c a.c -o a.o");
	l = made_layout("a.o", "macho");
	symbols = layout_find(l, "symbol table");
	assert_true(l->analyzer->record_reference(l, symbols, 0, 0, &r));
	assert_int_equal(r.kind, REFERS_OFFSET);
	assert_string_equal(l->image->parts[r.target].name, "string table");
	assert_false(l->analyzer->record_reference(l, symbols, 0, 1, &r));
	layout_unref(l);
}

/* LC_UUID, LC_SOURCE_VERSION, LC_ID_DYLIB, LC_CODE_SIGNATURE and a debug map, of either order and width. */
static struct bytes program(bool wide, bool big)
{
	static const char strings[] = "\0_main\0/build/x/a.o";
	uint64_t header = wide ? 32 : 28, each = wide ? 16 : 12, commands = 24 + 16 + 40 + 24 + 16;
	uint64_t symbols = header + commands;
	struct bytes b = { .len = 0 };
	int i;

	put_uint(&b, wide ? 0xfeedfacf : 0xfeedface, 4, big);
	put_uint(&b, 7, 4, big);
	put_uint(&b, 3, 4, big);
	put_uint(&b, 6, 4, big);
	put_uint(&b, 5, 4, big);
	put_uint(&b, commands, 4, big);
	put_uint(&b, 0, wide ? 8 : 4, big);
	put_uint(&b, 0x1b, 4, big);
	put_uint(&b, 24, 4, big);
	put(&b, "0123456789abcdef", 16);
	put_uint(&b, 0x2a, 4, big);
	put_uint(&b, 16, 4, big);
	put_uint(&b, 0x10000000000, 8, big);
	put_uint(&b, 0xd, 4, big);
	put_uint(&b, 40, 4, big);
	put_uint(&b, 24, 4, big);
	put_uint(&b, 1700000000, 4, big);
	put_uint(&b, 0x10000, 4, big);
	put_uint(&b, 0x10000, 4, big);
	put_padded(&b, "/lib/x.dylib", 16);
	put_uint(&b, 2, 4, big);
	put_uint(&b, 24, 4, big);
	put_uint(&b, symbols, 4, big);
	put_uint(&b, 3, 4, big);
	put_uint(&b, symbols + 3 * each, 4, big);
	put_uint(&b, sizeof(strings), 4, big);
	put_uint(&b, 0x1d, 4, big);
	put_uint(&b, 16, 4, big);
	put_uint(&b, symbols + 3 * each + sizeof(strings), 4, big);
	put_uint(&b, 8, 4, big);
	for (i = 0; i < 3; i++) {
		put_uint(&b, i == 1 ? 7 : 1, 4, big);
		put_uint(&b, i == 1 ? 0x66 : 0x0f, 1, big);
		put_uint(&b, 1, 1, big);
		put_uint(&b, 0, 2, big);
		put_uint(&b, i == 1 ? 1700000000 : 0x1000, wide ? 8 : 4, big);
	}
	put(&b, strings, sizeof(strings));
	put(&b, "SIGNEDXX", 8);
	return b;
}

static uint64_t time_at(struct layout *l, const char *group, const char *outer, const char *field)
{
	struct layout *a = NULL, *b = NULL;
	uint64_t v = 0;

	assert_int_equal(layout_open(l, layout_find(l, outer ? outer : group), &a), 0);
	if (outer)
		assert_int_equal(layout_open(a, layout_find(a, group), &b), 0);
	assert_true(part_number(b ? b : a, layout_find(b ? b : a, field), &v));
	layout_unref(b);
	layout_unref(a);
	return v;
}

static void what_the_linker_stamps(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct bytes b = program(i & 1, i & 2);
		struct layout *l = layout_of(b.data, b.len);

		assert_string_equal(l->analyzer->name, "macho");
		assert_int_equal(l->note_count, 0);
		assert_text(l, "LC_UUID//uuid", MEANS_ID, "0123456789abcdef");
		assert_field(l, "LC_SOURCE_VERSION//version", MEANS_VERSION);
		assert_text(l, "LC_ID_DYLIB /lib/x.dylib//name", MEANS_PATH, "/lib/x.dylib");
		assert_text(l, "code signature", MEANS_SIGNATURE, "SIGNEDXX");
		assert_field(l, "symbol table//N_OSO a.o//mtime", MEANS_TIME);
		assert_int_equal(time_at(l, "N_OSO a.o", "symbol table", "mtime"), 1700000000);
		assert_int_equal(time_at(l, "LC_ID_DYLIB /lib/x.dylib", NULL, "timestamp"), 1700000000);
		assert_int_equal(find_path(l, "symbol table//symbols").count, 2);
		layout_unref(l);
	}
}

/* Two slices of one program, aligned to 16. */
static struct bytes fat(bool wide)
{
	struct bytes slice = program(true, false), b = { .len = 0 };
	uint64_t at = 128;
	int i;

	put_uint(&b, wide ? 0xcafebabf : 0xcafebabe, 4, true);
	put_uint(&b, 2, 4, true);
	for (i = 0; i < 2; i++) {
		put_uint(&b, i ? 0x0100000c : 0x01000007, 4, true);
		put_uint(&b, 3, 4, true);
		put_uint(&b, at, wide ? 8 : 4, true);
		put_uint(&b, slice.len, wide ? 8 : 4, true);
		put_uint(&b, 4, wide ? 8 : 4, true);
		at += (slice.len + 15) / 16 * 16;
	}
	put_padded(&b, "", 128 - b.len);
	for (i = 0; i < 2; i++) {
		put(&b, slice.data, slice.len);
		put_padded(&b, "", i ? 0 : (16 - slice.len % 16) % 16);
	}
	return b;
}

static void slices_of_a_fat_file(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct bytes b = fat(i);
		struct layout *l = layout_of(b.data, b.len);

		assert_string_equal(l->analyzer->name, "macho");
		assert_int_equal(l->note_count, 0);
		assert_kind(l, "fat entry x86_64//offset", PART_FIELD);
		assert_kind(l, "x86_64", PART_CONTENT);
		assert_kind(l, "arm64", PART_CONTENT);
		assert_text(l, "arm64//LC_UUID//uuid", MEANS_ID, "0123456789abcdef");
		layout_unref(l);
	}
}

static void a_java_class_is_no_fat_file(void **state)
{
	static const uint8_t class[] =
		"\xca\xfe\xba\xbe\0\0\0\x34\0\2\1\0\4test\0\x21\0\0\0\0\0\0\0\0\0\0\0\0";
	struct layout *l = layout_of(class, sizeof(class) - 1);

	(void)state;
	assert_string_equal(l->analyzer->name, "javaclass");
	layout_unref(l);
}

static void malformed(void **state)
{
	struct bytes b = program(true, false);

	(void)state;
	hammer(b.data, b.len);
	b = program(false, true);
	hammer(b.data, b.len);
	b = fat(true);
	hammer(b.data, b.len);
	made_by("clang", SOURCE "clang -target x86_64-apple-macos11 -c -g a.c -o a.o");
	hammer_file("a.o");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(object),
		cmocka_unit_test(symbol_keys_follow_names),
		cmocka_unit_test(a_symbols_name_is_a_place_in_the_string_table),
		cmocka_unit_test(what_the_linker_stamps),
		cmocka_unit_test(slices_of_a_fat_file),
		cmocka_unit_test(a_java_class_is_no_fat_file),
		cmocka_unit_test(malformed),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
