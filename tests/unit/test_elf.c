/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ELF analyzer promises: every byte in a part that is named as the
 * format names it, references that name the right parts, derived fields that
 * recompute to what the tools wrote, and no harm from malformed input.
 */
#include "analyzers/elf_hash.h"
#include "analyzers/formats.h"
#include "base/digest.h"
#include "tests/unit/made.h"

#include <elf.h>

static const char *const program = "cat >p.c <<'E'\n"
				   "int counter, table[4] = { 1, 2, 3, 4 };\n"
				   "const char *names[] = { \"alpha\", \"beta\" };\n"
				   "__attribute__((noinline)) int twice(int x) { return 2 * x + counter; }\n"
				   "int main(int argc, char **argv) { counter = argc; (void)argv;"
				   " return twice(argc) + table[argc & 3] + names[0][1]; }\n"
				   "E\n";

static void make(const char *tools, const char *script)
{
	char command[4096];

	(void)snprintf(command, sizeof(command), "%s%s", program, script);
	made_by(tools, command);
}

static const struct part *part_of(const struct layout *l, const char *name)
{
	const struct part *p = layout_find(l, name);

	if (!p)
		print_message("no part %s\n", name);
	assert_non_null(p);
	return p;
}

static unsigned field_of(const struct part *p, const char *name)
{
	unsigned i;

	for (i = 0; strcmp(p->records->fields[i].name, name); i++)
		assert_non_null(p->records->fields[i + 1].name);
	return i;
}

static uint64_t value_of(const struct layout *l, const struct part *p, uint64_t index, const char *field)
{
	const struct record_field *f = &p->records->fields[field_of(p, field)];

	return load_uint(part_data(l, p) + index * p->records->size + f->off, f->len, f->coding == CODED_BE);
}

/* The record whose description is `name`. */
static uint64_t record_named(const struct layout *l, const struct part *p, const char *name)
{
	char text[256];
	uint64_t i;

	for (i = 0; i < p->len / p->records->size; i++)
		if (l->analyzer->describe(l, p, p->off + i * p->records->size, text, sizeof(text)) &&
		    !strcmp(text, name))
			return i;
	fail_msg("no record %s in %s", name, p->name);
	return 0;
}

static struct reference reference_of(const struct layout *l, const struct part *p, uint64_t index,
				     const char *field)
{
	unsigned f = field_of(p, field);
	struct reference r = p->records->fields[f].ref;

	(void)l->analyzer->record_reference(l, p, index, f, &r);
	return r;
}

static void assert_target(const struct layout *l, struct reference r, enum reference_kind kind,
			  const char *part)
{
	assert_int_equal(r.kind, kind);
	assert_in_range(r.target, 0, l->count - 1);
	assert_string_equal(l->parts[r.target].name, part);
}

static void program_has_its_parts(void **state)
{
	struct layout *l;

	(void)state;
	make("gcc", "gcc -g -gdwarf-5 -O1 p.c -o p");
	l = made_layout("p", "elf");
	assert_ptr_equal(l->image, l);
	assert_kind(l, "ELF header", PART_GROUP);
	assert_field(l, "ELF header//e_entry", MEANS_ADDRESS);
	assert_proved(l, "ELF header//e_shnum");
	assert_proved(l, "ELF header//e_shstrndx");
	assert_proved(l, "ELF header//e_phnum");
	assert_kind(l, "program headers", PART_RECORDS);
	assert_kind(l, "section header table", PART_RECORDS);
	assert_kind(l, ".interp", PART_STRINGS);
	assert_kind(l, ".text", PART_GROUP);
	assert_kind(l, ".text//main", PART_CODE);
	assert_kind(l, ".text//twice", PART_CODE);
	assert_kind(l, ".symtab", PART_RECORDS);
	assert_kind(l, ".strtab", PART_STRINGS);
	assert_kind(l, ".comment", PART_STRINGS);
	assert_kind(l, ".dynamic", PART_RECORDS);
	assert_kind(l, ".data", PART_GROUP);
	assert_kind(l, ".data//table", PART_DATA);
	assert_kind(l, ".eh_frame", PART_DATA);
	assert_kind(l, ".eh_frame_hdr//table", PART_DATA);
	assert_kind(l, ".debug_info//p.c//DIEs", PART_DATA);
	assert_kind(l, ".debug_line//p.c//line program", PART_DATA);
	assert_proved(l, ".debug_info//p.c//unit_length");
	assert_proved(l, ".debug_line//p.c//header_length");
	assert_kind(l, ".debug_str", PART_STRINGS);
	layout_unref(l);
}

