/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "depgraph/size/layer.h"
#include "depgraph/size/mangled.h"
#include "depgraph/size/packages.h"
#include "depgraph/size/view.h"
#include "tests/unit/made.h"

#include <elf.h>
#include <errno.h>

/* ---- layers -------------------------------------------------------------------------------------------------- */

static void assert_runs(const struct size_layer *l, const char *expected)
{
	char text[512] = "";
	size_t i, n = 0;

	for (i = 0; i < l->count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%llu:%u ", (unsigned long long)l->runs[i].start, l->runs[i].name);
	assert_string_equal(text, expected);
}

static void test_claims_are_painted(void **state)
{
	struct size_layer l = { 0 };
	struct size_claims c = { 0 };

	(void)state;
	assert_int_equal(size_layer_fill(&l, 100, 0), 0);
	size_claim(&c, 50, 60, 2, 0); /* not sorted */
	size_claim(&c, 10, 20, 1, 0);
	size_claim(&c, 15, 30, 3, 0);   /* overlaps: keeps what is left */
	size_claim(&c, 50, 60, 4, 1);   /* the same places, heavier */
	size_claim(&c, 50, 55, 5, 9);   /* shorter */
	size_claim(&c, 90, 200, 6, 0);  /* cut at the end */
	size_claim(&c, 300, 400, 7, 0); /* beyond it */
	size_claim(&c, 70, 70, 8, 0);   /* empty */
	assert_int_equal(size_layer_paint(&l, &c), 0);
	assert_runs(&l, "0:0 10:1 20:3 30:0 50:4 60:0 90:6 ");
	assert_int_equal(c.count, 0);
	size_claim(&c, 0, 12, 9, 0); /* a later pass hides */
	size_claim(&c, 25, 95, 9, 0);
	assert_int_equal(size_layer_paint(&l, &c), 0);
	assert_runs(&l, "0:9 12:1 20:3 25:9 95:6 ");
	size_claims_release(&c);
	size_layer_release(&l);
}

static void test_a_line_without_places(void **state)
{
	struct size_layer l = { 0 };
	struct size_claims c = { 0 };

	(void)state;
	assert_int_equal(size_layer_fill(&l, 0, 0), 0);
	size_claim(&c, 0, 5, 1, 0);
	assert_int_equal(size_layer_paint(&l, &c), 0);
	assert_int_equal(l.count, 0);
	size_claims_release(&c);
	size_layer_release(&l);
}

/* Many claims in no order give what painting them one by one in order would. */
static void test_sorting_is_by_all_digits(void **state)
{
	const uint64_t step = UINT64_C(0x123456789);
	struct size_layer l = { 0 };
	struct size_claims c = { 0 };
	uint32_t i;

	(void)state;
	assert_int_equal(size_layer_fill(&l, 1000 * step, 0), 0);
	for (i = 0; i < 999; i++) {
		uint64_t place = (i * 619 % 999 + 1) * step;

		size_claim(&c, place, place + 1, (uint32_t)(i * 619 % 999 + 1), 0);
	}
	assert_int_equal(size_layer_paint(&l, &c), 0);
	assert_int_equal(l.count, 2 * 999 + 1);
	for (i = 0; i < 999; i++) {
		assert_int_equal(l.runs[2 * i + 1].start, (i + 1) * step);
		assert_int_equal(l.runs[2 * i + 1].name, i + 1);
	}
	size_claims_release(&c);
	size_layer_release(&l);
}

/* ---- files --------------------------------------------------------------------------------------------------- */

/* The rows of one level, measured from bytes; asserts that they add up. */
static void measure(const void *data, size_t size, enum size_key key, struct size_tree *t)
{
	const struct size_options o = { .by = { key, SIZE_SECTION }, .depth = key == SIZE_SECTION ? 1 : 2 };
	struct content *c = NULL;
	struct error err = { 0 };
	uint64_t file[3] = { 0 }, loaded[3] = { 0 };
	uint32_t i;

	assert_int_equal(content_copy(data, size, "input", &c), 0);
	assert_int_equal(size_measure_content(&o, c, "input", t, &err), 0);
	content_unref(c);
	for (i = 1; i < t->count; i++) {
		int level = t->nodes[i].parent ? 1 : 0;

		file[level] += t->nodes[i].file;
		loaded[level] += t->nodes[i].loaded;
	}
	assert_int_equal(file[0], size);
	assert_int_equal(loaded[0], t->nodes[0].loaded);
	if (o.depth == 2) {
		assert_int_equal(file[1], size);
		assert_int_equal(loaded[1], t->nodes[0].loaded);
	}
}

static const struct size_node *row(const struct size_tree *t, const char *name)
{
	static const struct size_node none;
	uint32_t i;

	for (i = 1; i < t->count; i++)
		if (t->nodes[i].parent == 0 && !strcmp(t->names.text[t->nodes[i].name], name))
			return &t->nodes[i];
	return &none;
}

static void assert_row(const struct size_tree *t, const char *name, uint64_t file, uint64_t loaded)
{
	const struct size_node *n = row(t, name);

	if (n->file != file || n->loaded != loaded)
		print_message("%s: %llu, %llu\n", name, (unsigned long long)n->file, (unsigned long long)n->loaded);
	assert_int_equal(n->file, file);
	assert_int_equal(n->loaded, loaded);
}

struct made_section {
	const char *name; /* one letter, then NUL, in the table of names */
	uint32_t type;
	uint64_t flags, addr, off, size;
};

/* An ELF file of either class and order: header, segments, then `body` bytes, then section headers. */
struct shape {
	bool wide, big;
	uint16_t type;
	const struct elf_load { uint64_t off, vaddr, filesz, memsz; } *loads;
	unsigned load_count;
	const struct made_section *sections;
	unsigned section_count;
	size_t body;
};

static void put_section(struct bytes *b, const struct shape *s, uint32_t name, const struct made_section *x)
{
	unsigned w = s->wide ? 8 : 4;

	put_uint(b, name, 4, s->big);
	put_uint(b, x->type, 4, s->big);
	put_uint(b, x->flags, w, s->big);
	put_uint(b, x->addr, w, s->big);
	put_uint(b, x->off, w, s->big);
	put_uint(b, x->size, w, s->big);
	put_uint(b, 0, 8, s->big);
	put_uint(b, 1, w, s->big);
	put_uint(b, 0, w, s->big);
}

static void put_load(struct bytes *b, const struct shape *s, const struct elf_load *p)
{
	unsigned w = s->wide ? 8 : 4;

	put_uint(b, PT_LOAD, 4, s->big);
	if (s->wide)
		put_uint(b, PF_R, 4, s->big);
	put_uint(b, p->off, w, s->big);
	put_uint(b, p->vaddr, w, s->big);
	put_uint(b, p->vaddr, w, s->big);
	put_uint(b, p->filesz, w, s->big);
	put_uint(b, p->memsz, w, s->big);
	if (!s->wide)
		put_uint(b, PF_R, 4, s->big);
	put_uint(b, 1, w, s->big);
}

static size_t header_size(const struct shape *s)
{
	return s->wide ? 64 : 52;
}

static size_t body_at(const struct shape *s)
{
	return header_size(s) + s->load_count * (s->wide ? 56u : 32u);
}

/* The last section is the table of names: "\0a\0b\0c\0...". */
static void put_elf(struct bytes *b, const struct shape *s)
{
	unsigned w = s->wide ? 8 : 4, i, count = s->section_count ? s->section_count + 2 : 0;
	const struct made_section null = { 0 };
	size_t names = body_at(s) + s->body;
	const struct made_section table = { .type = SHT_STRTAB, .off = names, .size = 64 };

	put(b, "\177ELF", 4);
	put_uint(b, s->wide ? ELFCLASS64 : ELFCLASS32, 1, false);
	put_uint(b, s->big ? ELFDATA2MSB : ELFDATA2LSB, 1, false);
	put_uint(b, 1, 1, false);
	put_padded(b, "", 9);
	put_uint(b, s->type, 2, s->big);
	put_uint(b, EM_PPC, 2, s->big);
	put_uint(b, 1, 4, s->big);
	put_uint(b, 0, w, s->big);
	put_uint(b, s->load_count ? header_size(s) : 0, w, s->big);
	put_uint(b, count ? names + 64 : 0, w, s->big);
	put_uint(b, 0, 4, s->big);
	put_uint(b, header_size(s), 2, s->big);
	put_uint(b, s->wide ? 56 : 32, 2, s->big);
	put_uint(b, s->load_count, 2, s->big);
	put_uint(b, s->wide ? 64 : 40, 2, s->big);
	put_uint(b, count, 2, s->big);
	put_uint(b, count ? count - 1 : 0, 2, s->big);
	assert_int_equal(b->len, header_size(s));
	for (i = 0; i < s->load_count; i++)
		put_load(b, s, &s->loads[i]);
	for (i = 0; i < s->body; i++)
		put_uint(b, i & 0xff, 1, false);
	if (!count)
		return;
	for (i = 0; i < 32; i++)
		put_uint(b, i ? 'a' + i - 1 : 0, 1, false), put_uint(b, 0, 1, false);
	put_section(b, s, 0, &null);
	for (i = 0; i < s->section_count; i++)
		put_section(b, s, 2 * (i + 1), &s->sections[i]);
	put_section(b, s, 2 * (s->section_count + 1), &table);
}

/* Header and two loads end at 116 (32 bits) or 176. */
static void check_linked(bool wide, bool big)
{
	const uint64_t at = wide ? 176 : 116;
	const struct elf_load loads[] = { { 0, 0x10000, at + 40, at + 40 }, { at + 40, 0x20000, 60, 160 } };
	const struct made_section sections[] = {
		{ "a", SHT_PROGBITS, SHF_ALLOC, 0x10000 + at, at, 40 },
		{ "b", SHT_PROGBITS, SHF_ALLOC, 0x20000, at + 40, 50 },
		{ "c", SHT_NOBITS, SHF_ALLOC, 0x20000 + 70, at + 100, 80 },
		{ "d", SHT_PROGBITS, 0, 0, at + 100, 100 },
	};
	const struct shape s = { .wide = wide, .big = big, .type = ET_DYN, .loads = loads, .load_count = 2,
				 .sections = sections, .section_count = 4, .body = 200 };
	struct size_tree t = SIZE_TREE_INIT;
	struct bytes b = { .len = 0 };

	put_elf(&b, &s);
	measure(b.data, b.len, SIZE_SECTION, &t);
	assert_int_equal(t.nodes[0].loaded, at + 40 + 160);
	assert_row(&t, "[ELF header]", wide ? 64 : 52, wide ? 64 : 52);
	assert_row(&t, "[program headers]", wide ? 112 : 64, wide ? 112 : 64);
	assert_row(&t, "a", 40, 40);
	assert_row(&t, "b", 50, 50);
	assert_row(&t, "c", 0, 80);
	assert_row(&t, "d", 100, 0);
	assert_row(&t, "e", 64, 0); /* the names */
	assert_row(&t, "[gap]", 10, 10);
	assert_row(&t, "[zero fill]", 0, 20);
	assert_row(&t, "[section headers]", 6 * (wide ? 64 : 40), 0);
	size_tree_release(&t);

	measure(b.data, b.len, SIZE_SEGMENT, &t);
	assert_row(&t, "LOAD #0 R--", at + 40, at + 40);
	assert_row(&t, "LOAD #1 R--", 60, 160);
	assert_row(&t, "[not loaded]", b.len - at - 100, 0);
	size_tree_release(&t);
}

static void test_both_classes_and_orders(void **state)
{
	(void)state;
	check_linked(false, false);
	check_linked(false, true);
	check_linked(true, false);
	check_linked(true, true);
}

static void test_objects_have_sections_in_memory(void **state)
{
	const struct made_section sections[] = {
		{ "a", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 0, 64, 30 },
		{ "b", SHT_NOBITS, SHF_ALLOC, 0, 94, 1000 },
		{ "c", SHT_NOBITS, SHF_ALLOC, 0, 94, 500 },
		{ "d", SHT_PROGBITS, 0, 0, 94, 6 },
	};
	const struct shape s = { .wide = true, .type = ET_REL, .sections = sections, .section_count = 4, .body = 36 };
	struct size_tree t = SIZE_TREE_INIT;
	struct bytes b = { .len = 0 };

	(void)state;
	put_elf(&b, &s);
	measure(b.data, b.len, SIZE_SECTION, &t);
	assert_int_equal(t.nodes[0].loaded, 1530);
	assert_row(&t, "a", 30, 30);
	assert_row(&t, "b", 0, 1000);
	assert_row(&t, "c", 0, 500);
	assert_row(&t, "d", 6, 0);
	size_tree_release(&t);
	measure(b.data, b.len, SIZE_SYMBOL, &t);
	assert_row(&t, "[section a]", 30, 30);
	assert_row(&t, "[e]", 64, 0);
	size_tree_release(&t);
}

/* The first keeps its bytes; what two segments map is loaded twice. */
static void test_overlaps(void **state)
{
	const struct elf_load loads[] = { { 0, 0x1000, 250, 250 }, { 200, 0x2000, 100, 100 } };
	const struct made_section sections[] = {
		{ "a", SHT_PROGBITS, SHF_ALLOC, 0x1000 + 176, 176, 40 },
		{ "b", SHT_PROGBITS, SHF_ALLOC, 0x1000 + 196, 196, 40 },
		{ "c", SHT_PROGBITS, 0, 0, 0, 100 },                  /* over the headers */
		{ "d", SHT_PROGBITS, 0, 0, 100, UINT64_MAX - 50 },    /* outside */
	};
	const struct shape s = { .wide = true, .type = ET_EXEC, .loads = loads, .load_count = 2, .sections = sections,
				 .section_count = 4, .body = 124 };
	struct size_tree t = SIZE_TREE_INIT;
	struct bytes b = { .len = 0 };

	(void)state;
	put_elf(&b, &s);
	measure(b.data, b.len, SIZE_SECTION, &t);
	assert_int_equal(t.nodes[0].loaded, 350);
	assert_row(&t, "a", 40, 40);
	assert_row(&t, "b", 20, 20);
	assert_row(&t, "c", 0, 0);
	assert_row(&t, "d", 0, 0);
	assert_row(&t, "[mapped again]", 0, 50);
	size_tree_release(&t);
}

static void test_memory_that_cannot_be(void **state)
{
	const struct elf_load loads[] = { { 0, 0x1000, 176, 176 }, { 0, 0, 10, UINT64_MAX }, { 0, 0, 10, UINT64_C(1) << 57 } };
	const struct shape s = { .wide = true, .type = ET_EXEC, .loads = loads, .load_count = 3, .body = 8 };
	struct size_tree t = SIZE_TREE_INIT;
	struct bytes b = { .len = 0 };

	(void)state;
	put_elf(&b, &s);
	measure(b.data, b.len, SIZE_SECTION, &t);
	assert_int_equal(t.nodes[0].loaded, 176);
	assert_int_equal(t.unplaced, 2);
	size_tree_release(&t);
}

static void test_without_section_headers(void **state)
{
	const struct elf_load loads[] = { { 0, 0x1000, 200, 200 }, { 200, 0x2000, 20, 50 } };
	const struct shape s = { .wide = true, .type = ET_EXEC, .loads = loads, .load_count = 2, .body = 100 };
	struct size_tree t = SIZE_TREE_INIT;
	struct bytes b = { .len = 0 };

	(void)state;
	put_elf(&b, &s);
	measure(b.data, b.len, SIZE_SECTION, &t);
	assert_row(&t, "[segment LOAD #0 R--]", 200 - 176, 200 - 176);
	assert_row(&t, "[segment LOAD #1 R--]", 20, 50);
	assert_row(&t, "[gap]", b.len - 220, 0);
	size_tree_release(&t);
}

static void test_what_is_no_elf_file(void **state)
{
	struct size_tree t = SIZE_TREE_INIT;

	(void)state;
	measure("hello\n", 6, SIZE_SYMBOL, &t);
	assert_row(&t, "[not ELF]", 6, 0);
	size_tree_release(&t);
	measure("", 0, SIZE_SECTION, &t);
	size_tree_release(&t);
}

/* Real files, cut at many lengths: whatever can still be read, the sums hold by every key. */
static void test_real_files(void **state)
{
	static const char *const names[] = { "a.o", "a", "a.so", "libx.a", "a.z" };
	size_t i;

	(void)state;
	made_by("gcc ar", "printf 'namespace n { int big[999]; int f(int x) { static int s = 3; return s += x + big[x]; } }\\n"
			  "int main(int c, char **) { return n::f(c); }\\n' >a.cc; gcc -x c++ -g -c a.cc; gcc -g -o a a.o;"
			  "gcc -shared -fPIC -x c++ -g a.cc -o a.so; ar rc libx.a a.o a.cc; gcc -gz -o a.z -x c++ -g a.cc");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct made m = made_file(names[i]);
		size_t cut;
		int key;

		for (key = 0; key < SIZE_KEYS; key++)
			for (cut = 0; cut <= m.size; cut += key == SIZE_SOURCE ? m.size : m.size / 23 + 1) {
				struct size_tree t = SIZE_TREE_INIT;

				measure(m.data, m.size - cut, (enum size_key)key, &t);
				size_tree_release(&t);
			}
		free(m.data);
	}
}

