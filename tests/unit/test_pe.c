/* SPDX-License-Identifier: Apache-2.0 */
/* pe.c, pe_coff.c, pe_places.c: images and objects of clang and lld, and structures by hand. */
#include "tests/unit/made.h"
#include "tests/unit/random.h"

#define SOURCE                                                                                              \
	"printf 'int mainCRTStartup(void) { return 0; }\\n__declspec(dllexport) int f(int x) { return x * " \
	"2; }\\n' >a.c; "
#define OBJECT SOURCE "clang -target x86_64-windows-msvc -c -g -gcodeview a.c -o a.obj; "
#define LINK   "lld-link a.obj /entry:mainCRTStartup /subsystem:console /debug /out:a.exe "

static void time_stamps_of_an_image(void **state)
{
	struct layout *l;

	(void)state;
	made_by("clang lld-link", OBJECT LINK "/timestamp:305419896");
	l = made_layout("a.exe", "pe");
	assert_value(l, "COFF header//TimeDateStamp", MEANS_TIME, "\x78\x56\x34\x12", 4);
	assert_value(l, ".rdata//debug entry CODEVIEW//TimeDateStamp", MEANS_TIME, "\x78\x56\x34\x12", 4);
	assert_field(l, ".rdata//export directory//TimeDateStamp", MEANS_TIME);
	layout_unref(l);
}

static void identity_and_path_of_the_pdb(void **state)
{
	struct layout *l;
	struct find_path f;

	(void)state;
	made_by("clang lld-link", OBJECT LINK);
	l = made_layout("a.exe", "pe");
	assert_value(l, ".rdata//CodeView record//signature", MEANS_MAGIC, "RSDS", 4);
	assert_field(l, ".rdata//CodeView record//GUID", MEANS_ID);
	assert_value(l, ".rdata//CodeView record//age", MEANS_COUNTER, "\1\0\0\0", 4);
	assert_field(l, ".rdata//CodeView record//PDB path", MEANS_PATH);
	f = find_path(l, ".rdata//CodeView record//PDB path");
	assert_string_equal((const char *)f.bytes + f.len - 5, "a.pdb");
	assert_kind(l, ".text", PART_CODE);
	assert_kind(l, ".pdata", PART_DATA);
	layout_unref(l);
}

static void stamps_of_a_reproducible_link_are_identifiers(void **state)
{
	struct layout *l;

	(void)state;
	made_by("clang lld-link", OBJECT LINK "/Brepro");
	l = made_layout("a.exe", "pe");
	assert_field(l, "COFF header//TimeDateStamp", MEANS_ID);
	assert_field(l, ".rdata//debug entry REPRO//TimeDateStamp", MEANS_ID);
	layout_unref(l);
}

/* ImageHlp's sum in its textbook form, the carry folded in at each word. The field is zero in these images. */
static uint32_t textbook_checksum(const struct made *m)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < m->size; i += 2) {
		sum += m->data[i] | (i + 1 < m->size ? m->data[i + 1] << 8 : 0);
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (sum & 0xffff) + (uint32_t)m->size;
}

static struct made image_with_checksum(const char *append)
{
	char script[512];
	struct made m;
	size_t at;

	(void)snprintf(script, sizeof(script), "%s; printf '%s' >>a.exe", OBJECT LINK, append);
	made_by("clang lld-link", script);
	m = made_file("a.exe");
	at = load_le32(m.data + 0x3c) + 24 + 64;
	assert_int_equal(load_le32(m.data + at), 0);
	store_uint(m.data + at, textbook_checksum(&m), 4, false);
	return m;
}

static void checksum_is_proved(void **state)
{
	static const char *const appended[] = { "", "x" }; /* even and odd size */
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct made m = image_with_checksum(appended[i]);
		struct layout *l = layout_of(m.data, m.size);

		assert_field(l, "optional header//CheckSum", MEANS_CHECKSUM);
		assert_proved(l, "optional header//CheckSum");
		assert_proved(l, "optional header//SizeOfImage");
		assert_proved(l, "optional header//SizeOfCode");
		layout_unref(l);
		free(m.data);
	}
}

static void checksum_that_is_not_set_is_no_claim(void **state)
{
	struct layout *l;

	(void)state;
	made_by("clang lld-link", OBJECT LINK);
	l = made_layout("a.exe", "pe");
	assert_false(find_path(l, "optional header//CheckSum").recomputes);
	layout_unref(l);
}

static void checksum_of_a_changed_image_is_not_proved(void **state)
{
	struct made m = image_with_checksum("");
	struct layout *l;

	(void)state;
	m.data[m.size - 1] ^= 1;
	l = layout_of(m.data, m.size);
	assert_false(find_path(l, "optional header//CheckSum").proved);
	free(m.data);
	layout_unref(l);
}

