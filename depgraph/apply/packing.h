/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packing.h: fat binaries with fewer entries, and where they then stand.
 *
 * Given which entries stay, each container gets its new length: its header, then the kept entries
 * without gaps.  In place ("punch") a container stays where it is and the rest of its old extent is
 * zero.  Sections that slide have their containers moved together to the section's start, each at
 * the alignment that it had, and zeros behind the last one.
 *
 *	r = packing_init(&p, gpu, keep, &err);
 *	p.entries[e] = (struct packed_entry){ bytes, len };     an entry written anew (recompress.h)
 *	packing_slide(&p, s);
 *	r = packing_place(&p, &err);
 *	packing_image(&p, &img);                                same size as the original; nothing is cut yet
 *	packing_release(&p);
 *
 * A container from which everything goes keeps its header, and is empty: whoever
 * holds its address finds a container without code for his device, as before.
 */
#ifndef DEPGRAPH_APPLY_PACKING_H
#define DEPGRAPH_APPLY_PACKING_H

#include "analyzers/gpu.h"
#include "depgraph/apply/image.h"

struct packed_entry {
	const uint8_t *bytes; /* NULL: as in the original */
	uint64_t len;
};

struct packing {
	const struct gpu_code *gpu;
	const bool *keep;             /* an entry each */
	struct packed_entry *entries; /* an entry each */
	uint64_t *place, *length;     /* a container each: offset before cutting, and bytes; by packing_place() */
	bool *slides;                 /* a section each */
	uint64_t *used;               /* a section each: bytes up to the end of its last container */
};

int packing_init(struct packing *p, const struct gpu_code *gpu, const bool *keep, struct error *err);
void packing_release(struct packing *p);
/* A fat binary, whose entries fill it; not a bundle, nor a bare cubin: only these lose entries. */
bool packing_is_fatbin(const struct packing *p, uint32_t container);
/* NULL, or why this section's containers cannot be moved. */
const char *packing_fixed(const struct packing *p, uint32_t section);
void packing_slide(struct packing *p, uint32_t section);
/* -EBADMSG: containers overlap. */
int packing_place(struct packing *p, struct error *err);
void packing_image(const struct packing *p, struct image *img);

#endif
