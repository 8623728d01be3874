/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shrink.h: the holes that sliding containers leave, taken out of a shared library.
 *
 * No address outside of the GPU sections changes, so nothing but what points at a container has to be rewritten: the
 * containers slide to the start of their section, the pages behind the last one are cut out of the
 * file and out of the loaded image, and what follows keeps its address at a smaller
 * offset in the file.
 *
 *	r = shrink_choose(&packing, elf, note, ctx, &err);  which sections can slide; note() says why others cannot
 *	r = packing_place(&packing, &err);
 *	packing_image(&packing, &img);
 *	r = shrink_finish(&packing, elf, &img, &err);       references, program headers, section headers, cuts
 *
 * -EOPNOTSUPP from shrink_finish(): a reference that misses a container's start, or that cannot be followed (err says which).
 */
#ifndef DEPGRAPH_APPLY_SHRINK_H
#define DEPGRAPH_APPLY_SHRINK_H

#include "analyzers/elf_file.h"
#include "depgraph/apply/packing.h"

typedef void (*shrink_note)(void *ctx, const char *section, const char *why);

int shrink_choose(struct packing *p, const struct elf_file *elf, shrink_note note, void *ctx, struct error *err);
int shrink_finish(const struct packing *p, const struct elf_file *elf, struct image *img, struct error *err);

#endif
