/* SPDX-License-Identifier: Apache-2.0 */
/* bitcode.c, bitstream.c: clang's bitcode, the wrapper, and streams that no writer makes. */
#include "tests/unit/made.h"

#define SOURCE  "printf 'int g;\\nint f(int x) { return x + g + 70000; }\\n' >source.c; "
#define BITCODE SOURCE "clang -emit-llvm -g -c source.c -o a.bc"

static void blocks(void **state)
{
	struct layout *l;

	(void)state;
	made_by("clang", BITCODE);
	l = made_layout("a.bc", "bitcode");
	assert_field(l, "IDENTIFICATION//producer", MEANS_VERSION);
	assert_proved(l, "MODULE//length in words");
	assert_field(l, "MODULE//source file name", MEANS_PATH);
	assert_field(l, "MODULE//target triple", MEANS_TEXT);
	assert_kind(l, "MODULE//METADATA//metadata strings", PART_RAW);
	assert_kind(l, "MODULE//FUNCTION//CONSTANTS", PART_GROUP);
	assert_kind(l, "STRTAB//strings", PART_RAW);
	assert_memory_equal(find_path(l, "STRTAB//strings").bytes, "gf", 2);
	layout_unref(l);
}

/* The source's name stands in the field that has its name, whatever bit it begins at. */
static void the_field_covers_what_changes(void **state)
{
	struct layout *a, *b;
	struct find_path fa, fb;

	(void)state;
	made_by("clang", SOURCE "cp source.c sourcf.c; clang -emit-llvm -c source.c -o a.bc; "
				"clang -emit-llvm -c sourcf.c -o b.bc");
	a = made_layout("a.bc", "bitcode");
	b = made_layout("b.bc", "bitcode");
	fa = find_path(a, "MODULE//source file name");
	fb = find_path(b, "MODULE//source file name");
	assert_int_equal(fa.len, fb.len);
	assert_memory_not_equal(fa.bytes, fb.bytes, fa.len);
	layout_unref(a);
	layout_unref(b);
}

static void wrapper(void **state)
{
	struct made m;
	struct bytes b = { .len = 0 };
	struct layout *l;

	(void)state;
	made_by("clang", BITCODE);
	m = made_file("a.bc");
	put_uint(&b, 0x0b17c0de, 4, false);
	put_uint(&b, 0, 4, false);
	put_uint(&b, 20, 4, false);
	put_uint(&b, m.size, 4, false);
	put_uint(&b, 0x01000007, 4, false);
	put(&b, m.data, m.size);
	put_padded(&b, "", 12);
	l = layout_of(b.data, b.len);
	assert_string_equal(l->analyzer->name, "bitcode");
	assert_kind(l, "bitcode", PART_CONTENT);
	assert_field(l, "bitcode//MODULE//source file name", MEANS_PATH);
	assert_kind(l, "padding", PART_PADDING);
	free(m.data);
	layout_unref(l);
}

/* Bits as a writer puts them down, lowest first. */
struct writer {
	struct bytes bytes;
	unsigned bit;
};

static void write_bits(struct writer *w, uint64_t v, unsigned width)
{
	for (; width; width--, v >>= 1, w->bit = (w->bit + 1) % 8) {
		if (w->bit == 0)
			put_uint(&w->bytes, 0, 1, false);
		w->bytes.data[w->bytes.len - 1] |= (uint8_t)((v & 1) << w->bit);
	}
}

static void write_align(struct writer *w)
{
	while (w->bit || w->bytes.len % 4)
		write_bits(w, 0, 1);
}

/* One module block of abbreviation width 3 with the bits that fn writes; the length is right. */
static struct bytes module_of(void (*fn)(struct writer *w))
{
	struct writer w = { .bit = 0 };

	put(&w.bytes, "BC\xc0\xde", 4);
	write_bits(&w, 1, 2);
	write_bits(&w, 8, 8);
	write_bits(&w, 3, 4);
	write_align(&w);
	write_bits(&w, 0, 32);
	fn(&w);
	write_align(&w);
	store_uint(w.bytes.data + 8, (w.bytes.len - 12) / 4, 4, false);
	return w.bytes;
}

