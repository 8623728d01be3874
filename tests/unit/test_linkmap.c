/* SPDX-License-Identifier: Apache-2.0 */
/* linkmap.h: the four dialects, row by row, and what is refused. tests/links/ asks the linkers themselves. */
#include "analyzers/linkmap.h"
#include "base/error.h"
#include "tests/unit/scratch.h"

#include <errno.h>

static struct error err;

static int map_of(const char *text, struct linkmap **ret)
{
	struct content *c;
	int r;

	err = (struct error){ 0 };
	assert_int_equal(content_copy(text, strlen(text), "x.map", &c), 0);
	*ret = NULL;
	r = linkmap_read(c, ret, &err);
	content_unref(c);
	return r;
}

static struct linkmap *good(const char *text)
{
	struct linkmap *m;

	if (map_of(text, &m) < 0)
		fail_msg("refused: %s", err.message);
	return m;
}

static void bad(const char *text, const char *line, const char *why)
{
	struct linkmap *m;

	assert_int_equal(map_of(text, &m), -EBADMSG);
	assert_null(m);
	if (!strstr(err.message, line) || !strstr(err.message, why))
		fail_msg("\"%s\" says neither \"%s\" nor \"%s\"", err.message, line, why);
	assert_string_equal(err.file, "x.map");
}

static const char *file_of(const struct linkmap *m, uint32_t file)
{
	return file == LINKMAP_NONE ? "-" : m->files[file].name;
}

static void assert_section(const struct linkmap *m, size_t i, const char *output, const char *name, uint64_t address, uint64_t size,
			   const char *file)
{
	const struct linkmap_section *s = &m->sections[i];

	assert_true(i < m->section_count);
	assert_string_equal(s->output == LINKMAP_NONE ? "-" : m->outputs[s->output].name, output);
	assert_string_equal(s->name, name);
	assert_int_equal(s->address, address);
	assert_int_equal(s->size, size);
	assert_string_equal(file_of(m, s->file), file);
}

static void assert_included(const struct linkmap *m, const struct linkmap_extraction *e, const char *what, const char *requirer,
			    const char *symbol)
{
	assert_string_equal(file_of(m, e->member), what);
	assert_string_equal(file_of(m, e->requirer), requirer);
	assert_string_equal(e->symbol, symbol);
}

/* ---- GNU ld ---------------------------------------------------------------------------------------------------- */

#define GNU_HEAD                                                                                                  \
	"Memory Configuration\n\nName             Origin             Length             Attributes\n"              \
	"*default*        0x0000000000000000 0xffffffffffffffff\n\nLinker script and memory map\n\n"
#define GNU_TAIL "OUTPUT(app elf64-x86-64)\n"

