/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recognise.c: what an input is, by its content.
 *
 * A program and a shared library are both ET_DYN today: a program has an
 * interpreter, or says DF_1_PIE (a static one).  Text formats are told by their
 * first lines; each room that reads one has the probe.
 */
#include "depgraph/inputs/recognise.h"

#include "analyzers/ar_members.h"
#include "depgraph/record/profile.h"
#include "depgraph/targets/targets.h"

#include <string.h>

#ifndef EM_CUDA
#define EM_CUDA 190
#endif
#define EM_AMDGPU_NUMBER 224

const char *input_kind_name(enum input_kind k)
{
	static const char *const names[] = {
		[INPUT_PROGRAM] = "program",         [INPUT_SHARED] = "shared library", [INPUT_OBJECT] = "object",
		[INPUT_ARCHIVE] = "static library",  [INPUT_MAP] = "link map",          [INPUT_GPU] = "GPU code",
		[INPUT_BUILD_GRAPH] = "build graph", [INPUT_PROFILE] = "profile",       [INPUT_TREE] = "directory",
		[INPUT_BITCODE] = "bitcode",         [INPUT_SCRIPT] = "linker script",  [INPUT_OTHER] = "other file",
	};

	return (unsigned)k <= INPUT_OTHER ? names[k] : "?";
}

static bool says_pie(const struct elf_file *f)
{
	int64_t tag;
	uint64_t i, value;

	for (i = 0; elf_file_dynamic(f, i, &tag, &value); i++)
		if (tag == DT_FLAGS_1)
			return value & DF_1_PIE;
	return false;
}

static enum input_kind kind_of_elf(const struct elf_file *f)
{
	uint32_t i;

	if (f->machine == EM_CUDA || f->machine == EM_AMDGPU_NUMBER)
		return INPUT_GPU;
	if (f->type == ET_REL)
		return INPUT_OBJECT;
	if (f->type == ET_EXEC)
		return INPUT_PROGRAM;
	if (f->type != ET_DYN)
		return INPUT_OTHER;
	for (i = 0; i < f->segment_count; i++)
		if (f->segments[i].type == PT_INTERP)
			return INPUT_PROGRAM;
	return says_pie(f) ? INPUT_PROGRAM : INPUT_SHARED;
}

static bool begins(const uint8_t *data, uint64_t size, const void *magic, size_t n)
{
	return size >= n && memcmp(data, magic, n) == 0;
}

static bool is_linker_script(const uint8_t *data, uint64_t size)
{
	uint64_t n = size < 4096 ? size : 4096;

	if (memchr(data, 0, n))
		return false;
	return begins(data, size, "/* GNU ld script", 16) || memmem(data, n, "GROUP (", 7) || memmem(data, n, "GROUP(", 6) ||
	       memmem(data, n, "INPUT(", 6) || memmem(data, n, "INPUT (", 7);
}

static bool is_gpu(const uint8_t *data, uint64_t size)
{
	return begins(data, size, "\x50\xed\x55\xba\x01\x00\x10\x00", 8) || begins(data, size, "__CLANG_OFFLOAD_BUNDLE__", 24) ||
	       begins(data, size, "CCOB", 4);
}

enum input_kind input_recognise(const uint8_t *data, uint64_t size, const struct elf_file *elf)
{
	enum linkmap_dialect dialect;

	if (elf)
		return kind_of_elf(elf);
	if (ar_members_probe(data, size))
		return INPUT_ARCHIVE;
	if (begins(data, size, "BC\xc0\xde", 4) || begins(data, size, "\xde\xc0\x17\x0b", 4))
		return INPUT_BITCODE;
	if (is_gpu(data, size))
		return INPUT_GPU;
	if (linkmap_probe(data, size, &dialect))
		return INPUT_MAP;
	if (profile_probe(data, size))
		return INPUT_PROFILE;
	if (targets_probe(data, size))
		return INPUT_BUILD_GRAPH;
	return is_linker_script(data, size) ? INPUT_SCRIPT : INPUT_OTHER;
}
