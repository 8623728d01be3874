/* SPDX-License-Identifier: Apache-2.0 */
/*
 * closure.h: the libraries that a program is loaded with.
 *
 * DT_NEEDED followed breadth first, each name looked for as the dynamic loader would, without
 * running anything: RPATH and RUNPATH with $ORIGIN, $LIB and $PLATFORM, ld.so.cache or the directories of
 * ld.so.conf, the default directories, the subdirectories for newer processors.
 *
 *	r = closure_find(elf, "build/app", &options, &closure, &err);
 *	for (i = 1; i < closure->count; i++) ... closure->libraries[i] ...
 *	closure_free(closure);
 *
 * [0] is the program (or library) itself, and the order is that in which the loader looks
 * symbols up.  A library that is nowhere is in the list too, with neither path nor elf.
 * Immutable once made.
 */
#ifndef DEPGRAPH_LIBS_CLOSURE_H
#define DEPGRAPH_LIBS_CLOSURE_H

#include "analyzers/elf_file.h"
#include "depgraph/inputs/inputs.h"

struct closure_options {
	const char *sysroot;      /* directory that absolute names begin in; NULL: "/" */
	const char *library_path; /* as LD_LIBRARY_PATH would be; NULL: none. The environment is not read */
	const char *hwcaps;       /* "x86-64-v3:x86-64-v2": glibc-hwcaps tried first; NULL: this processor's, "": none */
	const struct inputs *given; /* shared libraries that the user named go before those that are found; NULL */
	bool no_cache;            /* as if there were no ld.so.cache */
};

#define CLOSURE_NONE UINT32_MAX
#define CLOSURE_LIBRARIES_MAX 4096
#define CLOSURE_NEEDED_MAX    65536 /* entries of all together */

struct closure_library {
	const char *name;   /* as NEEDED has it; of [0] the path */
	const char *soname; /* "": none */
	const char *path;   /* NULL: not found */
	const char *how;    /* found by: "RUNPATH", "cache", "default directory", "given"... */
	struct elf_file *elf;
	uint32_t loader;    /* who asked first; CLOSURE_NONE of [0] */
	const uint32_t *needed; /* in the order of its NEEDED entries */
	uint32_t needed_count;
	uint64_t file_size, load_size; /* load_size: what its segments take in memory */
	struct elf_file *owned;
};

struct closure {
	struct closure_library *libraries;
	uint32_t count;
	uint32_t missing; /* libraries that were not found */
	struct arena arena;
	void *search;
};

/* -E2BIG: more than CLOSURE_LIBRARIES_MAX. -ENOMEM. A file that cannot be read as ELF is passed over, as the loader does. */
int closure_find(struct elf_file *elf, const char *path, const struct closure_options *o, struct closure **ret,
		 struct error *err);
void closure_free(struct closure *c);
DEFINE_CLEANUP(struct closure *, closure_free)

/* The libraries still reached when [0] has no NEEDED entry number `without` (CLOSURE_NONE: all), in the order of lookup.
 * `order` has room for count; returns how many. */
uint32_t closure_order(const struct closure *c, uint32_t without, uint32_t *order);

#endif