static void test_gnu_tables(void **state)
{
	struct linkmap *m = good("Archive member included to satisfy reference by file (symbol)\n\n"
				 "libu.a(u1.o)                  main.o (lib_used(int))\n"
				 "dir with blank/libu.a(u2.o)   dir with blank/my main.o (X::operator()(int, char const*) const)\n"
				 "/a/rather/long/path/to/libw.a(w.o)\n"
				 "                              (--whole-archive)\n"
				 "libe.a(entry.o)               (start_here)\n"
				 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbb/libx.a(y.o)\n"
				 "                              libu.a(u1.o) (f)\n"
				 "\nMerging program properties\n\nRemoved property 0xc0000002 to merge a.o (0x3) and b.o (not found)\n"
				 "\nAs-needed library included to satisfy reference by file (symbol)\n\n"
				 "libc.so.6                     libu.a(u1.o) (puts@@GLIBC_2.2.5)\n"
				 "\nAllocating common symbols\nCommon symbol       size              file\n\n"
				 "shared_array        0x190             c.o\n"
				 "a_common_symbol_of_some_length\n                    0x4               c.o\n"
				 "\nDiscarded input sections\n\n"
				 " .group         0x0000000000000000        0x8 main.o\n"
				 " .text._Z4deadv\n                0x0000000000000000       0x1a main.o\n\n" GNU_HEAD
				 "LOAD main.o\nLOAD libu.a\nSTART GROUP\nLOAD libgcc.a\nEND GROUP\nLOAD libgcc.a\n" GNU_TAIL);

	(void)state;
	assert_int_equal(m->dialect, LINKMAP_GNU);
	assert_int_equal(m->extraction_count, 5);
	assert_included(m, &m->extractions[0], "libu.a(u1.o)", "main.o", "lib_used(int)");
	assert_included(m, &m->extractions[1], "dir with blank/libu.a(u2.o)", "dir with blank/my main.o",
			"X::operator()(int, char const*) const");
	assert_included(m, &m->extractions[2], "/a/rather/long/path/to/libw.a(w.o)", "-", "");
	assert_included(m, &m->extractions[3], "libe.a(entry.o)", "-", "start_here");
	assert_included(m, &m->extractions[4], "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbb/libx.a(y.o)", "libu.a(u1.o)", "f");
	assert_int_equal(m->needed_count, 1);
	assert_included(m, &m->needed[0], "libc.so.6", "libu.a(u1.o)", "puts@@GLIBC_2.2.5");
	assert_int_equal(m->discarded_count, 2);
	assert_string_equal(m->discarded[1].name, ".text._Z4deadv");
	assert_int_equal(m->discarded[1].size, 0x1a);
	assert_int_equal(m->discarded[1].output, LINKMAP_NONE);
	assert_int_equal(m->load_count, 4);
	assert_string_equal(file_of(m, m->loads[1]), "libu.a");
	assert_int_equal(m->loads[2], m->loads[3]);
	assert_true(m->files[linkmap_find_file(m, "libu.a")].loaded);
	assert_false(m->files[linkmap_find_file(m, "libu.a(u1.o)")].loaded);
	assert_string_equal(m->files[linkmap_find_file(m, "libu.a(u1.o)")].path, "libu.a");
	assert_string_equal(m->files[linkmap_find_file(m, "libu.a(u1.o)")].member, "u1.o");
	assert_int_equal(linkmap_find_file(m, "u1.o"), LINKMAP_NONE);
	linkmap_free(m);
}

static void test_gnu_memory_map(void **state)
{
	struct linkmap *m = good(GNU_HEAD
				 "LOAD main.o\n"
				 "                [!provide]                        PROVIDE (__executable_start = 0x0)\n"
				 "                0x0000000000000318                . = (SEGMENT_START (\"text-segment\", 0x0))\n"
				 "\n.text           0x0000000000001110      0x777 load address 0x0000000000002110\n"
				 " *(.text.unlikely .text.*_unlikely .text.unlikely.*)\n"
				 " .text          0x0000000000001110       0x22 crt1.o\n"
				 "                0x0000000000001110                _start\n"
				 " *fill*         0x0000000000001132        0xe 90\n"
				 " .text._Z7a_longname\n                0x0000000000001140       0x1a dir with blank/main.o\n"
				 "                0x0000000000001140                X::operator=(X const&)\n"
				 "                0x0000000000001150        0x4 LONG 0x2a\n"
				 " .text.stub     0x0000000000001154       0x10 linker stubs\n"
				 " FILL mask 0x90\n"
				 "\n.gcc_except_table\n                0x0000000000002474       0x27\n"
				 " *(.gcc_except_table .gcc_except_table.*)\n"
				 " .eh_frame      0x0000000000002474       0x18 main.o\n"
				 "                                         0x30 (size before relaxing)\n"
				 "\n.jcr\n *(.jcr)\n"
				 "\n.bss            0x0000000000004000       0x10\n COMMON         0x0000000000004000       0x10 c.o\n"
				 "LOAD linker stubs\n" GNU_TAIL "\n.orphan         0x0000000000000000        0x4\n"
				 " .orphan        0x0000000000000000        0x4 main.o\n");

	(void)state;
	assert_int_equal(m->output_count, 4);
	assert_int_equal(m->outputs[0].size, 0x777);
	assert_string_equal(m->outputs[1].name, ".gcc_except_table");
	assert_int_equal(m->section_count, 7);
	assert_section(m, 0, ".text", ".text", 0x1110, 0x22, "crt1.o");
	assert_section(m, 1, ".text", "*fill*", 0x1132, 0xe, "-");
	assert_section(m, 2, ".text", ".text._Z7a_longname", 0x1140, 0x1a, "dir with blank/main.o");
	assert_section(m, 3, ".text", ".text.stub", 0x1154, 0x10, "-");
	assert_section(m, 4, ".gcc_except_table", ".eh_frame", 0x2474, 0x18, "main.o");
	assert_section(m, 5, ".bss", "COMMON", 0x4000, 0x10, "c.o");
	assert_section(m, 6, ".orphan", ".orphan", 0, 4, "main.o");
	linkmap_free(m);
}