static void test_symbols_scopes_and_sources(void **state)
{
	struct size_tree t = SIZE_TREE_INIT;
	struct made m;

	(void)state;
	made_by("gcc", "printf 'namespace n { int big[999]; int f(int x) { return x + big[x]; } }\\n"
		       "extern \"C\" int plain(int x) { return n::f(x); }\\n' >b.cc; gcc -x c++ -g -c b.cc; gcc -gz -x c++ -g -c b.cc -o bz.o");
	m = made_file("b.o");
	measure(m.data, m.size, SIZE_SYMBOL, &t);
	assert_row(&t, "_ZN1n3bigE", 0, 3996);
	assert_true(row(&t, "_ZN1n1fEi")->file > 0);
	assert_true(row(&t, "plain")->file > 0);
	size_tree_release(&t);
	measure(m.data, m.size, SIZE_NAMESPACE, &t);
	assert_int_equal(row(&t, "n")->loaded, 3996 + row(&t, "n")->file);
	assert_true(row(&t, "[not mangled]")->file > 0);
	size_tree_release(&t);
	measure(m.data, m.size, SIZE_SOURCE, &t);
	assert_true(row(&t, "b.cc")->file > row(&t, "b.cc")->loaded); /* its part of .debug_info, too */
	assert_true(row(&t, "b.cc")->loaded > 0);
	size_tree_release(&t);
	free(m.data);
	m = made_file("bz.o");
	measure(m.data, m.size, SIZE_SOURCE, &t);
	assert_true(row(&t, "b.cc")->loaded > 0);
	size_tree_release(&t);
	free(m.data);
}

