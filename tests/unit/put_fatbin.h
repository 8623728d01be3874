/* SPDX-License-Identifier: Apache-2.0 */
/*
 * put_fatbin.h: fat binaries made by hand.
 *
 *	const struct fatbin_spec ptx = { .kind = 1, .arch = 90, .flags = 0x11, .payload = PTX, .size = sizeof(PTX) };
 *
 *	put_container(&b, &ptx, 1);
 */
#ifndef TESTS_UNIT_PUT_FATBIN_H
#define TESTS_UNIT_PUT_FATBIN_H

#include "tests/unit/put.h"

/* What an entry is made of; ident and options may be NULL. */
struct fatbin_spec {
	unsigned kind, arch;
	uint64_t flags;
	const char *ident, *options;
	const void *payload;
	size_t size, plain;
};

static inline __attribute__((unused)) void put_entry(struct bytes *b, const struct fatbin_spec *s)
{
	size_t ident = s->ident ? strlen(s->ident) : 0, options = s->options ? strlen(s->options) : 0;
	size_t block = s->ident ? (64 + ident + 8) & ~7u : 64;
	size_t header = s->options ? (block + 8 + options + 8) & ~7u : block, payload = (s->size + 7) & ~7u;
	size_t start = b->len;

	put_uint(b, s->kind, 2, false);
	put_uint(b, 0x0101, 2, false);
	put_uint(b, header, 4, false);
	put_uint(b, payload, 8, false);
	put_uint(b, s->plain ? s->size : 0, 4, false);
	put_uint(b, s->options ? block : 0, 4, false);
	put_uint(b, 5, 2, false);
	put_uint(b, 9, 2, false);
	put_uint(b, s->arch, 4, false);
	put_uint(b, s->ident ? 64 : 0, 4, false);
	put_uint(b, ident, 4, false);
	put_uint(b, s->flags, 8, false);
	put_uint(b, 0, 8, false);
	put_uint(b, s->plain, 8, false);
	put(b, s->ident ? s->ident : "", ident);
	put_uint(b, 0, (unsigned)(start + block - b->len), false);
	if (s->options) {
		put_uint(b, block + 8, 4, false);
		put_uint(b, options, 4, false);
		put(b, s->options, options);
		put_uint(b, 0, (unsigned)(start + header - b->len), false);
	}
	put(b, s->payload, s->size);
	put_uint(b, 0, (unsigned)(payload - s->size), false);
}

static inline __attribute__((unused)) void put_container(struct bytes *b, const struct fatbin_spec *specs, size_t count)
{
	size_t start = b->len;

	put_uint(b, 0xBA55ED50, 4, false);
	put_uint(b, 1, 2, false);
	put_uint(b, 16, 2, false);
	put_uint(b, 0, 8, false);
	while (count--)
		put_entry(b, specs++);
	store_uint(b->data + start + 8, b->len - start - 16, 8, false);
}

#endif