static int count_symbol(void *ctx, uint64_t address, uint64_t size, struct linkmap_text name)
{
	(void)address;
	(void)size;
	*(size_t *)ctx += name.n;
	return 0;
}

static int stop_at_symbol(void *ctx, uint64_t address, uint64_t size, struct linkmap_text name)
{
	(void)ctx;
	(void)address;
	(void)size;
	(void)name;
	return -ECANCELED;
}

static void test_the_visitor_sees_symbols_and_may_stop(void **state)
{
	static const char text[] = GNU_HEAD "\n.text           0x0000000000001110      0x777\n"
					    " .text          0x0000000000001110       0x22 crt1.o\n"
					    "                0x0000000000001110                _start\n"
					    "                0x0000000000001114                . = ALIGN (0x4)\n" GNU_TAIL;
	struct linkmap_visitor v = { .symbol = count_symbol };
	enum linkmap_dialect dialect;
	struct content *c;
	size_t letters = 0;

	(void)state;
	assert_int_equal(content_copy(text, strlen(text), "x.map", &c), 0);
	assert_int_equal(linkmap_parse(c, &v, &letters, &dialect, &err), 0);
	assert_int_equal(letters, strlen("_start"));
	v.symbol = stop_at_symbol;
	assert_int_equal(linkmap_parse(c, &v, NULL, &dialect, &err), -ECANCELED);
	content_unref(c);
}

struct crossed {
	char text[512];
};

static int take_reference(void *ctx, struct linkmap_text symbol, struct linkmap_text file, bool defines)
{
	char *text = ((struct crossed *)ctx)->text;

	(void)snprintf(text + strlen(text), sizeof(struct crossed) - strlen(text), "%c[%.*s|%.*s]", defines ? '+' : '-', (int)symbol.n,
		       symbol.p, (int)file.n, file.p);
	return 0;
}

static void test_cross_references(void **state)
{
	static const char text[] =
		GNU_HEAD GNU_TAIL "\nCross Reference Table\n\nSymbol                                            File\n"
				  "u2_f(int)                                         dir with blank/libu.a(u2.o)\n"
				  "                                                  main.o\n"
				  "std::vector<int, std::allocator<int> >::operator new(unsigned long) const /usr/lib/my libs/libx.so\n"
				  "a_symbol_of_forty_nine_characters_exactly_as_it_i a.o\n"
				  "void std::vector<int, std::allocator<int> >::_M_realloc_insert<int>(int&&) libu.a(u1.o)\n";
	struct linkmap_visitor v = { .cross_reference = take_reference };
	struct crossed crossed = { "" };
	enum linkmap_dialect dialect;
	struct content *c;

	(void)state;
	assert_int_equal(content_copy(text, strlen(text), "x.map", &c), 0);
	assert_int_equal(linkmap_parse(c, &v, &crossed, &dialect, &err), 0);
	assert_string_equal(crossed.text,
			    "+[u2_f(int)|dir with blank/libu.a(u2.o)]-[u2_f(int)|main.o]"
			    "+[std::vector<int, std::allocator<int> >::operator new(unsigned long) const|/usr/lib/my libs/libx.so]"
			    "+[a_symbol_of_forty_nine_characters_exactly_as_it_i|a.o]"
			    "+[void std::vector<int, std::allocator<int> >::_M_realloc_insert<int>(int&&)|libu.a(u1.o)]");
	content_unref(c);
}

