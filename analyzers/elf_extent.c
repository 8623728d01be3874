/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The extent of an ELF file: the largest end of the file header, the program
 * and section header tables, and what those two tables point to (System V ABI,
 * "Object Files"; sections of type SHT_NOBITS hold no bytes).
 */
#include "analyzers/elf_extent.h"

#include "base/bytes.h"

#define EHDR_SIZE 64
#define PHDR_SIZE 56
#define SHDR_SIZE 64
#define SHT_NOBITS_TYPE 8

struct tables {
	uint64_t phoff, shoff;
	unsigned phnum, shnum;
};

static bool read_header(const uint8_t *data, uint64_t size, struct tables *ret)
{
	struct cursor c = cursor_make(data, size);

	if (size < EHDR_SIZE || memcmp(data, "\177ELF\2\1", 6))
		return false;
	cursor_seek(&c, 32);
	ret->phoff = cursor_u64(&c);
	ret->shoff = cursor_u64(&c);
	cursor_seek(&c, 56);
	ret->phnum = cursor_u16(&c);
	cursor_skip(&c, 2);
	ret->shnum = cursor_u16(&c);
	return range_inside(ret->phoff, (uint64_t)ret->phnum * PHDR_SIZE, size) &&
	       range_inside(ret->shoff, (uint64_t)ret->shnum * SHDR_SIZE, size);
}

static bool extend(uint64_t off, uint64_t len, uint64_t size, uint64_t *end)
{
	if (!range_inside(off, len, size))
		return false;
	if (len && off + len > *end)
		*end = off + len;
	return true;
}

bool elf_extent(const uint8_t *data, uint64_t size, uint64_t *ret)
{
	struct tables t;
	uint64_t end = EHDR_SIZE;
	unsigned i;

	if (!read_header(data, size, &t))
		return false;
	(void)extend(t.phoff, (uint64_t)t.phnum * PHDR_SIZE, size, &end);
	(void)extend(t.shoff, (uint64_t)t.shnum * SHDR_SIZE, size, &end);
	for (i = 0; i < t.phnum; i++) {
		const uint8_t *p = data + t.phoff + (uint64_t)i * PHDR_SIZE;

		if (!extend(load_le64(p + 8), load_le64(p + 32), size, &end))
			return false;
	}
	for (i = 0; i < t.shnum; i++) {
		const uint8_t *p = data + t.shoff + (uint64_t)i * SHDR_SIZE;

		if (load_le32(p + 4) != SHT_NOBITS_TYPE && !extend(load_le64(p + 24), load_le64(p + 32), size, &end))
			return false;
	}
	*ret = end;
	return true;
}