static void addresses_map_to_offsets_and_back(void **state)
{
	const struct part *text, *header;
	struct layout *l;
	uint64_t address, off, entry;

	(void)state;
	make("gcc", "gcc p.c -o p");
	l = made_layout("p", "elf");
	text = part_of(l, ".text");
	assert_true(image_address(l, text->off, &address));
	assert_true(image_offset(l, address, &off));
	assert_int_equal(off, text->off);
	header = part_of(l, "ELF header"); /* mapped by a segment, in no section */
	assert_true(image_address(l, header->off, &address));
	entry = load_le64(l->data + offsetof(Elf64_Ehdr, e_entry));
	assert_true(image_offset(l, entry, &off));
	assert_true(off >= text->off && off < text->off + text->len);
	layout_unref(l);
}

static void memory_without_bytes_has_addresses(void **state)
{
	struct layout *l;
	bool found = false;
	size_t i;

	(void)state;
	make("gcc", "gcc p.c -o p");
	l = made_layout("p", "elf");
	for (i = 0; i < l->range_count; i++) {
		if (i)
			assert_true(l->ranges[i - 1].address + l->ranges[i - 1].size <= l->ranges[i].address);
		found |= l->ranges[i].off == ADDRESS_NO_BYTES && !strcmp(l->ranges[i].name, ".bss");
	}
	assert_true(found);
	layout_unref(l);
}

static void symbols_refer_to_names_addresses_and_extents(void **state)
{
	const struct part *symbols;
	struct reference r;
	struct layout *l;
	uint64_t i;

	(void)state;
	make("gcc", "gcc p.c -o p");
	l = made_layout("p", "elf");
	symbols = part_of(l, ".symtab");
	i = record_named(l, symbols, "twice");
	assert_target(l, reference_of(l, symbols, i, "st_name"), REFERS_OFFSET, ".strtab");
	assert_target(l, reference_of(l, symbols, i, "st_shndx"), REFERS_RECORD, "section header table");
	assert_int_equal(reference_of(l, symbols, i, "st_value").kind, REFERS_ADDRESS);
	r = reference_of(l, symbols, i, "st_size");
	assert_int_equal(r.kind, REFERS_EXTENT);
	assert_int_equal(r.target, field_of(symbols, "st_value"));
	assert_true(l->analyzer->record_key(l, symbols, i) !=
		    l->analyzer->record_key(l, symbols, record_named(l, symbols, "main")));
	layout_unref(l);
}

static void section_headers_refer_to_their_sections(void **state)
{
	const struct part *table;
	struct layout *l;
	uint64_t i;

	(void)state;
	make("gcc", "gcc p.c -o p");
	l = made_layout("p", "elf");
	table = part_of(l, "section header table");
	i = record_named(l, table, ".text");
	assert_target(l, reference_of(l, table, i, "sh_name"), REFERS_OFFSET, ".shstrtab");
	assert_target(l, reference_of(l, table, i, "sh_size"), REFERS_SIZE, ".text");
	assert_int_equal(value_of(l, table, i, "sh_size"), part_of(l, ".text")->len);
	assert_int_equal(reference_of(l, table, i, "sh_offset").kind, REFERS_FILE_OFFSET);
	assert_int_equal(value_of(l, table, i, "sh_offset"), part_of(l, ".text")->off);
	assert_target(l, reference_of(l, table, record_named(l, table, ".symtab"), "sh_info"), REFERS_RECORD,
		      ".symtab");
	assert_target(l, reference_of(l, table, record_named(l, table, ".symtab"), "sh_link"), REFERS_RECORD,
		      "section header table");
	assert_int_equal(reference_of(l, table, record_named(l, table, ".bss"), "sh_size").kind,
			 REFERS_EXTENT);
	layout_unref(l);
}