static void test_gnu_refusals(void **state)
{
	(void)state;
	bad(GNU_HEAD "LOAD main.o\n", "line 9", "OUTPUT");
	bad(GNU_HEAD "LOAD main.o", "line 8", "inside this line");
	bad(GNU_HEAD "\n.text           0x0000000000001110      0x777\n .text.a_name_that_wraps\n" GNU_TAIL, "line 10", "no row");
	bad(GNU_HEAD "            1e80             1e80       22    16         a.o:(.text)\n" GNU_TAIL, "line 8", "no row");
	bad(GNU_HEAD " ** fill        0x0000000000001110        0x2\n" GNU_TAIL, "line 8", "without its file");
	bad(GNU_HEAD " .text          0x0000000000001110        0x2\n" GNU_TAIL, "line 8", "without its file");
	bad(GNU_HEAD GNU_TAIL GNU_HEAD GNU_TAIL, "line 9", "second map");
	bad(GNU_HEAD GNU_TAIL GNU_TAIL, "line 9", "second map");
	bad(GNU_HEAD GNU_TAIL "Archive member included to satisfy reference by file (symbol)\n", "line 9", "second map");
	bad(GNU_HEAD "\nCross Reference Table\n" GNU_TAIL, "line 9", "before the end");
	bad(GNU_HEAD GNU_TAIL "\nCross Reference Table\n", "line 11", "cut off");
	bad(GNU_HEAD " .text          0xf0000000000001110      0x2 a.o\n" GNU_TAIL, "line 8", "no row");
	bad("Archive member included to satisfy reference by file (symbol)\n\nliba.a(b.o)\n" GNU_HEAD GNU_TAIL, "line 3", "who asked");
	bad("Discarded input sections\n\n .text          0x0000000000000000        0x0\n\n" GNU_HEAD GNU_TAIL, "line 3", "no row");
}

/* Before 2.26 GNU ld had gold's heading: what follows tells them apart. */
static void test_the_shared_heading(void **state)
{
	struct linkmap *m = good("Archive member included because of file (symbol)\n\nlibu.a(u1.o)                  main.o (f)\n\n" GNU_HEAD
					 GNU_TAIL);

	(void)state;
	assert_int_equal(m->dialect, LINKMAP_GNU);
	linkmap_free(m);
	m = good("\nDiscarded input sections\n\n .text          0x0000000000000000        0x0 a.o\n\nMemory map\n\n\n"
		 ".shstrtab       0x0000000000000000       0x10\n ** string table\n                0x0000000000000000       0x10\n");
	assert_int_equal(m->dialect, LINKMAP_GOLD);
	linkmap_free(m);
}

/* ---- gold ---------------------------------------------------------------------------------------------------- */

#define GOLD_TAIL "\n.shstrtab       0x0000000000000000       0x10\n ** string table\n                0x0000000000000000       0x10\n"

static void test_gold(void **state)
{
	struct linkmap *m = good("Archive member included because of file (symbol)\n\n"
				 "libu.a(u1.o)                  main.o (_Z8lib_usedi)\n"
				 "libu.a(u2.o)                  --whole-archive\n"
				 "libu.a(u3.o)                  -u (needed_by_hand)\n"
				 "\nMemory map\n\n ** file header\n                0x0000000000000000       0x40\n"
				 "\n.text           0x0000000000000c70      0x72a (before compression)\n"
				 " .text          0x0000000000000c70       0x22 crt1.o\n"
				 "                0x0000000000000c70                _start\n"
				 " ** fill        0x0000000000000c92        0xe\n"
				 " .rodata.str1.1 0xffffffffffffffff        0x5 main.o\n" GOLD_TAIL);

	(void)state;
	assert_int_equal(m->dialect, LINKMAP_GOLD);
	assert_int_equal(m->extraction_count, 3);
	assert_included(m, &m->extractions[0], "libu.a(u1.o)", "main.o", "_Z8lib_usedi");
	assert_included(m, &m->extractions[1], "libu.a(u2.o)", "-", "");
	assert_included(m, &m->extractions[2], "libu.a(u3.o)", "-", "needed_by_hand");
	assert_int_equal(m->section_count, 5);
	assert_section(m, 0, "-", "** file header", 0, 0x40, "-");
	assert_section(m, 1, ".text", ".text", 0xc70, 0x22, "crt1.o");
	assert_section(m, 2, ".text", "** fill", 0xc92, 0xe, "-");
	assert_section(m, 3, ".text", ".rodata.str1.1", UINT64_MAX, 5, "main.o");
	linkmap_free(m);
}

