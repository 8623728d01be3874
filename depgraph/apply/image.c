/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.c: pieces into a file.
 *
 * The file is first given its size, so that whatever is not written is a hole; then pieces are
 * written where they belong, and last the patches, which are few and small.
 */
#include "depgraph/apply/image.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((uint64_t)8 << 20)      /* between two looks at stop() */
#define ARENA_MAX ((size_t)8 << 30)
#define ITEMS_MAX ((size_t)1 << 26)

void image_init(struct image *img, struct content *original)
{
	*img = (struct image){ .content = content_ref(original), .arena = ARENA_INIT(ARENA_MAX) };
}

void image_release(struct image *img)
{
	content_unref(img->content);
	free(img->pieces);
	free(img->patches);
	free(img->cuts);
	arena_release(&img->arena);
	*img = (struct image){ .error = -EINVAL };
}

/* Room for one more in an array that doubles; false sets the sticky error. */
static bool room(struct image *img, void **items, size_t *capacity, size_t count, size_t size)
{
	size_t more = *capacity ? *capacity * 2 : 64;
	void *grown;

	if (img->error)
		return false;
	if (count < *capacity)
		return true;
	grown = more <= ITEMS_MAX ? reallocarray(*items, more, size) : NULL;
	if (!grown) {
		img->error = -ENOMEM;
		return false;
	}
	*items = grown;
	*capacity = more;
	return true;
}

