/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/apply/measure.h"

#include "base/cleanup.h"
#include "base/content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <zstd.h>

#define LEVEL 3
#define STEP ((size_t)1 << 20)

struct stream {
	ZSTD_CCtx *ctx;
	void *out;
};

static void stream_release(struct stream *s)
{
	(void)ZSTD_freeCCtx(s->ctx);
	free(s->out);
}

static int compress_all(const struct content *c, bool (*stop)(void *ctx), void *ctx, uint64_t *ret)
{
	CLEANUP(stream_release) struct stream s = { ZSTD_createCCtx(), malloc(STEP) };
	uint64_t size = content_size(c), pos = 0, sum = 0;
	size_t left = 1;

	if (!s.ctx || !s.out)
		return -ENOMEM;
	(void)ZSTD_CCtx_setParameter(s.ctx, ZSTD_c_compressionLevel, LEVEL);
	while (pos < size || left) {
		uint64_t n = size - pos < STEP ? size - pos : STEP;
		ZSTD_inBuffer in = { content_data(c) + pos, n, 0 };

		if (stop && stop(ctx))
			return -EINTR;
		do {
			ZSTD_outBuffer out = { s.out, STEP, 0 };

			left = ZSTD_compressStream2(s.ctx, &out, &in, pos + n == size ? ZSTD_e_end : ZSTD_e_continue);
			if (ZSTD_isError(left))
				return -ENOMEM;
			sum += out.pos;
		} while (in.pos < in.size || (pos + n == size && left));
		pos += n;
	}
	*ret = sum;
	return 0;
}

int measure_file(const char *path, bool compress, bool (*stop)(void *ctx), void *ctx, struct apply_size *ret, struct error *err)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	struct apply_size size = { 0 };
	struct stat st;
	int r = 0;

	if (stat(path, &st) < 0)
		return error_set(err, -errno, path, "cannot be measured");
	size.apparent = (uint64_t)st.st_size;
	size.on_disk = (uint64_t)st.st_blocks * 512;
	if (compress)
		r = content_open(AT_FDCWD, path, &c, err);
	if (r == 0 && compress)
		r = compress_all(c, stop, ctx, &size.compressed);
	if (r < 0)
		return error_set(err, r, path, "cannot be compressed");
	*ret = size;
	return 0;
}