static void test_archives(void **state)
{
	struct size_tree t = SIZE_TREE_INIT;
	struct made m, o;

	(void)state;
	made_by("gcc ar", "echo 'int one;' >one.c; echo two >two.txt; gcc -c one.c; rm -f l.a; ar rcD l.a one.o two.txt");
	m = made_file("l.a");
	o = made_file("one.o");
	measure(m.data, m.size, SIZE_OBJECT, &t);
	assert_row(&t, "input(one.o)", o.size, 4);
	assert_row(&t, "input(two.txt)", 4, 0);
	assert_row(&t, "[archive headers]", m.size - o.size - 4, 0);
	size_tree_release(&t);
	measure(m.data, m.size, SIZE_ARCHIVE, &t);
	assert_row(&t, "input", m.size, 4);
	size_tree_release(&t);
	free(m.data);
	free(o.data);
}

/* ---- names --------------------------------------------------------------------------------------------------- */

static void test_scopes(void **state)
{
	static const struct { const char *name, *scope; unsigned depth; } cases[] = {
		{ "_ZN4llvm2cl6Option3addEv", "llvm::cl::Option", 0 },
		{ "_ZN4llvm2cl6Option3addEv", "llvm::cl", 2 },
		{ "_ZNK4llvm2cl6Option3addEv", "llvm", 1 },
		{ "_Z3foov", "", 0 },
		{ "_ZL3foov", "", 0 },
		{ "_ZSt4moveIRiEONSt16remove_referenceIT_E4typeEOS2_", "std", 0 },
		{ "_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector", 0 },
		{ "_ZNSsC1EPKcRKSaIcE", "std::basic_string", 0 },
		{ "_ZNKSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE4sizeEv", "std::__cxx11::basic_string", 0 },
		{ "_ZN12_GLOBAL__N_16hiddenEi", "(anonymous namespace)", 0 },
		{ "_ZN3app12_GLOBAL__N_1L6hiddenEi", "app::(anonymous namespace)", 0 },
		{ "_ZZN3app3getEvE5calls", "app", 0 },
		{ "_ZGVZN3app3getEvE5calls", "app", 0 },
		{ "_ZTVN3app4BaseE", "app", 0 },
		{ "_ZThn16_N3app4BaseD0Ev", "app::Base", 0 },
		{ "_ZN3app3litILi42EEEiv", "app", 0 },
		{ "_ZN3app3litILNS_4EnumE2EE3runEv", "app::lit", 0 },
		{ "_ZN3app3litIL4Enum1EE3runEv", "app::lit", 0 },
		{ "_ZN3app3BoxIA10_cE3getEv", "app::Box", 0 },
		{ "_ZN3app3BoxIJjilEE3getEv", "app::Box", 0 },
		{ "_ZNK3app4BasecvbEv", "app::Base", 0 },
		{ "_ZZN3app1fEvENKUliE_clEi", "app", 0 },
		{ "_ZN3app1fB5cxx11Ev", "app", 0 },
		{ "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter", 0 },
		{ "_ZN52_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$X..Drop$GT$4drop17h0123456789abcdefE", "alloc::vec::Vec", 0 },
		{ "_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo", 0 },
		{ "_RNvMs_NtCsgE_5alloc3vecINtB4_3VecpE4push", "alloc::vec", 0 },
		{ "_RNCNvC7mycrate4main0B3_", "mycrate::main", 0 },
		{ "_ZN", "", 0 },
		{ "_ZN3ab", "", 0 },
		{ "_ZN99999999999999999999aE", "", 0 },
		{ "_RNv", "", 0 },
		{ "_Z", "", 0 },
	};
	char scope[256];
	bool mangled;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = mangled_scope(cases[i].name, cases[i].depth, scope, sizeof(scope), &mangled);

		if (strcmp(scope, cases[i].scope) != 0)
			print_message("%s\n", cases[i].name);
		assert_string_equal(scope, cases[i].scope);
		assert_int_equal(n, strlen(scope));
		assert_true(mangled);
	}
	assert_int_equal(mangled_scope("main", 0, scope, sizeof(scope), &mangled), 0);
	assert_false(mangled);
	assert_int_equal(mangled_scope("_ZN4llvm2cl1xE", 0, scope, 6, NULL), 4); /* what does not fit is left out */
}

