/* SPDX-License-Identifier: Apache-2.0 */
/* The scan for fat binaries in any bytes: what it reports lies inside, in ascending order, without overlap. */
#include "tests/fuzz/fuzz_layout.h"

struct seen {
	uint64_t size, end;
};

static int found(void *ctx, uint64_t off, uint64_t len)
{
	struct seen *s = ctx;

	if (!range_inside(off, len, s->size) || off < s->end || len == 0)
		__builtin_trap();
	s->end = off + len;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen s = { .size = size };

	(void)fuzz_layout; /* only its declarations are used here */
	(void)fatbin_scan(data, size, found, &s);
	return 0;
}
