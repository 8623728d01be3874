/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.h: a new file, described as pieces of an old one.
 *
 * Nothing is copied while an edit is planned: an image is a list of pieces,
 * each bytes of the original, bytes of our own, or zeros, in the order in which they
 * stand in the new file; over them lie patches (a rewritten address, a header), and out
 * of it whole ranges are cut.
 *
 *	image_copy(&img, from, len);       appended; neighbours in the original become one piece
 *	image_bytes(&img, p, len);         p stays the caller's, and stays valid
 *	image_zero(&img, len);
 *	image_patch(&img, at, p, len);     copied into the image; over what stands at `at`
 *	image_cut(&img, at, len);          only zeros may be cut, in ascending order
 *	r = image_write(&img, fd, stop, ctx);
 *
 * Positions are those before cutting, so that one coordinate serves all who plan;
 * image_position() gives the place in the file.  An edit that changes no lengths has the original's offsets.
 *
 * Zeros become holes where the file system has them.  What is copied goes
 * from file to file inside the kernel (shared extents where it can), and holes of
 * the original stay holes.
 *
 * A failed allocation is sticky in img->error and told by image_write().
 */
#ifndef DEPGRAPH_APPLY_IMAGE_H
#define DEPGRAPH_APPLY_IMAGE_H

#include "base/arena.h"
#include "base/content.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum image_piece_kind { IMAGE_COPY, IMAGE_BYTES, IMAGE_ZERO };

struct image_piece {
	uint64_t at, len;
	uint64_t from;        /* IMAGE_COPY: offset in the original */
	const uint8_t *bytes; /* IMAGE_BYTES */
	enum image_piece_kind kind;
};

struct image_patch {
	uint64_t at, len;
	const uint8_t *bytes;
};

struct image_range {
	uint64_t at, len;
};

struct image {
	struct content *content; /* the original; kept alive */
	uint64_t size;           /* before cutting */
	struct image_piece *pieces;
	size_t piece_count, piece_capacity;
	struct image_patch *patches;
	size_t patch_count, patch_capacity;
	struct image_range *cuts;
	size_t cut_count, cut_capacity;
	struct arena arena;
	int error;
};

void image_init(struct image *img, struct content *original);
void image_release(struct image *img);
void image_copy(struct image *img, uint64_t from, uint64_t len);
void image_bytes(struct image *img, const void *p, uint64_t len);
void image_zero(struct image *img, uint64_t len);
void image_patch(struct image *img, uint64_t at, const void *p, size_t len);
void image_patch_uint(struct image *img, uint64_t at, uint64_t value, unsigned width); /* little-endian */
void image_cut(struct image *img, uint64_t at, uint64_t len);
/* Memory that lives as long as the image; NULL sets img->error. */
void *image_alloc(struct image *img, size_t size);

/* Where a position stands in the file; one inside a cut gives the cut's place. */
uint64_t image_position(const struct image *img, uint64_t at);
/* The size of the file; of its bytes that are no hole. */
uint64_t image_file_size(const struct image *img);
uint64_t image_data_size(const struct image *img);

/* Into an empty file that is open for writing. `source` is the original's descriptor, or -1: then its mapping is written. stop() is
 * asked every few megabytes: true ends it with -EINTR. err names no file. */
int image_write(const struct image *img, int source, int fd, bool (*stop)(void *ctx), void *ctx, struct error *err);

#endif