#define ROOM(img, items, item) \
	room((img), (void **)&(img)->items, &(img)->item##_capacity, (img)->item##_count, sizeof(*(img)->items))

static struct image_piece *last_piece(struct image *img)
{
	return img->piece_count ? &img->pieces[img->piece_count - 1] : NULL;
}

static void append(struct image *img, const struct image_piece *p)
{
	if (!p->len || !ROOM(img, pieces, piece))
		return;
	img->pieces[img->piece_count] = *p;
	img->pieces[img->piece_count++].at = img->size;
	img->size += p->len;
}

void image_copy(struct image *img, uint64_t from, uint64_t len)
{
	struct image_piece *last = last_piece(img);

	if (!range_inside(from, len, content_size(img->content))) {
		img->error = -EINVAL;
		return;
	}
	if (last && last->kind == IMAGE_COPY && last->from + last->len == from) {
		last->len += len;
		img->size += len;
		return;
	}
	append(img, &(struct image_piece){ .kind = IMAGE_COPY, .from = from, .len = len });
}

void image_bytes(struct image *img, const void *p, uint64_t len)
{
	append(img, &(struct image_piece){ .kind = IMAGE_BYTES, .bytes = p, .len = len });
}

void image_zero(struct image *img, uint64_t len)
{
	struct image_piece *last = last_piece(img);

	if (last && last->kind == IMAGE_ZERO) {
		last->len += len;
		img->size += len;
		return;
	}
	append(img, &(struct image_piece){ .kind = IMAGE_ZERO, .len = len });
}

void *image_alloc(struct image *img, size_t size)
{
	void *p = img->error ? NULL : arena_alloc(&img->arena, size);

	if (!p && !img->error)
		img->error = -ENOMEM;
	return p;
}

void image_patch(struct image *img, uint64_t at, const void *p, size_t len)
{
	uint8_t *copy = len && ROOM(img, patches, patch) ? image_alloc(img, len) : NULL;

	if (!copy)
		return;
	memcpy(copy, p, len);
	img->patches[img->patch_count++] = (struct image_patch){ .at = at, .len = len, .bytes = copy };
}

void image_patch_uint(struct image *img, uint64_t at, uint64_t value, unsigned width)
{
	uint8_t bytes[8];

	store_uint(bytes, value, width, false);
	image_patch(img, at, bytes, width);
}

/* The piece that a position lies in. */
static const struct image_piece *piece_at(const struct image *img, uint64_t at)
{
	size_t lo = 0, hi = img->piece_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (img->pieces[mid].at <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && at - img->pieces[lo - 1].at < img->pieces[lo - 1].len ? &img->pieces[lo - 1] : NULL;
}

void image_cut(struct image *img, uint64_t at, uint64_t len)
{
	const struct image_piece *p = piece_at(img, at);
	const struct image_range *before = img->cut_count ? &img->cuts[img->cut_count - 1] : NULL;

	if (!len)
		return;
	if (!p || p->kind != IMAGE_ZERO || len > p->at + p->len - at || (before && at < before->at + before->len)) {
		img->error = -EINVAL;
		return;
	}
	if (ROOM(img, cuts, cut))
		img->cuts[img->cut_count++] = (struct image_range){ at, len };
}

uint64_t image_position(const struct image *img, uint64_t at)
{
	uint64_t gone = 0;
	size_t i;

	for (i = 0; i < img->cut_count && img->cuts[i].at < at; i++) {
		const struct image_range *c = &img->cuts[i];

		gone += at - c->at < c->len ? at - c->at : c->len;
	}
	return at - gone;
}

uint64_t image_file_size(const struct image *img)
{
	return image_position(img, img->size);
}

uint64_t image_data_size(const struct image *img)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < img->piece_count; i++)
		if (img->pieces[i].kind != IMAGE_ZERO)
			sum += img->pieces[i].len;
	return sum;
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

struct writer {
	const struct image *img;
	int source, fd;
	bool (*stop)(void *ctx);
	void *ctx;
	bool in_kernel; /* copy_file_range works between these two */
	bool sparse;    /* the original has holes */
};

static int write_all(int fd, const uint8_t *p, uint64_t len, uint64_t at)
{
	ssize_t n;

	while (len) {
		n = pwrite(fd, p, len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		at += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return 0;
}

/* Not every pair of file systems can: then the mapping is written, from where it stopped. */
static bool cannot(int error)
{
	return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == EPERM;
}

static int copy_data(struct writer *w, uint64_t from, uint64_t len, uint64_t at)
{
	while (len && w->in_kernel) {
		loff_t in = (loff_t)from, out = (loff_t)at;
		ssize_t n = copy_file_range(w->source, &in, w->fd, &out, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && !cannot(errno))
			return -errno;
		if (n <= 0) {
			w->in_kernel = false;
			break;
		}
		from += (uint64_t)n;
		at += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return write_all(w->fd, content_data(w->img->content) + from, len, at);
}

/* What of [from, from + len) is data: moves *from to its start and gives its length. 0: the rest is a hole. */
static uint64_t next_data(const struct writer *w, uint64_t *from, uint64_t len)
{
	uint64_t end = *from + len;
	off_t data, hole;

	if (!w->sparse)
		return len;
	data = lseek(w->source, (off_t)*from, SEEK_DATA);
	if (data < 0)
		return errno == ENXIO ? 0 : len;
	if ((uint64_t)data >= end)
		return 0;
	hole = lseek(w->source, data, SEEK_HOLE);
	*from = (uint64_t)data;
	return (hole < 0 || (uint64_t)hole > end ? end : (uint64_t)hole) - *from;
}

static int copy_piece(struct writer *w, const struct image_piece *p, uint64_t at)
{
	uint64_t from = p->from, end = p->from + p->len, len, n;
	int r = 0;

	while (r == 0 && from < end) {
		len = next_data(w, &from, end - from);
		if (!len)
			break;
		for (; r == 0 && len; len -= n, from += n) {
			n = len < CHUNK ? len : CHUNK;
			r = w->stop && w->stop(w->ctx) ? -EINTR : copy_data(w, from, n, at + (from - p->from));
		}
	}
	return r;
}

static int write_piece(struct writer *w, const struct image_piece *p)
{
	uint64_t at = image_position(w->img, p->at);

	switch (p->kind) {
	case IMAGE_COPY:
		return copy_piece(w, p, at);
	case IMAGE_BYTES:
		return write_all(w->fd, p->bytes, p->len, at);
	default:
		return 0;
	}
}

/* Looking for holes costs a system call a piece, of which there may be thousands. */
static bool has_holes(int source)
{
	struct stat st;

	return source >= 0 && fstat(source, &st) == 0 && (uint64_t)st.st_blocks * 512 < (uint64_t)st.st_size;
}

int image_write(const struct image *img, int source, int fd, bool (*stop)(void *ctx), void *ctx, struct error *err)
{
	struct writer w = { .img = img, .source = source, .fd = fd, .stop = stop, .ctx = ctx, .in_kernel = source >= 0,
			    .sparse = has_holes(source) };
	size_t i;
	int r = img->error;

	if (r == 0 && ftruncate(fd, (off_t)image_file_size(img)) < 0)
		r = -errno;
	for (i = 0; r == 0 && i < img->piece_count; i++)
		r = write_piece(&w, &img->pieces[i]);
	for (i = 0; r == 0 && i < img->patch_count; i++)
		r = write_all(fd, img->patches[i].bytes, img->patches[i].len, image_position(img, img->patches[i].at));
	if (r == -EINTR)
		return error_set(err, r, "", "stopped by a signal");
	return r < 0 ? error_set(err, r, "", "cannot write the copy") : 0;
}
