/* SPDX-License-Identifier: Apache-2.0 */
/* Code is assembled by gcc where it must be real; AArch64's instructions are words written down here. */
#include "tests/unit/scratch.h"

#include "depgraph/apply/references.h"

#include <errno.h>
#include <inttypes.h>

struct seen {
	struct reference first;
	unsigned count;
};

static int remember(void *ctx, const struct reference *r)
{
	struct seen *s = ctx;

	if (!s->count++)
		s->first = *r;
	return 0;
}

static struct elf_file *open_elf(const char *path)
{
	struct content *c = NULL;
	struct elf_file *elf = NULL;

	assert_int_equal(content_open(AT_FDCWD, path, &c, NULL), 0);
	assert_int_equal(elf_file_open(c, 0, content_size(c), &elf, NULL), 0);
	content_unref(c);
	return elf;
}

/* A library from assembly; `.section mine` is what is looked for. */
static struct elf_file *assembled(const char *text, const char *options)
{
	char command[1024];

	scratch_write(scratch_path("a.s"), text, strlen(text));
	(void)snprintf(command, sizeof(command), "cd '%s' && gcc -shared -nostdlib %s a.s -o a.so", scratch_dir, options);
	assert_int_equal(system(command), 0);
	return open_elf(scratch_path("a.so"));
}

static int find(const struct elf_file *elf, struct seen *s, struct error *err)
{
	uint32_t index = elf_file_section_named(elf, "mine");
	const struct address_range range = { elf->sections[index].addr, elf->sections[index].addr + elf->sections[index].size };

	assert_true(index);
	*s = (struct seen){ 0 };
	return references_find(elf, &range, 1, remember, s, err);
}

#define MINE "\n\t.section mine,\"a\"\n\t.balign 16\nstart: .fill 64, 1, 7\n\t.section .note.GNU-stack,\"\",@progbits\n"

static void relocations_are_found_with_their_words(void **state)
{
	struct elf_file *elf = assembled("\t.data\n\t.quad start + 32, 5" MINE, "-s");
	struct seen s;

	(void)state;
#ifndef __x86_64__
	skip();
#endif
	assert_int_equal(find(elf, &s, NULL), 0);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.first.kind, REFERENCE_RELATIVE);
	assert_int_equal(s.first.target, elf->sections[elf_file_section_named(elf, "mine")].addr + 32);
	assert_int_equal(load_le64(elf->data + s.first.word), s.first.target);
	assert_false(s.first.end);
	elf_file_free(elf);
}

static void symbols_are_found(void **state)
{
	struct elf_file *elf = assembled("\t.globl start\n" MINE, "-s");
	struct seen s;

	(void)state;
	assert_int_equal(find(elf, &s, NULL), 0);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.first.kind, REFERENCE_SYMBOL);
	assert_string_equal(s.first.name, "start");
	elf_file_free(elf);
}

/* lea, a load, and a comparison with an immediate behind the displacement; not a constant that looks like one. */
static void instructions_are_found(void **state)
{
	static const struct {
		const char *text;
		unsigned count, offset, width;
	} cases[] = {
		{ "lea start(%rip), %rax", 1, 0, 4 },
		{ "lea start+8(%rip), %r15", 1, 8, 4 },
		{ "mov start+16(%rip), %rax", 1, 16, 4 },
		{ "cmpl $0x12345678, start+4(%rip)", 1, 4, 4 },
		{ "cmpb $1, start+4(%rip)", 1, 4, 4 },
		{ "movaps start(%rip), %xmm0", 1, 0, 4 },
		{ "lea other(%rip), %rax", 0, 0, 0 },
		{ "movabs $0x0000004005058d48, %rax", 0, 0, 0 },
	};
	char text[1024];
	size_t i;

	(void)state;
#ifndef __x86_64__
	skip();
#endif
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct elf_file *elf;
		struct seen s;

		(void)snprintf(text, sizeof(text), "\t.text\nf:\t.cfi_startproc\n\tnop\n\t%s\n\tret\n\t.cfi_endproc\nother:\tnop\n" MINE,
			       cases[i].text);
		elf = assembled(text, "-s -Wl,--eh-frame-hdr");
		assert_int_equal(find(elf, &s, NULL), 0);
		if (s.count != cases[i].count)
			print_message("%s\n", cases[i].text);
		assert_int_equal(s.count, cases[i].count);
		if (s.count) {
			assert_int_equal(s.first.kind, REFERENCE_CODE);
			assert_int_equal(s.first.target, elf->sections[elf_file_section_named(elf, "mine")].addr + cases[i].offset);
			assert_int_equal(s.first.base + (uint64_t)(int64_t)(int32_t)load_le32(elf->data + s.first.word),
					 s.first.target);
		}
		elf_file_free(elf);
	}
}

