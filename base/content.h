/* SPDX-License-Identifier: Apache-2.0 */
/*
 * content.h: immutable bytes to look at, wherever they come from.
 *
 * A content is a file mapped read-only, or bytes that a decoder produced.
 * Produced bytes are spooled: small ones on the heap, large ones in an unnamed
 * file in the temporary directory, mapped; so memory use stays bounded by what
 * the kernel can drop or write back.  Contents are shared by reference count
 * (atomic) and never change once made.
 *
 * Files that change under us: a mapping of a file that is truncated raises
 * SIGBUS.  content_guard_install() installs a handler that replaces the lost
 * pages by zeros, marks the content `damaged` and lets the reader go on; any
 * other SIGBUS is passed on.  content_recheck() then tells that the file
 * shrank, changed (size, mtime, ctime) or vanished since it was opened.  A
 * result that was computed from a damaged content must not be trusted, and the
 * command says so and exits 2.
 *
 * Decoders write through a `struct spool`:
 *
 *	CLEANUP(spool_release) struct spool s = SPOOL_NONE;
 *	r = spool_init(&s, budget, input_size);
 *	while (...) r = spool_write(&s, p, n);      -EFBIG: over the budget
 *	r = spool_finish(&s, "name", &content);     or spool_release(&s)
 */
#ifndef BASE_CONTENT_H
#define BASE_CONTENT_H

#include "base/cleanup.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct content; /* opaque but for the accessors below */

/* Opens a regular file beneath dirfd (AT_FDCWD: as named). Errors: -EISDIR, -EINVAL for other non-files, open's. */
int content_open(int dirfd, const char *path, struct content **ret, struct error *err);
/* Copies (or takes) n bytes. */
int content_copy(const void *p, size_t n, const char *name, struct content **ret);
/* A window on another content, which it keeps alive. */
int content_slice(struct content *of, uint64_t off, uint64_t len, const char *name, struct content **ret);
struct content *content_ref(struct content *c);
void content_unref(struct content *c);
DEFINE_CLEANUP(struct content *, content_unref)

const uint8_t *content_data(const struct content *c); /* never NULL, also when size is 0 */
uint64_t content_size(const struct content *c);
const char *content_name(const struct content *c);
bool content_damaged(const struct content *c); /* a page of it was lost; sticky */
/* 0: as it was; -ESTALE: changed or vanished or damaged (err says which). Produced contents are always 0. */
int content_recheck(const struct content *c, struct error *err);
/* Advice: these bytes will not be read again soon; their memory may be given back. */
void content_done(const struct content *c, uint64_t off, uint64_t len);

int content_guard_install(void); /* once is enough, more is harmless */

/*
 * Limits shared by all decoding in one run.  Atomic, so many threads may spend.
 */
struct budget {
	uint64_t total_max;   /* bytes produced by all decoders together (default BUDGET_TOTAL) */
	uint64_t ratio_max;   /* produced / consumed of one stream, checked once over 1 MiB was produced
			       * (BUDGET_RATIO); 0: no check */
	unsigned depth_max;   /* containers inside containers (BUDGET_DEPTH) */
	_Atomic uint64_t spent;
};
#define BUDGET_TOTAL (UINT64_C(64) << 30)
#define BUDGET_RATIO 1100
#define BUDGET_DEPTH 16

struct guard;
struct spool {
	struct budget *budget; /* NULL: no limits */
	uint64_t input_size; /* for the ratio; 0: unknown, no ratio check */
	uint64_t size;
	uint64_t flushed; /* of these are in the file, the rest is on the heap */
	uint64_t reserved; /* by spool_reserve, not yet committed */
	uint8_t *heap;
	size_t heap_cap;
	int fd; /* -1 while on the heap */
	uint8_t *map; /* writable, of the file's beginning */
	uint64_t map_size;
	struct guard *guard; /* of the map */
};
#define SPOOL_NONE { .fd = -1 } /* what spool_release() leaves, and accepts */

int spool_init(struct spool *s, struct budget *budget, uint64_t input_size);
void spool_release(struct spool *s);
int spool_write(struct spool *s, const void *p, size_t n);
/* Room of n bytes at the end to be written in place (whole-buffer decoders); spool_commit says how many were
 * used.  The room is valid until the next call on the spool.  A full disk is -ENOSPC from reserve, not a
 * fault in the room. */
int spool_reserve(struct spool *s, uint64_t n, uint8_t **ret);
int spool_commit(struct spool *s, uint64_t n);
/* The spool is released, whether that worked or not. */
int spool_finish(struct spool *s, const char *name, struct content **ret);

#endif
