/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw.c: bytes that no analyzer knows.  One part; places are offsets, and
 * entropy.h gives a report something to say about them.
 */
#include "analyzers/layout.h"

static bool raw_probe(const uint8_t *data, uint64_t size)
{
	(void)data;
	(void)size;
	return true;
}

static int raw_split(struct layout *l)
{
	(void)layout_add(l, 0, l->size, PART_RAW, "bytes");
	return 0;
}

const struct analyzer raw_analyzer = {
	.name = "raw",
	.title = "bytes of unknown format",
	.probe = raw_probe,
	.split = raw_split,
};
