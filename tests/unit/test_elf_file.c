/* SPDX-License-Identifier: Apache-2.0 */
/* The fast reader of ELF files, on this program itself, and on headers made by hand and made wrong. */
#include "analyzers/elf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int elf_file_test_marker(int x);
int elf_file_test_marker(int x)
{
	return x + 1;
}

static struct elf_file *open_self(void)
{
	struct content *c = NULL;
	struct elf_file *f = NULL;

	assert_int_equal(content_open(AT_FDCWD, "/proc/self/exe", &c, NULL), 0);
	assert_int_equal(elf_file_open(c, 0, content_size(c), &f, NULL), 0);
	content_unref(c);
	return f;
}

static void a_function_is_found_in_its_section(void **state)
{
	struct elf_file *f = open_self();
	struct elf_file_symbol s = { 0 };
	uint64_t i, n = elf_file_entries(f, f->symtab), off;
	bool found = false;

	(void)state;
	for (i = 0; i < n && !found; i++)
		found = elf_file_symbol(f, f->symtab, i, &s) && strcmp(s.name, "elf_file_test_marker") == 0;
	assert_true(found);
	assert_int_equal(s.type, STT_FUNC);
	assert_int_equal(s.special, ELF_SYMBOL_IN_SECTION);
	assert_string_equal(f->sections[s.section].name, ".text");
	assert_int_equal(elf_file_section_at(f, s.value), s.section);
	assert_true(elf_file_offset(f, s.value, &off));
	assert_int_equal(off, f->sections[s.section].off + (s.value - f->sections[s.section].addr));
	assert_false(elf_file_symbol(f, f->symtab, n, &s));
	elf_file_free(f);
}

static void needed_libraries_and_versions_are_read(void **state)
{
	struct elf_file *f = open_self();
	struct elf_file_symbol s;
	const char *library = NULL, *version = NULL;
	bool libc = false;
	int64_t tag;
	uint64_t i, value;

	(void)state;
	errno = 0; /* so that this program needs it */
	for (i = 0; elf_file_dynamic(f, i, &tag, &value); i++)
		libc |= tag == DT_NEEDED && strncmp(elf_file_dynamic_string(f, value), "libc.so", 7) == 0;
	assert_true(libc);
	for (i = 0; elf_file_symbol(f, f->dynsym, i, &s) && !version; i++)
		if (s.special == SHN_UNDEF && strcmp(s.name, "__errno_location") == 0)
			version = elf_file_version(f, i, NULL, &library);
	assert_non_null(version);
	assert_memory_equal(version, "GLIBC_", 6);
	assert_non_null(library);
	assert_memory_equal(library, "libc.so", 7);
	elf_file_free(f);
}

static void relocations_point_into_the_file(void **state)
{
	struct elf_file *f = open_self();
	uint32_t table = elf_file_section_named(f, ".rela.dyn");
	struct elf_file_relocation r;
	uint64_t i, n = elf_file_entries(f, table);

	(void)state;
	if (!table)
		skip();
	assert_true(n > 0);
	for (i = 0; i < n; i++) {
		assert_true(elf_file_relocation(f, table, i, &r));
		assert_true(elf_file_section_at(f, r.offset) != 0);
	}
	assert_false(elf_file_relocation(f, f->symtab, 0, &r));
	elf_file_free(f);
}

struct words {
	uint64_t at[80];
	size_t n;
};

static int note(void *ctx, uint64_t address)
{
	struct words *w = ctx;

	w->at[w->n++] = address;
	return 0;
}

/* A file of one section after the null one. */
struct made {
	Elf64_Ehdr header;
	Elf64_Shdr sections[2];
	uint64_t words[3];
};

static struct elf_file *open_made(const struct made *m, size_t size, int expected)
{
	struct content *c = NULL;
	struct elf_file *f = NULL;
	struct error err = { 0 };

	assert_int_equal(content_copy(m, size, "made", &c), 0);
	assert_int_equal(elf_file_open(c, 0, size, &f, &err), expected);
	assert_true(expected == 0 || err.message[0]);
	content_unref(c);
	return f;
}