static void dynamic_values_refer_by_tag(void **state)
{
	static const struct {
		uint64_t tag;
		enum reference_kind kind;
		const char *target;
	} expected[] = {
		{ DT_NEEDED, REFERS_OFFSET, ".dynstr" }, { DT_STRSZ, REFERS_SIZE, ".dynstr" },
		{ DT_RELASZ, REFERS_SIZE, ".rela.dyn" }, { DT_INIT_ARRAYSZ, REFERS_SIZE, ".init_array" },
		{ DT_STRTAB, REFERS_ADDRESS, NULL },
	};
	const struct part *dynamic;
	struct layout *l;
	size_t k, found = 0;
	uint64_t i;

	(void)state;
	make("gcc", "gcc p.c -o p");
	l = made_layout("p", "elf");
	dynamic = part_of(l, ".dynamic");
	for (i = 0; i < dynamic->len / dynamic->records->size; i++)
		for (k = 0; k < sizeof(expected) / sizeof(*expected); k++) {
			if (value_of(l, dynamic, i, "d_tag") != expected[k].tag)
				continue;
			found++;
			if (expected[k].target)
				assert_target(l, reference_of(l, dynamic, i, "d_val"), expected[k].kind,
					      expected[k].target);
			else
				assert_int_equal(reference_of(l, dynamic, i, "d_val").kind, expected[k].kind);
		}
	assert_int_equal(found, sizeof(expected) / sizeof(*expected));
	layout_unref(l);
}

static void object_relocations_refer_into_sections(void **state)
{
	const struct part *rela;
	struct reference r;
	struct layout *l;
	bool addend = false;
	uint64_t i;

	(void)state;
	make("gcc", "gcc -g -gdwarf-5 -c p.c -o p.o");
	l = made_layout("p.o", "elf");
	rela = part_of(l, ".rela.debug_info");
	for (i = 0; i < rela->len / rela->records->size; i++) {
		assert_target(l, reference_of(l, rela, i, "r_offset"), REFERS_OFFSET, ".debug_info");
		assert_target(l, reference_of(l, rela, i, "r_sym"), REFERS_RECORD, ".symtab");
		r = reference_of(l, rela, i, "r_addend");
		addend |= r.kind == REFERS_SECTION_ADDEND && !strcmp(l->parts[r.target].name, ".debug_str");
	}
	assert_true(addend);
	/* x86 counts from behind the word: a section's start is addend -4 */
	rela = part_of(l, ".rela.eh_frame");
	r = reference_of(l, rela, 0, "r_addend");
	assert_target(l, r, REFERS_SECTION_ADDEND, ".text");
	layout_unref(l);
}

/* The build-id of `file` equals what the analyzer makes of the rest. */
static void assert_build_id(const char *tools, const char *script, const char *file, bool follows)
{
	struct find_path f;
	struct layout *l;

	make(tools, script);
	l = made_layout(file, "elf");
	f = find_path(l, ".note.gnu.build-id//build-id");
	if (f.proved != follows)
		print_message("%s\n", script);
	assert_int_equal(f.meaning, MEANS_ID);
	assert_true(f.recomputes);
	assert_int_equal(f.proved, follows);
	layout_unref(l);
}

static void build_id_of_gnu_ld_follows(void **state)
{
	(void)state;
	assert_build_id("gcc ld.bfd", "gcc -g p.c -o a -fuse-ld=bfd -Wl,--build-id=sha1", "a", true);
	assert_build_id("gcc ld.bfd", "gcc -g -gz p.c -o b -fuse-ld=bfd -Wl,--build-id=md5", "b", true);
	assert_build_id("gcc ld.bfd", "gcc p.c -o c -fuse-ld=bfd -Wl,-q,--build-id=sha1", "c", true);
	assert_build_id("gcc ld.bfd", "gcc -shared -fPIC p.c -o d.so -fuse-ld=bfd -Wl,--build-id=sha1",
			"d.so", true);
}

