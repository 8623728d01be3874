/* SPDX-License-Identifier: Apache-2.0 */
/* The shared decoders. The first byte chooses one, the second is a hint of the plain size. */
#include "tests/fuzz/fuzz_layout.h"

static int decode(uint8_t which, uint64_t hint, const uint8_t *in, uint64_t size, struct spool *s, struct error *err)
{
	uint64_t used = 0;
	int r;

	switch (which % 6) {
	case 0:
	case 1:
	case 2:
		r = decode_deflate((enum deflate_wrapper)(which % 6), in, size, hint, s, &used, err);
		if (r == 0 && used > size)
			__builtin_trap();
		return r;
	case 3: return decode_zstd(in, size, s, err);
	case 4: return decode_lz4_block(in, size, hint, s, err);
	default: return decode_filter(in, size, s, err);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct budget budget = { .total_max = FUZZ_DECODED_MAX, .ratio_max = BUDGET_RATIO, .depth_max = 6 };
	CLEANUP(content_unrefp) struct content *c = NULL;
	struct error err = { 0 };
	struct spool s;

	(void)fuzz_layout; /* only its declarations are used here */
	if (size < 2 || size > FUZZ_INPUT_MAX || spool_init(&s, &budget, size - 2) < 0)
		return 0;
	if (decode(data[0], (uint64_t)data[1] * 67, data + 2, size - 2, &s, &err) < 0) {
		spool_release(&s);
		return 0;
	}
	if (spool_finish(&s, "decoded", &c) == 0 && content_size(c) > FUZZ_DECODED_MAX)
		__builtin_trap();
	return 0;
}
