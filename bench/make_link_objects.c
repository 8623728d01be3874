/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_link_objects.c: relocatable objects of any number of sections, written as they are.
 *
 *	make_link_objects DIR OBJECTS SECTIONS RELOCATIONS
 *
 * Each of OBJECTS files has SECTIONS functions in sections of their own, each with a global symbol and
 * RELOCATIONS relocations to other functions, of which four in five are in the same file.  The even functions call even ones only,
 * and _start the first: about half of all is dead.  x86-64.
 */
#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODE 32

static uint64_t state = 88172645463325252u;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

struct text {
	char *p;
	size_t n, capacity;
};

static uint32_t add(struct text *t, const char *s)
{
	size_t n = strlen(s) + 1;

	if (t->n + n > t->capacity) {
		t->capacity = (t->n + n) * 2;
		t->p = realloc(t->p, t->capacity);
		if (!t->p)
			exit(2);
	}
	memcpy(t->p + t->n, s, n);
	t->n += n;
	return (uint32_t)(t->n - n);
}

static Elf64_Shdr header(uint32_t name, uint32_t type, uint64_t flags, uint64_t off, uint64_t size, uint32_t link, uint32_t info,
			 uint64_t align, uint64_t entsize)
{
	return (Elf64_Shdr){ .sh_name = name, .sh_type = type, .sh_flags = flags, .sh_offset = off, .sh_size = size,
			     .sh_link = link, .sh_info = info, .sh_addralign = align, .sh_entsize = entsize };
}

static const char *function_name(unsigned long file, unsigned long i, char *out, size_t size)
{
	if (file == 0 && i == 0)
		snprintf(out, size, "_start");
	else
		snprintf(out, size, "function_%lu_of_file_%lu", i, file);
	return out;
}

/* Which function is called: of the same parity, mostly of the same file. */
static void choose(unsigned long objects, unsigned long sections, unsigned long *file, unsigned long *i)
{
	if (next_random() % 5 == 0)
		*file = next_random() % objects;
	*i = (next_random() % ((sections + 1) / 2) * 2 + *i % 2) % sections;
}

static int write_object(const char *path, unsigned long file, unsigned long objects, unsigned long n, unsigned long calls)
{
	struct text names = { 0 }, strings = { 0 };
	uint64_t code = sizeof(Elf64_Ehdr), relocations = code + n * CODE;
	uint64_t symbols = relocations + n * calls * sizeof(Elf64_Rela);
	uint64_t outside = n * calls, count = 1 + n, at, k;
	Elf64_Rela *rela = calloc(n * calls + 1, sizeof(*rela));
	Elf64_Sym *sym = calloc(1 + n + outside, sizeof(*sym));
	Elf64_Shdr *sections = calloc(4 + 2 * n, sizeof(*sections));
	uint8_t *bytes = calloc(n, CODE);
	Elf64_Ehdr ehdr = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT }, .e_type = ET_REL,
			    .e_machine = EM_X86_64, .e_version = 1, .e_ehsize = sizeof(ehdr), .e_shentsize = sizeof(*sections) };
	unsigned long i, j;
	char name[96];
	FILE *f = fopen(path, "wb");

	if (!rela || !sym || !sections || !bytes || !f)
		return 2;
	add(&names, "");
	add(&strings, "");
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), ".rela.text.%lu", i);
		at = add(&names, name);
		sections[1 + 2 * i] = header((uint32_t)at + 5, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, code + i * CODE, CODE, 0, 0,
					     16, 0);
		sections[2 + 2 * i] = header((uint32_t)at, SHT_RELA, SHF_INFO_LINK, relocations + i * calls * sizeof(*rela),
					     calls * sizeof(*rela), (uint32_t)(2 * n + 1), (uint32_t)(1 + 2 * i), 8, sizeof(*rela));
		sym[1 + i] = (Elf64_Sym){ add(&strings, function_name(file, i, name, sizeof(name))),
					  ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, (uint16_t)(1 + 2 * i), 0, CODE };
		for (j = 0; j < calls; j++) {
			unsigned long to_file = file, to = i;

			choose(objects, n, &to_file, &to);
			k = 1 + to;
			if (to_file != file) {
				k = count++;
				sym[k] = (Elf64_Sym){ add(&strings, function_name(to_file, to, name, sizeof(name))),
						      ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE), 0, SHN_UNDEF, 0, 0 };
			}
			rela[i * calls + j] = (Elf64_Rela){ 1 + j * 5, ELF64_R_INFO(k, R_X86_64_PLT32), -4 };
		}
	}
	at = symbols + count * sizeof(*sym);
	sections[2 * n + 1] = header(add(&names, ".symtab"), SHT_SYMTAB, 0, symbols, count * sizeof(*sym), (uint32_t)(2 * n + 2), 1, 8,
				     sizeof(*sym));
	sections[2 * n + 2] = header(add(&names, ".strtab"), SHT_STRTAB, 0, at, strings.n, 0, 0, 1, 0);
	i = add(&names, ".shstrtab");
	sections[2 * n + 3] = header((uint32_t)i, SHT_STRTAB, 0, at + strings.n, names.n, 0, 0, 1, 0);
	ehdr.e_shoff = at + strings.n + names.n;
	ehdr.e_shnum = (uint16_t)(2 * n + 4);
	ehdr.e_shstrndx = (uint16_t)(2 * n + 3);
	fwrite(&ehdr, sizeof(ehdr), 1, f);
	fwrite(bytes, CODE, n, f);
	fwrite(rela, sizeof(*rela), n * calls, f);
	fwrite(sym, sizeof(*sym), count, f);
	fwrite(strings.p, 1, strings.n, f);
	fwrite(names.p, 1, names.n, f);
	fwrite(sections, sizeof(*sections), 2 * n + 4, f);
	free(rela);
	free(sym);
	free(sections);
	free(bytes);
	free(names.p);
	free(strings.p);
	return fclose(f) == 0 ? 0 : 2;
}

int main(int argc, char **argv)
{
	unsigned long objects, sections, calls, i;
	char path[4096];

	if (argc != 5)
		return 2;
	objects = strtoul(argv[2], NULL, 10);
	sections = strtoul(argv[3], NULL, 10);
	calls = strtoul(argv[4], NULL, 10);
	if (!objects || !sections || sections > 30000 || !calls || calls > 6)
		return 2;
	for (i = 0; i < objects; i++) {
		snprintf(path, sizeof(path), "%s/o%lu.o", argv[1], i);
		if (write_object(path, i, objects, sections, calls))
			return 2;
	}
	return 0;
}
