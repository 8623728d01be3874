/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu_kernels.c: the functions in an object of GPU code.
 *
 * NVIDIA: each function is a section ".text.NAME" of its own.  Linked cubins of
 * sm_100 and later also have ".nv.capmerc.text.NAME" and ".nv.merc.*", which describe the
 * same functions and are none.
 *
 * AMD (LLVM, "User Guide for AMDGPU Backend", kernel descriptor): a kernel NAME has a
 * 64-byte descriptor "NAME.kd" in .rodata; its code is the function symbol NAME.
 */
#include "analyzers/elf_file.h"
#include "analyzers/gpu.h"

#include <errno.h>

#define EM_CUDA_MACHINE 190
#define EM_AMDGPU_MACHINE 224
#define TEXT ".text."

typedef int kernel_found(void *ctx, const char *name, uint64_t bytes);

static int cuda_kernels(const struct elf_file *f, kernel_found *found, void *ctx)
{
	uint32_t i;
	int r = 0;

	for (i = 1; r >= 0 && i < f->section_count; i++) {
		const struct elf_file_section *s = &f->sections[i];

		if (s->type == SHT_PROGBITS && strncmp(s->name, TEXT, sizeof(TEXT) - 1) == 0)
			r = found(ctx, s->name + sizeof(TEXT) - 1, s->size_in_file);
	}
	return r < 0 ? r : 0;
}

struct function {
	const char *name;
	uint64_t size;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct function *)a)->name, ((const struct function *)b)->name);
}

static struct function *amd_functions(const struct elf_file *f, uint32_t table, uint64_t count, size_t *ret_count)
{
	struct function *all = reallocarray(NULL, count + 1, sizeof(*all));
	struct elf_file_symbol s;
	size_t n = 0;
	uint64_t i;

	for (i = 0; all && i < count; i++)
		if (elf_file_symbol(f, table, i, &s) && s.type == STT_FUNC)
			all[n++] = (struct function){ s.name, s.size };
	if (all && n)
		qsort(all, n, sizeof(*all), by_name);
	*ret_count = n;
	return all;
}

static int amd_kernels(const struct elf_file *f, kernel_found *found, void *ctx)
{
	uint32_t table = f->symtab ? f->symtab : f->dynsym;
	uint64_t i, count = table ? elf_file_entries(f, table) : 0;
	size_t functions;
	AUTO_FREE struct function *all = amd_functions(f, table, count, &functions);
	struct elf_file_symbol s;
	int r = 0;

	if (!all)
		return -ENOMEM;
	for (i = 0; r >= 0 && i < count; i++) {
		size_t len;

		if (!elf_file_symbol(f, table, i, &s) || (len = strlen(s.name)) < 4 || strcmp(s.name + len - 3, ".kd") != 0)
			continue;
		AUTO_FREE char *name = strndup(s.name, len - 3);
		struct function key = { name, 0 }, *code;

		if (!name)
			return -ENOMEM;
		code = functions ? bsearch(&key, all, functions, sizeof(*all), by_name) : NULL;
		r = found(ctx, name, code ? code->size : 0);
	}
	return r < 0 ? r : 0;
}

int gpu_kernels(struct content *cubin, int (*found)(void *ctx, const char *name, uint64_t bytes), void *ctx,
		struct error *err)
{
	CLEANUP(elf_file_freep) struct elf_file *f = NULL;
	int r;

	r = elf_file_open(cubin, 0, content_size(cubin), &f, err);
	if (r < 0)
		return r;
	if (f->machine == EM_CUDA_MACHINE)
		return cuda_kernels(f, found, ctx);
	if (f->machine == EM_AMDGPU_MACHINE)
		return amd_kernels(f, found, ctx);
	return error_set(err, -EBADMSG, content_name(cubin), "an ELF file, but not of a GPU");
}