static void test_gold_refusals(void **state)
{
	(void)state;
	bad("Memory map\n\n.text           0x0000000000000c70      0x72a\n", "line 4", ".shstrtab");
	bad("Memory map\n" GOLD_TAIL " *(.text .text.*)\n", "line 6", "no row");
	bad("Memory map\n" GOLD_TAIL "LOAD main.o\n", "line 6", "no row");
	bad("Memory map\n" GOLD_TAIL " .text          0x0000000000000c70       0x22\n", "line 6", "no row");
	bad("Memory map\n" GOLD_TAIL "\nMemory map\n" GOLD_TAIL, "line 7", "second map");
}

/* ---- lld and mold ----------------------------------------------------------------------------------------------- */

#define LLD_HEAD "             VMA              LMA     Size Align Out     In      Symbol\n"
#define LLD_TAIL "               0                0       de     1 .shstrtab\n"

static void test_lld(void **state)
{
	struct linkmap *m = good(LLD_HEAD
				 "             2a8              2a8       1c     1 .interp\n"
				 "             2a8              2a8       1c     1         <internal>:(.interp)\n"
				 "             2c8              2c8        0     1 __start = .\n"
				 "             c90              c90      1e4     8 .eh_frame\n"
				 "             cd8              cd8       14     1         dir (x)/libu.a(u1.o):(.eh_frame+0x18)\n"
				 "            1e80             1e80      72a    16 .text\n"
				 "            1e80             1e80       22    16         lib dir/libu.a(u1.o):(.text._ZN1XclEv)\n"
				 "            1e80             1e80       22     1                 X::operator()() const\n"
				 "            1ea2             1ea2        4     1         LONG ( 0x1 )\n"
				 "            1ea6             1ea6        0     1         here = .\n"
				 "            1ea6             1ea6        0     1 \n" LLD_TAIL);

	(void)state;
	assert_int_equal(m->dialect, LINKMAP_LLD);
	assert_int_equal(m->output_count, 4);
	assert_int_equal(m->section_count, 4);
	assert_section(m, 0, ".interp", ".interp", 0x2a8, 0x1c, "-");
	assert_section(m, 1, ".eh_frame", ".eh_frame", 0xcd8, 0x14, "dir (x)/libu.a(u1.o)");
	assert_section(m, 2, ".text", ".text._ZN1XclEv", 0x1e80, 0x22, "lib dir/libu.a(u1.o)");
	assert_section(m, 3, ".text", "LONG ( 0x1 )", 0x1ea2, 4, "-");
	linkmap_free(m);
	m = good("     VMA      LMA     Size Align Out     In      Symbol\n    80d4     80d4       10     4 .text\n"
		 "    80d4     80d4       10     4         a.o:(.text)\n       0        0       de     1 .shstrtab\n");
	assert_section(m, 0, ".text", ".text", 0x80d4, 0x10, "a.o");
	linkmap_free(m);
	m = good("Address          Size             Align Out     In      Symbol\n0000000000201000 0000000000000015     4 .text\n"
		 "0000000000201000 000000000000000e     4         test.o:(.text)\n0000000000000000 00000000000000de     1 .shstrtab\n");
	assert_section(m, 0, ".text", ".text", 0x201000, 0xe, "test.o");
	linkmap_free(m);
}

