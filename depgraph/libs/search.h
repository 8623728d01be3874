/* SPDX-License-Identifier: Apache-2.0 */
/*
 * search.h: where the dynamic loader looks for a library. closure.c asks; nothing else should.
 *
 *	r = library_search_new(options, elf, &search, &err);         of the program whose libraries are looked for
 *	r = library_search(search, &asker, "libz.so.1", &found);     -ENOENT: nowhere
 *	library_search_free(search);
 */
#ifndef DEPGRAPH_LIBS_SEARCH_H
#define DEPGRAPH_LIBS_SEARCH_H

#include "analyzers/elf_file.h"
#include "depgraph/libs/closure.h"

struct library_search;

/* Who needs it: its own search paths and those of who loaded it, up to the program. */
struct library_asker {
	const struct library_asker *loader; /* NULL: the program */
	const char *rpath, *runpath;        /* NULL: none */
	const char *origin;                 /* directory of the file, on this machine */
	bool no_default;                    /* DF_1_NODEFLIB */
};

struct library_found {
	const char *path; /* on this machine; in the search's arena */
	const char *how;
	struct content *content;
	struct elf_file *elf;
};

int library_search_new(const struct closure_options *o, const struct elf_file *program, struct library_search **ret,
		       struct error *err);
void library_search_free(struct library_search *s);
DEFINE_CLEANUP(struct library_search *, library_search_free)
int library_search(struct library_search *s, const struct library_asker *asker, const char *name,
		   struct library_found *ret);
/* The program's interpreter. */
const char *library_search_interpreter(const struct library_search *s); /* NULL: none */

#endif