static struct made make(void)
{
	struct made m = { .header = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
				      .e_type = ET_DYN,
				      .e_shoff = offsetof(struct made, sections),
				      .e_shentsize = sizeof(Elf64_Shdr),
				      .e_shnum = 2 } };

	m.sections[1] = (Elf64_Shdr){ .sh_type = SHT_RELR, .sh_offset = offsetof(struct made, words), .sh_size = sizeof(m.words),
				      .sh_entsize = 8 };
	return m;
}

/* Source of the example: the generic ABI's proposal of SHT_RELR. */
static void packed_relative_relocations_are_unpacked(void **state)
{
	struct made m = make();
	struct words w = { .n = 0 };
	struct elf_file *f;

	(void)state;
	m.words[0] = 0x10000;
	m.words[1] = 1 | 1 << 1 | 1 << 3;   /* the first and third word after it */
	m.words[2] = 1 | UINT64_C(1) << 63; /* the 63rd word of the next 63 */
	f = open_made(&m, sizeof(m), 0);
	assert_int_equal(elf_file_relr(f, 1, note, &w), 0);
	assert_int_equal(w.n, 4);
	assert_int_equal(w.at[0], 0x10000);
	assert_int_equal(w.at[1], 0x10008);
	assert_int_equal(w.at[2], 0x10018);
	assert_int_equal(w.at[3], 0x10008 + 63 * 8 + 62 * 8);
	elf_file_free(f);
}

static void a_section_outside_of_the_file_has_no_bytes(void **state)
{
	struct made m = make();
	struct elf_file *f;

	(void)state;
	m.sections[1].sh_offset = UINT64_MAX - 3;
	f = open_made(&m, sizeof(m), 0);
	assert_int_equal(f->cut, 1);
	assert_int_equal(f->sections[1].size_in_file, 0);
	assert_int_equal(elf_file_entries(f, 1), 0);
	elf_file_free(f);
}

/* Each word is 4: needs, each with names, in chains of the smallest steps. All of them walked to the end would take hours. */
static void chains_of_versions_end(void **state)
{
	enum { WORDS = 1 << 20 };
	struct {
		Elf64_Ehdr header;
		Elf64_Shdr sections[3];
		uint16_t versions[4];
		uint32_t words[WORDS];
	} *m = calloc(1, sizeof(*m));
	struct content *c = NULL;
	struct elf_file *f = NULL;
	size_t i;

	(void)state;
	assert_non_null(m);
	m->header = make().header;
	m->header.e_shoff = offsetof(typeof(*m), sections);
	m->header.e_shnum = 3;
	m->sections[1] = (Elf64_Shdr){ .sh_type = SHT_GNU_versym, .sh_offset = offsetof(typeof(*m), versions),
				       .sh_size = sizeof(m->versions) };
	m->sections[2] = (Elf64_Shdr){ .sh_type = SHT_GNU_verneed, .sh_offset = offsetof(typeof(*m), words),
				       .sh_size = sizeof(m->words) };
	m->versions[1] = 9;
	for (i = 0; i < WORDS; i++)
		m->words[i] = 4;
	assert_int_equal(content_copy(m, sizeof(*m), "made", &c), 0);
	assert_int_equal(elf_file_open(c, 0, sizeof(*m), &f, NULL), 0);
	assert_null(elf_file_version(f, 1, NULL, NULL));
	assert_null(elf_file_version(f, 4, NULL, NULL));
	elf_file_free(f);
	content_unref(c);
	free(m);
}

static void tables_that_do_not_fit_are_refused(void **state)
{
	struct made m = make();
	size_t n;

	(void)state;
	m.header.e_shnum = 60000;
	(void)open_made(&m, sizeof(m), -EBADMSG);
	m = make();
	m.header.e_phnum = 7;
	m.header.e_phentsize = 8;
	m.header.e_phoff = 64;
	(void)open_made(&m, sizeof(m), -EBADMSG);
	m = make();
	for (n = 0; n < sizeof(m) - sizeof(m.words); n++)
		(void)open_made(&m, n, -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_function_is_found_in_its_section),
		cmocka_unit_test(needed_libraries_and_versions_are_read),
		cmocka_unit_test(relocations_point_into_the_file),
		cmocka_unit_test(packed_relative_relocations_are_unpacked),
		cmocka_unit_test(a_section_outside_of_the_file_has_no_bytes),
		cmocka_unit_test(chains_of_versions_end),
		cmocka_unit_test(tables_that_do_not_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