static void build_id_of_lld_follows(void **state)
{
	(void)state;
	assert_build_id("clang ld.lld", "clang -g p.c -o a -fuse-ld=lld -Wl,--build-id=sha1", "a", true);
	assert_build_id("clang ld.lld", "clang p.c -o b -fuse-ld=lld -Wl,--build-id=md5", "b", true);
	assert_build_id("clang ld.lld", "clang p.c -o c -fuse-ld=lld -Wl,--build-id=fast", "c", true);
	/* over one piece of the hash's tree */
	assert_build_id("clang ld.lld",
			"head -c 3000000 /dev/zero >z; ld.lld -m elf_x86_64 -r -b binary z -o z.o;"
			"clang p.c z.o -o d -fuse-ld=lld -Wl,--build-id=sha1",
			"d", true);
}

static void build_id_of_gold_and_mold_follows(void **state)
{
	(void)state;
	assert_build_id("gcc ld.gold", "gcc p.c -o a -fuse-ld=gold -Wl,--build-id=sha1", "a", true);
	assert_build_id("gcc ld.gold", "gcc p.c -o b -fuse-ld=gold -Wl,--build-id=md5", "b", true);
	assert_build_id("clang mold", "clang p.c -o c -fuse-ld=mold -Wl,--build-id=sha1", "c", true);
}

static void build_id_of_a_stripped_file_does_not_follow(void **state)
{
	(void)state;
	assert_build_id("gcc strip", "gcc -g p.c -o a -Wl,--build-id=sha1; strip a", "a", false);
	assert_build_id("gcc", "gcc p.c -o b -Wl,--build-id=uuid", "b", false);
}

static void compressed_debug_data_is_what_it_decodes_to(void **state)
{
	struct layout *l;

	(void)state;
	make("gcc",
	     "for i in $(seq 200); do echo \"int function_number_$i(void) { return $i; }\" >>p.c; done;"
	     "gcc -g -gdwarf-5 -gz=zlib p.c -o z; gcc -g -gdwarf-5 -gz=zlib-gnu p.c -c -o g.o");
	l = made_layout("z", "elf");
	assert_proved(l, ".debug_str//ch_size");
	assert_kind(l, ".debug_str//compressed content", PART_ENCODED);
	assert_kind(l, ".debug_str//compressed content//.debug_str", PART_STRINGS);
	assert_kind(l, ".debug_info//compressed content//unit//DIEs", PART_DATA);
	layout_unref(l);
	l = made_layout("g.o", "elf");
	assert_kind(l, ".zdebug_info//compressed content//unit//DIEs", PART_DATA);
	layout_unref(l);
}

static void hash_table_follows_from_the_names(void **state)
{
	struct layout *l;

	(void)state;
	make("gcc clang ld.lld",
	     "for i in $(seq 40); do echo \"int function_number_$i(void) { return $i; }\" >>p.c; done;"
	     "gcc -shared -fPIC -Wl,--hash-style=gnu p.c -o g.so;"
	     "clang -shared -fPIC -fuse-ld=lld -Wl,--hash-style=gnu p.c -o l.so");
	l = made_layout("g.so", "elf");
	assert_proved(l, ".gnu.hash//bloom filter");
	assert_proved(l, ".gnu.hash//buckets");
	assert_proved(l, ".gnu.hash//hash values");
	layout_unref(l);
	l = made_layout("l.so", "elf");
	assert_proved(l, ".gnu.hash//bloom filter");
	assert_proved(l, ".gnu.hash//buckets");
	assert_proved(l, ".gnu.hash//hash values");
	layout_unref(l);
}

/* A reference inside a unit counts from the unit: the second unit's is biased by the first's length. */
static void units_refer_to_themselves(void **state)
{
	struct layout *l, *info = NULL, *unit = NULL;
	const struct part *second, *dies;
	struct reference r;

	(void)state;
	make("gcc", "echo 'int other(void) { return 3; }' >q.c; gcc -g p.c q.c -o p");
	l = made_layout("p", "elf");
	assert_int_equal(layout_open(l, part_of(l, ".debug_info"), &info), 0);
	second = part_of(info, "q.c");
	assert_int_equal(layout_open(info, second, &unit), 0);
	dies = part_of(unit, "DIEs");
	r = dies->references[dies->reference_count - 1];
	assert_target(l, r, REFERS_OFFSET, ".debug_info");
	assert_int_equal(r.bias, second->off);
	layout_unref(unit);
	layout_unref(info);
	layout_unref(l);
}

