/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_lines.h: source places of bytes in an ELF file, with the parser held in a confined child.
 */
#ifndef REPROCHECK_COMPARE_SOURCE_LINES_H
#define REPROCHECK_COMPARE_SOURCE_LINES_H

#include "analyzers/dwarf.h"

/*
 * Answers n queries about `elf`, the layout of a whole ELF file; answers[i] belongs to queries[i], and has `found` unset
 * where nothing is known.  One child is started a call, so ask everything about a file at once.
 *
 * 0, -ENODATA (no debug information), or what dwarf_image_open() and confine_call() return: then err says what the
 * parser died of, and the answers that it gave before are there all the same.
 */
int source_lines(struct layout *elf, const struct dwarf_query *queries, size_t n, struct dwarf_answer *answers,
		 struct error *err);

#endif