/* Nesting that never ends must not either. */
static void test_deep_names(void **state)
{
	static char name[100000];
	char scope[256];

	(void)state;
	memcpy(name, "_ZN1aI", 6);
	memset(name + 6, 'I', sizeof(name) - 7);
	assert_true(mangled_scope(name, 0, scope, sizeof(scope), NULL) < sizeof(scope));
	memcpy(name, "_Z", 2);
	memset(name + 2, 'Z', sizeof(name) - 3);
	assert_int_equal(mangled_scope(name, 0, scope, sizeof(scope), NULL), 0);
	memcpy(name, "_R", 2);
	memset(name + 2, 'I', sizeof(name) - 3);
	assert_int_equal(mangled_scope(name, 0, scope, sizeof(scope), NULL), 0);
}

/* ---- keys, views, packages ----------------------------------------------------------------------------------- */

static void test_keys(void **state)
{
	enum size_key keys[SIZE_DEPTH_MAX];
	unsigned depth;
	int k;

	(void)state;
	assert_int_equal(size_keys_parse("section,symbol", keys, &depth, NULL), 0);
	assert_int_equal(depth, 2);
	assert_int_equal(keys[1], SIZE_SYMBOL);
	for (k = 0; k < SIZE_KEYS; k++) {
		assert_int_equal(size_keys_parse(size_key_name((enum size_key)k), keys, &depth, NULL), 0);
		assert_int_equal(keys[0], k);
	}
	assert_int_equal(size_keys_parse("", keys, &depth, NULL), -EINVAL);
	assert_int_equal(size_keys_parse("section,", keys, &depth, NULL), -EINVAL);
	assert_int_equal(size_keys_parse("sections", keys, &depth, NULL), -EINVAL);
	assert_int_equal(size_keys_parse("file,file", keys, &depth, NULL), -EINVAL);
	assert_int_equal(size_keys_parse("file,section,symbol,source,object", keys, &depth, NULL), -EINVAL);
}