static void old_line_tables_have_files_and_times(void **state)
{
	struct layout *l;

	(void)state;
	make("gcc", "gcc -g -gdwarf-3 p.c -o p");
	l = made_layout("p", "elf");
	assert_value(l, ".debug_line//p.c//file name", MEANS_PATH, "p.c", 4);
	assert_value(l, ".debug_line//p.c//mtime", MEANS_TIME, "", 1);
	assert_kind(l, ".debug_line//p.c//include_directories", PART_STRINGS);
	layout_unref(l);
}

static void places_have_symbols_and_instructions(void **state)
{
	struct layout *l, *text = NULL;
	const struct part *twice;
	char out[256];

	(void)state;
	make("gcc", "printf '.globl f\\n.type f,@function\\nf: mov $7,%%eax\\n ret\\n.size f,.-f\\n' >f.s;"
		    "printf '.skip 80,0x90\\n' >>f.s; gcc -c f.s -o f.o");
	l = made_layout("f.o", "elf");
	assert_int_equal(layout_open(l, part_of(l, ".text"), &text), 0);
	twice = part_of(text, "f");
	assert_int_equal(twice->len, 6);
	assert_true(l->analyzer->describe(text, twice, 2, out, sizeof(out)));
	assert_string_equal(out, "f+0x2");
	assert_true(l->analyzer->context(text, twice, 2, out, sizeof(out)));
	assert_non_null(strstr(out, "mov eax, 7"));
	assert_non_null(strstr(out, "[b8 07 00 00 00]"));
	assert_non_null(layout_find(text, "after f"));
	layout_unref(text);
	layout_unref(l);
}

/* What stands between objects is alignment when it is zeros, and else a part that is named after its neighbour. */
static void data_between_objects_is_named_after_them(void **state)
{
	struct layout *l, *data = NULL;

	(void)state;
	make("gcc", "printf '.data\\n.type x,@object\\nx: .long 1\\n.size x,4\\n.string \"/tmp\"\\n' >d.s;"
		    "printf '.type y,@object\\n.balign 16\\ny: .skip 100,1\\n.size y,100\\n.zero 12\\n' >>d.s;"
		    "printf '.type z,@object\\nz: .skip 4000,2\\n.size z,4000\\n' >>d.s; gcc -c d.s -o d.o");
	l = made_layout("d.o", "elf");
	assert_int_equal(layout_open(l, part_of(l, ".data"), &data), 0);
	assert_int_equal(part_of(data, "x")->len, 4);
	assert_int_equal(part_of(data, "after x")->len, 12);
	assert_int_equal(part_of(data, "y")->len, 112);
	assert_null(layout_find(data, "after y"));
	layout_unref(data);
	layout_unref(l);
}

static void names_by_offset_are_parts(void **state)
{
	struct layout *l, *names = NULL, *unit = NULL;

	(void)state;
	make("gcc", "printf '.section .debug_gnu_pubnames,\"\",@progbits\\n.long 2f-1f\\n1: .short 2\\n.long 0,99\\n' >n.s;"
		    "printf '.long 40\\n.byte 48\\n.string \"f(lambda at /tmp/x.cc:5)\"\\n' >>n.s;"
		    "printf '.long 50\\n.byte 176\\n.string \"\"\\n.long 60\\n.byte 48\\n.string \"main\"\\n' >>n.s;"
		    "printf '.long 0\\n2:\\n' >>n.s; gcc -c n.s -o n.o");
	l = made_layout("n.o", "elf");
	assert_int_equal(layout_open(l, part_of(l, ".debug_gnu_pubnames"), &names), 0);
	assert_int_equal(layout_open(names, &names->parts[0], &unit), 0);
	assert_int_equal(part_of(unit, "f(lambda at x.cc:5)")->len, 4 + 1 + 25);
	assert_int_equal(part_of(unit, "main")->len, 4 + 1 + 5);
	assert_int_equal(part_of(unit, "end")->len, 4);
	layout_unref(unit);
	layout_unref(names);
	layout_unref(l);
}