static void what_cannot_be_followed_is_said(void **state)
{
	struct elf_file *elf = assembled("\t.data\n\t.quad start" MINE, "-Wl,--emit-relocs");
	struct error err = { 0 };
	struct seen s;

	(void)state;
	assert_int_equal(find(elf, &s, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.message, "--emit-relocs"));
	elf_file_free(elf);
	/* A relocation that the loader would apply, and that no section shows any more. */
	elf = assembled("\t.data\n\t.quad start" MINE, "-s");
	err = (struct error){ 0 };
	elf->sections[elf_file_section_named(elf, ".rela.dyn")].type = SHT_PROGBITS;
	assert_int_equal(find(elf, &s, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.message, "relocations that no section describes"));
	elf_file_free(elf);
}

/* ---- AArch64 ------------------------------------------------------------------------------------------------- */

/* Code at 0x10000, what is looked for at [0x20000, 0x21000). */
static unsigned arm_references(const uint32_t *code, size_t words)
{
	struct elf_file_section sections[2] = { { .name = "" }, { .name = ".text",
								  .type = SHT_PROGBITS,
								  .flags = SHF_ALLOC | SHF_EXECINSTR,
								  .addr = 0x10000,
								  .size = words * 4,
								  .size_in_file = words * 4 } };
	struct address_range range = { 0x20000, 0x21000 };
	uint8_t bytes[64];
	struct elf_file elf = { .data = bytes, .size = words * 4, .machine = EM_AARCH64, .sections = sections, .section_count = 2 };
	struct seen s = { 0 };
	size_t i;

	assert_true(words * 4 <= sizeof(bytes));
	for (i = 0; i < words; i++)
		store_uint(bytes + i * 4, code[i], 4, false);
	assert_int_equal(content_copy("", 0, "arm", &elf.content), 0);
	assert_int_equal(references_in_code(&elf, &range, 1, remember, &s, NULL), 0);
	content_unref(elf.content);
	return s.count;
}

static void arm_instructions_are_found(void **state)
{
	static const uint32_t pair[] = { 0x90000080, 0x91004000, 0xd65f03c0 };     /* adrp x0, 0x20000; add x0, x0, #16; ret */
	static const uint32_t elsewhere[] = { 0x90000060, 0x91004000, 0xd65f03c0 }; /* adrp x0, 0x1c000 */
	static const uint32_t alone[] = { 0x90000080, 0xd65f03c0 };
	static const uint32_t load[] = { 0x90000080, 0xf9400801, 0xd65f03c0 };     /* ldr x1, [x0, #16] */
	static const uint32_t near[] = { 0x10080000, 0xd65f03c0 };                 /* adr x0, 0x20000 */
	static const uint32_t literal[] = { 0x58080000, 0xd65f03c0 };              /* ldr x0, 0x20000 */

	(void)state;
	assert_int_equal(arm_references(pair, 3), 1);
	assert_int_equal(arm_references(elsewhere, 3), 0);
	assert_true(arm_references(alone, 2) >= 1);
	assert_int_equal(arm_references(load, 3), 1);
	assert_int_equal(arm_references(near, 2), 1);
	assert_int_equal(arm_references(literal, 2), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relocations_are_found_with_their_words),
		cmocka_unit_test(symbols_are_found),
		cmocka_unit_test(instructions_are_found),
		cmocka_unit_test(what_cannot_be_followed_is_said),
		cmocka_unit_test(arm_instructions_are_found),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