static void add_leaf(struct size_tree *t, const char *name, uint64_t file)
{
	uint32_t node;

	if (!t->count)
		(void)size_tree_node(t, UINT32_MAX, size_name(&t->names, "total", 5, true));
	node = size_tree_node(t, 0, size_name(&t->names, name, strlen(name), true));
	t->nodes[node].file += file;
	t->nodes[node].loaded += file / 2;
	t->nodes[0].file += file;
	t->nodes[0].loaded += file / 2;
}

static void test_small_rows_are_folded(void **state)
{
	const struct size_view_options o = { .limit = 2, .min_bytes = 3 };
	struct size_tree t = SIZE_TREE_INIT;
	struct size_view v = SIZE_VIEW_INIT;

	(void)state;
	add_leaf(&t, "b", 10);
	add_leaf(&t, "a", 10);
	add_leaf(&t, "_ZN1n1fEi", 20);
	add_leaf(&t, "tiny", 2);
	assert_int_equal(size_view_one(&v, &t, &o), 0);
	assert_int_equal(v.count, 4);
	assert_string_equal(v.rows[0].name, "total");
	assert_string_equal(v.rows[1].name, "_ZN1n1fEi");
	assert_string_equal(v.rows[1].shown, "n::f(int)");
	assert_string_equal(v.rows[2].name, "a"); /* equal ones by name */
	assert_string_equal(v.rows[3].name, "[2 others]");
	assert_int_equal(v.rows[3].file, 12);
	assert_int_equal(v.rows[3].folded, 2);
	size_view_release(&v);
	size_tree_release(&t);
}