static void big_endian_objects_are_read(void **state)
{
	const struct part *symbols;
	struct layout *l;
	uint64_t i;

	(void)state;
	make("clang", "clang --target=powerpc-linux-gnu -ffreestanding -g -c p.c -o ppc.o;"
		      "clang --target=powerpc64-linux-gnu -ffreestanding -g -c p.c -o ppc64.o");
	l = made_layout("ppc.o", "elf");
	assert_value(l, "ELF header//e_machine", MEANS_NOTHING, "\0\x14", 2);
	assert_kind(l, ".text//main", PART_CODE);
	symbols = part_of(l, ".symtab");
	i = record_named(l, symbols, "main");
	assert_target(l, reference_of(l, symbols, i, "st_name"), REFERS_OFFSET, ".strtab");
	assert_target(l, reference_of(l, symbols, i, "st_value"), REFERS_OFFSET, ".text");
	assert_target(l, reference_of(l, part_of(l, ".rela.text"), 0, "r_sym"), REFERS_RECORD, ".symtab");
	layout_unref(l);
	l = made_layout("ppc64.o", "elf");
	assert_value(l, "ELF header//e_machine", MEANS_NOTHING, "\0\x15", 2);
	layout_unref(l);
}

static void separate_debug_file_is_linked_by_fields(void **state)
{
	struct layout *l;

	(void)state;
	make("gcc objcopy strip", "gcc -g p.c -o p; objcopy --only-keep-debug p p.debug; strip p;"
				  "objcopy --add-gnu-debuglink=p.debug p");
	l = made_layout("p", "elf");
	assert_value(l, ".gnu_debuglink//file name", MEANS_NAME, "p.debug", 8);
	assert_field(l, ".gnu_debuglink//CRC", MEANS_CHECKSUM);
	layout_unref(l);
}

static void file_without_section_headers_is_tiled_by_segments(void **state)
{
	struct made m;
	struct layout *l;

	(void)state;
	make("gcc", "gcc p.c -o p");
	m = made_file("p");
	memset(m.data + offsetof(Elf64_Ehdr, e_shoff), 0, 8);
	memset(m.data + offsetof(Elf64_Ehdr, e_shnum), 0, 4);
	l = layout_of(m.data, m.size);
	assert_kind(l, "segment LOAD", PART_DATA);
	assert_kind(l, "segment INTERP", PART_STRINGS);
	assert_kind(l, "segment NOTE", PART_GROUP);
	layout_unref(l);
	free(m.data);
}

static void numbers_beyond_the_header_stand_in_section_zero(void **state)
{
	const struct part *symbols;
	struct layout *l;
	uint64_t i;

	(void)state;
	make("gcc", "for i in $(seq 66000); do echo \".section .s$i,\\\"a\\\"; .byte 1\"; done >s.s;"
		    "echo '.section .last,\"ax\"; .globl last; .type last,@function; last: ret' >>s.s; gcc "
		    "-c s.s -o s.o");
	l = made_layout("s.o", "elf");
	assert_non_null(layout_find(l, ".s66000"));
	symbols = part_of(l, ".symtab");
	i = record_named(l, symbols, "last");
	assert_int_equal(value_of(l, symbols, i, "st_shndx"), SHN_XINDEX);
	layout_unref(l);
}

static void hashes_are_the_published_ones(void **state)
{
	uint8_t bytes[4096], out[BLAKE3_SIZE];
	char hex[2 * BLAKE3_SIZE + 1];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i % 251);
	blake3_of(bytes, 0, out);
	hex_of(out, 8, hex);
	assert_string_equal(hex, "af1349b9f5f9a1a6");
	blake3_of(bytes, 1025, out);
	hex_of(out, 8, hex);
	assert_string_equal(hex, "d00278ae47eb27b3");
	blake3_of(bytes, 3073, out);
	hex_of(out, 8, hex);
	assert_string_equal(hex, "7124b49501012f81");
	assert_true(xxh64_of(bytes, 0) == UINT64_C(0xef46db3751d8e999));
	assert_true(xxh3_of(bytes, 0) == UINT64_C(0x2d06800538d394c2));
}