static void addresses_of_an_image(void **state)
{
	struct layout *l;
	uint64_t off = 0;

	(void)state;
	made_by("clang lld-link", OBJECT LINK "/base:0x140000000");
	l = made_layout("a.exe", "pe");
	assert_ptr_equal(l->image, l);
	assert_proved(l, "section header .rdata//VirtualAddress");
	assert_proved(l, "section header .rdata//PointerToRawData");
	assert_true(image_offset(l, 0x140001000, &off));
	assert_int_equal(off, layout_find(l, ".text")->off);
	layout_unref(l);
}

static void overlay_is_content(void **state)
{
	struct layout *l;

	(void)state;
	made_by("clang lld-link", OBJECT LINK "; printf 'appended text' >>a.exe");
	l = made_layout("a.exe", "pe");
	assert_kind(l, "overlay", PART_CONTENT);
	assert_int_equal(find_path(l, "overlay").len, 13);
	layout_unref(l);
}

static void resource_directories(void **state)
{
	struct layout *l;

	(void)state;
	made_by("clang lld-link llvm-rc",
		OBJECT "printf 'STRINGTABLE BEGIN 1 \"hello\" END\\n' >a.rc; llvm-rc /fo a.res a.rc; "
		       "lld-link a.obj a.res /entry:mainCRTStartup /subsystem:console /out:r.exe");
	l = made_layout("r.exe", "pe");
	assert_kind(l, ".rsrc", PART_GROUP);
	assert_int_equal(find_path(l, ".rsrc//resource directory").count, 3); /* type, name, language */
	assert_int_equal(find_path(l, ".rsrc//resource directory//TimeDateStamp").meaning, MEANS_TIME);
	layout_unref(l);
}

static void object(void **state)
{
	struct layout *l;

	(void)state;
	made_by("clang", OBJECT);
	l = made_layout("a.obj", "pe");
	assert_field(l, "COFF header//TimeDateStamp", MEANS_TIME);
	assert_kind(l, ".text", PART_CODE);
	assert_kind(l, ".drectve", PART_TEXT);
	assert_proved(l, "COFF header//PointerToSymbolTable");
	assert_proved(l, "COFF header//NumberOfSymbols");
	assert_proved(l, "section header .debug$T//PointerToRawData");
	assert_proved(l, "section header .debug$S//NumberOfRelocations");
	assert_false(find_path(l, "section header .data//SizeOfRawData")
			     .proved); /* empty: there is nothing to prove */
	assert_kind(l, ".debug$S", PART_DATA);
	assert_kind(l, "relocations .debug$S", PART_RECORDS);
	assert_kind(l, "symbol table", PART_RECORDS);
	assert_kind(l, "string table", PART_STRINGS);
	layout_unref(l);
}

static void long_section_names_come_from_the_string_table(void **state)
{
	struct layout *l;

	(void)state;
	made_by("clang", SOURCE "clang -target x86_64-windows-gnu -c -g -gdwarf a.c -o g.obj");
	l = made_layout("g.obj", "pe");
	assert_kind(l, ".debug_info", PART_DATA);
	assert_kind(l, ".debug_str", PART_STRINGS);
	assert_kind(l, "section header .debug_info//Name", PART_FIELD);
	layout_unref(l);
}

/* One section of four bytes, one symbol: the assemblers here write this kind only beyond 65,279 sections. */
static struct bytes big_object_file(void)
{
	struct bytes b = { .len = 0 };

	put(&b, "\0\0\xff\xff\2\0\x64\x86\x78\x56\x34\x12", 12);
	put(&b, "\xc7\xa1\xba\xd1\xee\xba\xa9\x4b\xaf\x20\xfa\xf6\x6a\xa4\xdc\xb8", 16);
	put_padded(&b, "", 16);
	put_uint(&b, 1, 4, false);
	put_uint(&b, 100, 4, false);
	put_uint(&b, 1, 4, false);
	put_padded(&b, ".text", 16);
	put_uint(&b, 4, 4, false);
	put_uint(&b, 96, 4, false);
	put_padded(&b, "", 12);
	put_uint(&b, 0x60500020, 4, false);
	put(&b, "\xc3\xc3\xc3\xc3", 4);
	put_padded(&b, "f", 8);
	put_padded(&b, "", 4);
	put_uint(&b, 1, 4, false);
	put(&b, "\x20\0\2\0", 4);
	put_uint(&b, 4, 4, false);
	return b;
}

static void big_object(void **state)
{
	struct bytes b = big_object_file();
	struct layout *l = layout_of(b.data, b.len);

	(void)state;
	assert_string_equal(l->analyzer->name, "pe");
	assert_int_equal(l->note_count, 0);
	assert_value(l, "COFF header//TimeDateStamp", MEANS_TIME, "\x78\x56\x34\x12", 4);
	assert_field(l, "COFF header//ClassID", MEANS_MAGIC);
	assert_int_equal(layout_find(l, "symbol table")->records->size, 20);
	assert_kind(l, ".text", PART_CODE);
	layout_unref(l);
}

