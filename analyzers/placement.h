/* SPDX-License-Identifier: Apache-2.0 */
/*
 * placement.h: offsets and sizes that headers state about the file's parts.
 *
 * A linker or assembler puts parts one after the other, so an offset in a
 * header follows from where the part before it ends, and a size from the part's
 * length.  recompute() of such fields asks here; `image` is the layout that the
 * parts are in, finished.
 */
#ifndef ANALYZERS_PLACEMENT_H
#define ANALYZERS_PLACEMENT_H

#include "analyzers/layout.h"

/* The largest alignment gap, of zero bytes, that a part may follow its predecessor at. */
#define PLACEMENT_GAP_MAX 16384

/* The part that begins at `off`; NULL: none does, or nobody claims those bytes. */
static inline const struct part *placement_part(const struct layout *image, uint64_t off)
{
	const struct part *p = layout_part_at(image, off);

	return p && p->off == off && p->kind != PART_UNCLAIMED && p->kind != PART_PADDING ? p : NULL;
}

/* Whether a part begins at `off` right after the one before it, or after a gap of zero bytes. */
static inline bool placement_follows(const struct layout *image, uint64_t off)
{
	const struct part *p = placement_part(image, off);
	uint64_t at;

	if (!p || p == image->parts)
		return false;
	if (p[-1].kind != PART_UNCLAIMED && p[-1].kind != PART_PADDING)
		return true;
	for (at = p[-1].off; at < off; at++)
		if (image->data[at] || off - at > PLACEMENT_GAP_MAX)
			return false;
	return true;
}

#endif