/* Small enough that the walk of each prefix stays cheap. */
static void truncated_and_damaged_files_do_no_harm(void **state)
{
	(void)state;
	make("gcc clang",
	     "gcc -g -gz=zlib -c p.c -o p.o; clang -g -gdwarf-4 -fdebug-types-section -c p.c -o q.o;"
	     "clang --target=powerpc-linux-gnu -ffreestanding -g -c p.c -o ppc.o");
	hammer_file("p.o");
	hammer_file("q.o");
	hammer_file("ppc.o");
}

static void put_at(uint8_t *data, size_t off, uint64_t v, unsigned width)
{
	store_uint(data + off, v, width, false);
}

static void hostile_counts_are_notes(void **state)
{
	struct made m;
	struct layout *l;

	(void)state;
	make("gcc", "gcc -c p.c -o p.o");
	m = made_file("p.o");
	put_at(m.data, offsetof(Elf64_Ehdr, e_shnum), 0,
	       2); /* the number stands in section 0: make it huge */
	put_at(m.data, load_le64(m.data + offsetof(Elf64_Ehdr, e_shoff)) + offsetof(Elf64_Shdr, sh_size),
	       UINT64_MAX, 8);
	l = layout_of(m.data, m.size);
	assert_true(l->note_count > 0);
	assert_non_null(strstr(l->notes[0].text, "18446744073709551615 section headers"));
	walk_layout(l, "", 0, NULL, NULL);
	layout_unref(l);
	free(m.data);
}

static void sections_that_overlap_are_cut(void **state)
{
	struct made m;
	struct layout *l;
	uint64_t table, i, count;

	(void)state;
	make("gcc", "gcc -c p.c -o p.o");
	m = made_file("p.o");
	table = load_le64(m.data + offsetof(Elf64_Ehdr, e_shoff));
	count = load_le16(m.data + offsetof(Elf64_Ehdr, e_shnum));
	for (i = 1; i < count; i++) {
		put_at(m.data, table + 64 * i + offsetof(Elf64_Shdr, sh_offset), 32 + i, 8);
		put_at(m.data, table + 64 * i + offsetof(Elf64_Shdr, sh_size), UINT64_MAX - i, 8);
	}
	l = layout_of(m.data, m.size);
	for (i = 0; i < l->note_count && !strstr(l->notes[i].text, "overlaps what stands before it"); i++)
		;
	assert_true(i < l->note_count);
	walk_layout(l, "", 0, NULL, NULL);
	layout_unref(l);
	free(m.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(program_has_its_parts),
		cmocka_unit_test(addresses_map_to_offsets_and_back),
		cmocka_unit_test(memory_without_bytes_has_addresses),
		cmocka_unit_test(symbols_refer_to_names_addresses_and_extents),
		cmocka_unit_test(section_headers_refer_to_their_sections),
		cmocka_unit_test(dynamic_values_refer_by_tag),
		cmocka_unit_test(object_relocations_refer_into_sections),
		cmocka_unit_test(build_id_of_gnu_ld_follows),
		cmocka_unit_test(build_id_of_lld_follows),
		cmocka_unit_test(build_id_of_gold_and_mold_follows),
		cmocka_unit_test(build_id_of_a_stripped_file_does_not_follow),
		cmocka_unit_test(compressed_debug_data_is_what_it_decodes_to),
		cmocka_unit_test(hash_table_follows_from_the_names),
		cmocka_unit_test(units_refer_to_themselves),
		cmocka_unit_test(old_line_tables_have_files_and_times),
		cmocka_unit_test(places_have_symbols_and_instructions),
		cmocka_unit_test(data_between_objects_is_named_after_them),
		cmocka_unit_test(names_by_offset_are_parts),
		cmocka_unit_test(big_endian_objects_are_read),
		cmocka_unit_test(separate_debug_file_is_linked_by_fields),
		cmocka_unit_test(file_without_section_headers_is_tiled_by_segments),
		cmocka_unit_test(numbers_beyond_the_header_stand_in_section_zero),
		cmocka_unit_test(hashes_are_the_published_ones),
		cmocka_unit_test(truncated_and_damaged_files_do_no_harm),
		cmocka_unit_test(hostile_counts_are_notes),
		cmocka_unit_test(sections_that_overlap_are_cut),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