static void test_two_trees(void **state)
{
	const struct size_view_options o = { .limit = 0 };
	struct size_tree a = SIZE_TREE_INIT, b = SIZE_TREE_INIT;
	struct size_view v = SIZE_VIEW_INIT;
	int64_t sum = 0;
	size_t i;

	(void)state;
	add_leaf(&a, "same", 7);
	add_leaf(&a, "gone", 100);
	add_leaf(&a, "shrunk", 50);
	add_leaf(&b, "shrunk", 45);
	add_leaf(&b, "same", 7);
	add_leaf(&b, "new", 30);
	assert_int_equal(size_view_two(&v, &a, &b, &o), 0);
	assert_int_equal(v.count, 4); /* what is the same is no row */
	assert_string_equal(v.rows[1].name, "gone");
	assert_false(v.rows[1].in_new);
	assert_string_equal(v.rows[2].name, "new");
	assert_false(v.rows[2].in_old);
	assert_string_equal(v.rows[3].name, "shrunk");
	for (i = 1; i < v.count; i++)
		sum += (int64_t)(v.rows[i].file - v.rows[i].old_file);
	assert_int_equal(sum, 82 - 157);
	size_view_release(&v);
	size_tree_release(&a);
	size_tree_release(&b);
}

static void test_packages(void **state)
{
	struct size_packages p = SIZE_PACKAGES_INIT;
	struct error err = { 0 };

	(void)state;
	made_by("mkdir", "mkdir -p v/lib/site/six-1.16.dist-info v/lib/site/a v/bin;"
			 "printf 'six.py,sha256=x,10\\n\"a/odd,\"\"name\"\".py\",,\\r\\n../../bin/tool,,\\nsix-1.16.dist-info/RECORD,,' "
			 ">v/lib/site/six-1.16.dist-info/RECORD");
	assert_int_equal(size_packages_read(&p, scratch_path("v"), &err), 0);
	assert_string_equal(size_packages_of(&p, scratch_path("v/lib/site/six.py")), "six 1.16");
	assert_string_equal(size_packages_of(&p, scratch_path("v/bin/tool")), "six 1.16");
	assert_string_equal(size_packages_of(&p, scratch_path("v/lib/site/a/odd,\"name\".py")), "six 1.16");
	assert_string_equal(size_packages_of(&p, scratch_path("v/lib/site/__pycache__/six.cpython-311.pyc")), "six 1.16");
	assert_string_equal(size_packages_of(&p, scratch_path("v/lib/site/six-1.16.dist-info/RECORD")), "six 1.16");
	assert_null(size_packages_of(&p, scratch_path("v/lib/site/other.py")));
	size_packages_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_claims_are_painted),
		cmocka_unit_test(test_a_line_without_places),
		cmocka_unit_test(test_sorting_is_by_all_digits),
		cmocka_unit_test(test_both_classes_and_orders),
		cmocka_unit_test(test_objects_have_sections_in_memory),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_memory_that_cannot_be),
		cmocka_unit_test(test_without_section_headers),
		cmocka_unit_test(test_what_is_no_elf_file),
		cmocka_unit_test(test_real_files),
		cmocka_unit_test(test_symbols_scopes_and_sources),
		cmocka_unit_test(test_archives),
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_deep_names),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_small_rows_are_folded),
		cmocka_unit_test(test_two_trees),
		cmocka_unit_test(test_packages),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
