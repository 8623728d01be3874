/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine: a payload against an edited copy of itself.  The input is
 *
 *	count of edits (1 byte, at most 8), then for each: place (2 bytes, a share of the payload), operation, length
 *	the payload, of any format
 *
 * Whatever the bytes, the findings must add up to what cmp counts.
 */
#include "base/content.h"
#include "reprocheck/compare/compare.h"
#include "tests/unit/cmp.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAYLOAD_MAX (64 << 10)
#define EDITS_MAX 8
#define GROWTH_MAX (EDITS_MAX * 256)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* out has room for GROWTH_MAX more than n. */
static size_t apply_edit(uint8_t *out, size_t n, const uint8_t edit[4])
{
	size_t at = n * (edit[0] | edit[1] << 8) >> 16, len = edit[3];

	switch (edit[2] % 4) {
	case 0:
		if (at < n)
			out[at] = (uint8_t)(out[at] ^ (len | 1));
		return n;
	case 1:
		memmove(out + at + len, out + at, n - at);
		memset(out + at, edit[2], len);
		return n + len;
	case 2:
		len = len < n - at ? len : n - at;
		memmove(out + at, out + at + len, n - at - len);
		return n - len;
	default: /* what is in front goes behind */
		if (at) {
			uint8_t *copy = malloc(at);

			if (!copy)
				return n;
			memcpy(copy, out, at);
			memmove(out, out + at, n - at);
			memcpy(out + n - at, copy, at);
			free(copy);
		}
		return n;
	}
}

static int make_file(const uint8_t *p, size_t n, char path[32])
{
	int fd = memfd_create("side", MFD_CLOEXEC);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		abort();
	(void)snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static void compare(const uint8_t *a, size_t n, const uint8_t *b, size_t m)
{
	const struct compare_options o = { .jobs = 1, .decode_total = 4 << 20, .decode_depth = 4 };
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	char pa[32], pb[32];
	int fa = make_file(a, n, pa), fb = make_file(b, m, pb);

	if (compare_builds((const char *const[]){ pa, pb }, 2, &o, &c, NULL) < 0)
		abort();
	if (c->trouble || c->totals.differing != cmp_count(a, n, b, m))
		abort();
	(void)close(fa);
	(void)close(fb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t edits = size ? data[0] % (EDITS_MAX + 1) : 0, i, n, m;
	uint8_t *copy;

	if (size < 1 + 4 * edits || size - 1 - 4 * edits > PAYLOAD_MAX)
		return 0;
	n = m = size - 1 - 4 * edits;
	copy = malloc(n + GROWTH_MAX);
	if (!copy)
		return 0;
	memcpy(copy, data + size - n, n);
	for (i = 0; i < edits; i++)
		m = apply_edit(copy, m, data + 1 + 4 * i);
	compare(data + size - n, n, copy, m);
	free(copy);
	return 0;
}