static void test_lld_refusals(void **state)
{
	(void)state;
	bad(LLD_HEAD, "line 2", "cut off");
	bad(LLD_HEAD LLD_TAIL "               0                0       de     1 .symtab\n", "line 4", ".strtab");
	bad(LLD_HEAD "            1e80             1e80       22    16         a.o:(.text)\n" LLD_TAIL, "line 2", "no row");
	bad(LLD_HEAD "            0x1e80         34    16 .text\n" LLD_TAIL, "line 2", "no row");
	bad(LLD_HEAD "            1e80             1e80       22    16   .text\n" LLD_TAIL, "line 2", "no row");
	bad(LLD_HEAD LLD_TAIL LLD_HEAD LLD_TAIL, "line 3", "second map");
	bad(LLD_HEAD "            1e80             1e80 fffffffffffffffff    16 .text\n" LLD_TAIL, "line 2", "no row");
}

#define MOLD_HEAD "               VMA       Size Align Out     In      Symbol\n"
#define MOLD_TAIL "                 0        104     1 .shstrtab\n                 0        832     8 SHDR\n"

static void test_mold(void **state)
{
	struct linkmap *m = good(MOLD_HEAD "          0x200000         64     8 EHDR\n          0x20120c        189     2 .text\n"
					   "          0x20120c          4     1         lib dir/libu.a(u.o):(.text.f)\n"
					   "          0x20120c          0     0                 f(int)\n" MOLD_TAIL);

	(void)state;
	assert_int_equal(m->dialect, LINKMAP_MOLD);
	assert_int_equal(m->output_count, 4);
	assert_int_equal(m->outputs[1].size, 189);
	assert_section(m, 0, ".text", ".text.f", 0x20120c, 4, "lib dir/libu.a(u.o)");
	linkmap_free(m);
	bad(MOLD_HEAD "          0x200000         64     8 EHDR\n", "line 3", "cut off");
	bad(MOLD_HEAD "          20120c        189     2 .text\n" MOLD_TAIL, "line 2", "no row");
	bad(MOLD_HEAD "          0x20120c         bd     2 .text\n" MOLD_TAIL, "line 2", "no row");
	bad(MOLD_HEAD MOLD_TAIL MOLD_HEAD MOLD_TAIL, "line 4", "second map");
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static void test_what_is_no_map(void **state)
{
	struct linkmap *m;

	(void)state;
	assert_int_equal(map_of("", &m), -EBADMSG);
	assert_int_equal(map_of("\n\n", &m), -EBADMSG);
	assert_int_equal(map_of("int main(void) { return 0; }\n", &m), -EBADMSG);
	assert_non_null(strstr(err.message, "not a link map"));
}

static void assert_split(const char *text, const char *path, const char *member)
{
	struct linkmap_name name;
	bool split = linkmap_split_name((struct linkmap_text){ text, strlen(text) }, &name);

	assert_int_equal(split, member != NULL);
	assert_int_equal(name.path.n, strlen(path));
	assert_memory_equal(name.path.p, path, strlen(path));
	if (member) {
		assert_int_equal(name.member.n, strlen(member));
		assert_memory_equal(name.member.p, member, strlen(member));
	}
}

static void test_names_of_files(void **state)
{
	(void)state;
	assert_split("main.o", "main.o", NULL);
	assert_split("dir/libx.a(y.o)", "dir/libx.a", "y.o");
	assert_split("dir (1)/libx.a(y(2).o)", "dir (1)/libx.a", "y(2).o");
	assert_split("libx.a(y.o at 123)", "libx.a", "y.o");
	assert_split("libx.a(look at 5.o)", "libx.a", "look at 5.o");
	assert_split("(y.o)", "(y.o)", NULL);
	assert_split("libx.a()", "libx.a()", NULL);
	assert_split("", "", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gnu_tables),
		cmocka_unit_test(test_gnu_memory_map),
		cmocka_unit_test(test_the_visitor_sees_symbols_and_may_stop),
		cmocka_unit_test(test_cross_references),
		cmocka_unit_test(test_gnu_refusals),
		cmocka_unit_test(test_the_shared_heading),
		cmocka_unit_test(test_gold),
		cmocka_unit_test(test_gold_refusals),
		cmocka_unit_test(test_lld),
		cmocka_unit_test(test_lld_refusals),
		cmocka_unit_test(test_mold),
		cmocka_unit_test(test_what_is_no_map),
		cmocka_unit_test(test_names_of_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