static void short_import(void **state)
{
	static const uint8_t import[] =
		"\0\0\xff\xff\0\0\x64\x86\x78\x56\x34\x12\x08\0\0\0\0\0\x04\0f\0a.dll";
	struct layout *l = layout_of(import, sizeof(import));

	(void)state;
	assert_string_equal(l->analyzer->name, "pe");
	assert_value(l, "TimeDateStamp", MEANS_TIME, "\x78\x56\x34\x12", 4);
	assert_kind(l, "names", PART_STRINGS);
	layout_unref(l);
}

static uint32_t rotate(uint32_t v, unsigned n)
{
	return n % 32 ? v << (n % 32) | v >> (32 - n % 32) : v;
}

/* The Rich header as Microsoft's linker computes it: two tools, e_lfanew not counted. */
static struct bytes image_with_rich_header(void)
{
	static const uint32_t tools[2][2] = { { 0x01047809, 11 }, { 0x01027809, 40 } };
	struct bytes b = { .len = 0 };
	uint32_t key = 64, i;

	put_padded(&b, "MZ", 0x3c);
	put_uint(&b, 128, 4, false);
	for (i = 0; i < 64; i++)
		if (i < 0x3c)
			key += rotate(b.data[i], i);
	for (i = 0; i < 2; i++)
		key += rotate(tools[i][0], tools[i][1]);
	put_uint(&b, 0x536e6144 ^ key, 4, false);
	for (i = 0; i < 3; i++)
		put_uint(&b, key, 4, false);
	for (i = 0; i < 2; i++) {
		put_uint(&b, tools[i][0] ^ key, 4, false);
		put_uint(&b, tools[i][1] ^ key, 4, false);
	}
	put(&b, "Rich", 4);
	put_uint(&b, key, 4, false);
	put_padded(&b, "", 128 - b.len);
	put(&b, "PE\0\0\x64\x86\0\0\x78\x56\x34\x12\0\0\0\0\0\0\0\0\x70\0\x22\0", 24);
	put(&b, "\x0b\x02", 2);
	put_padded(&b, "", 110);
	return b;
}

static void rich_header_is_proved(void **state)
{
	struct bytes b = image_with_rich_header();
	struct layout *l = layout_of(b.data, b.len);

	(void)state;
	assert_string_equal(l->analyzer->name, "pe");
	assert_int_equal(find_path(l, "Rich header//tool and count").count, 2);
	assert_proved(l, "Rich header//key");
	layout_unref(l);
	b.data[0x10] ^= 1; /* the DOS header counts */
	l = layout_of(b.data, b.len);
	assert_false(find_path(l, "Rich header//key").proved);
	layout_unref(l);
}

/* A machine number is two bytes: everything behind it must fit, or random bytes would be objects. */
static void random_bytes_are_no_object(void **state)
{
	static const uint16_t machines[] = { 0x14c, 0x8664, 0x1c4, 0xaa64, 0x200 };
	uint8_t data[512];
	int i, j;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct layout *l;

		for (j = 0; j < 512; j++)
			data[j] = (uint8_t)random_next();
		store_uint(data, machines[i % 5], 2, false);
		if (i & 1)
			memset(data + 8, 0, 12); /* no symbols, no optional header, no flags */
		l = layout_of(data, sizeof(data));
		assert_string_not_equal(l->analyzer->name, "pe");
		layout_unref(l);
	}
}

static void malformed(void **state)
{
	struct bytes b = image_with_rich_header();

	(void)state;
	hammer(b.data, b.len);
	b = big_object_file();
	hammer(b.data, b.len);
	made_by("clang lld-link", OBJECT LINK);
	hammer_file("a.exe");
	hammer_file("a.obj");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_stamps_of_an_image),
		cmocka_unit_test(identity_and_path_of_the_pdb),
		cmocka_unit_test(stamps_of_a_reproducible_link_are_identifiers),
		cmocka_unit_test(checksum_is_proved),
		cmocka_unit_test(checksum_that_is_not_set_is_no_claim),
		cmocka_unit_test(checksum_of_a_changed_image_is_not_proved),
		cmocka_unit_test(addresses_of_an_image),
		cmocka_unit_test(overlay_is_content),
		cmocka_unit_test(resource_directories),
		cmocka_unit_test(object),
		cmocka_unit_test(long_section_names_come_from_the_string_table),
		cmocka_unit_test(big_object),
		cmocka_unit_test(short_import),
		cmocka_unit_test(rich_header_is_proved),
		cmocka_unit_test(random_bytes_are_no_object),
		cmocka_unit_test(malformed),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
