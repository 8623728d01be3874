/* SPDX-License-Identifier: Apache-2.0 */
/*
 * put_elf.h: 64-bit little-endian ELF files made by hand, for tests of readers of sections.
 *
 *	const struct elf_piece pieces[] = { { ".rodata", SHT_PROGBITS, 0, data, size }, { 0 } };
 *
 *	put_elf(&b, EM_X86_64, flags, abi, pieces);
 *
 * Section i of the file is pieces[i - 1]; the string table of names comes last.  Each is aligned to 16.
 */
#ifndef TESTS_UNIT_PUT_ELF_H
#define TESTS_UNIT_PUT_ELF_H

#include "tests/unit/put.h"

#include <elf.h>

struct elf_piece {
	const char *name; /* NULL ends the list */
	uint32_t type;
	uint64_t flags;
	const void *data;
	size_t size;
	uint32_t link, info;
	uint64_t entsize;
};
#define ELF_PIECES_MAX 16

static inline void put_elf_align(struct bytes *b, size_t start)
{
	while ((b->len - start) % 16)
		put_uint(b, 0, 1, false);
}

static inline void put_elf_section(struct bytes *b, size_t name, const struct elf_piece *p, size_t off)
{
	put_uint(b, name, 4, false);
	put_uint(b, p->type, 4, false);
	put_uint(b, p->flags, 8, false);
	put_uint(b, 0, 8, false);
	put_uint(b, off, 8, false);
	put_uint(b, p->size, 8, false);
	put_uint(b, p->link, 4, false);
	put_uint(b, p->info, 4, false);
	put_uint(b, 8, 8, false);
	put_uint(b, p->entsize, 8, false);
}

static inline __attribute__((unused)) void put_elf(struct bytes *b, unsigned machine, uint32_t flags, unsigned abi,
						   const struct elf_piece *pieces)
{
	size_t start = b->len, offsets[ELF_PIECES_MAX + 1], names[ELF_PIECES_MAX + 1], count = 0, strings, i;
	struct bytes table = { .len = 1 };
	struct elf_piece own = { .name = ".shstrtab", .type = SHT_STRTAB };

	put(b, "\177ELF\2\1\1", 7);
	put_uint(b, 0, 1, false);
	put_uint(b, abi, 1, false);
	put_uint(b, 0, 7, false);
	put_uint(b, ET_DYN, 2, false);
	put_uint(b, machine, 2, false);
	put_uint(b, 1, 4, false);
	put_uint(b, 0, 8, false);
	put_uint(b, 0, 8, false);
	put_uint(b, 0, 8, false); /* section headers: below */
	put_uint(b, flags, 4, false);
	put_uint(b, 64, 2, false);
	put_uint(b, 56, 2, false);
	put_uint(b, 0, 2, false);
	put_uint(b, 64, 2, false);
	put_uint(b, 0, 4, false); /* their number and the names: below */
	for (; pieces[count].name; count++) {
		assert_true(count < ELF_PIECES_MAX);
		put_elf_align(b, start);
		offsets[count] = b->len - start;
		put(b, pieces[count].data, pieces[count].type == SHT_NOBITS ? 0 : pieces[count].size);
		names[count] = table.len;
		put(&table, pieces[count].name, strlen(pieces[count].name) + 1);
	}
	names[count] = table.len;
	put(&table, own.name, strlen(own.name) + 1);
	put_elf_align(b, start);
	strings = b->len - start;
	put(b, table.data, table.len);
	put_elf_align(b, start);
	store_uint(b->data + start + 40, b->len - start, 8, false);
	store_uint(b->data + start + 60, count + 2, 2, false);
	store_uint(b->data + start + 62, count + 1, 2, false);
	put_elf_section(b, 0, &(struct elf_piece){ 0 }, 0);
	for (i = 0; i < count; i++)
		put_elf_section(b, names[i], &pieces[i], offsets[i]);
	own.size = table.len;
	put_elf_section(b, names[count], &own, strings);
}

#endif