/* An abbreviation of 200 literals costs its reader much and the writer three bits a record. */
static void write_literals(struct writer *w)
{
	int i;

	write_bits(w, 2, 3);
	write_bits(w, 200 % 16 | 16, 5);
	write_bits(w, 200 / 16, 5);
	for (i = 0; i < 200; i++)
		write_bits(w, 1 | 7 << 1, 9);
	for (i = 0; i < 20000; i++)
		write_bits(w, 4, 3);
}

/* An array of 2^30 elements that have no bits. */
static void write_empty_elements(struct writer *w)
{
	write_bits(w, 2, 3);
	write_bits(w, 3, 5);
	write_bits(w, 1 | 1 << 1, 9);
	write_bits(w, 0 | 3 << 1, 4);
	write_bits(w, 0 | 1 << 1, 4);
	write_bits(w, 0, 5);
	write_bits(w, 4, 3);
	write_bits(w, 0x20, 6);
	write_bits(w, 0x20, 6);
	write_bits(w, 0x20, 6);
	write_bits(w, 0x20, 6);
	write_bits(w, 0x20, 6);
	write_bits(w, 0x1f, 6);
}

static void write_unknown_abbreviation(struct writer *w)
{
	write_bits(w, 7, 3);
	write_bits(w, 0, 32);
}

/* Blocks in blocks, which a reader must not follow without end. */
static void write_nested(struct writer *w)
{
	const unsigned levels = 2000;
	unsigned i, left;

	for (i = 0; i < levels; i++) {
		write_bits(w, 1, 3);
		write_bits(w, 8, 8);
		write_bits(w, 3, 4);
		write_align(w);
		left = (levels - 1 - i) * 2;
		write_bits(w, left, 32);
	}
}

static void depth_visit(void *ctx, const char *path, struct layout *l, const struct part *p)
{
	unsigned *deepest = ctx, depth = 0;

	(void)path;
	(void)p;
	for (; l->parent; l = l->parent)
		depth++;
	if (depth > *deepest)
		*deepest = depth;
}

static void nesting_is_bounded(void **state)
{
	struct bytes b = module_of(write_nested);
	struct layout *l = layout_of(b.data, b.len);
	unsigned deepest = 0;

	(void)state;
	walk_layout(l, "", 0, depth_visit, &deepest);
	assert_in_range(deepest, 10, 32);
	layout_unref(l);
}

static struct layout *open_module(struct bytes b)
{
	struct layout *l = layout_of(b.data, b.len), *module = NULL;

	assert_string_equal(l->analyzer->name, "bitcode");
	assert_int_equal(layout_open(l, layout_find(l, "MODULE"), &module), 0);
	assert_tiles(module);
	layout_unref(l);
	return module;
}

static void hostile_streams_end(void **state)
{
	struct layout *l;

	(void)state;
	l = open_module(module_of(write_literals));
	assert_int_equal(l->note_count, 0);
	layout_unref(l);
	l = open_module(module_of(write_empty_elements));
	assert_int_equal(l->note_count, 1);
	layout_unref(l);
	l = open_module(module_of(write_unknown_abbreviation));
	assert_int_equal(l->note_count, 1);
	layout_unref(l);
}

static void a_magic_alone_is_not_enough(void **state)
{
	struct layout *l = layout_of("BC\xc0\xde is what bitcode begins with", 32);

	(void)state;
	assert_string_not_equal(l->analyzer->name, "bitcode");
	layout_unref(l);
}

static void malformed(void **state)
{
	(void)state;
	made_by("clang", BITCODE);
	hammer_file("a.bc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks),
		cmocka_unit_test(the_field_covers_what_changes),
		cmocka_unit_test(wrapper),
		cmocka_unit_test(hostile_streams_end),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(a_magic_alone_is_not_enough),
		cmocka_unit_test(malformed),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
