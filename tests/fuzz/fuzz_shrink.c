/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file with GPU code, pruned in both modes: it is refused, or the copy passes its verification.  Only what is written is
 * wrong here: a copy that verification rejects means that shrinking made a mistake which it should have refused.
 */
#include "depgraph/apply/gpu_edit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define INPUT_MAX (4 << 20)
#define OUTPUT_MAX (64 << 20) /* a hostile file has no say in how much is written */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct content *written(const struct gpu_edit *e)
{
	uint64_t size = image_file_size(&e->image);
	int fd = memfd_create("copy", MFD_CLOEXEC);
	char path[40];
	struct content *copy = NULL;

	if (fd < 0 || size > OUTPUT_MAX)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (image_write(&e->image, -1, fd, NULL, NULL, NULL) < 0 || content_open(-100, path, &copy, NULL) < 0)
		abort();
	(void)close(fd);
	return copy;
}

static void try_mode(struct content *c, bool shrink, bool compress, struct pool *pool)
{
	CLEANUP(gpu_targets_release) struct gpu_targets targets = GPU_TARGETS_INIT;
	CLEANUP(gpu_edit_freep) struct gpu_edit *e = NULL;
	CLEANUP(content_unrefp) struct content *copy = NULL;
	struct gpu_edit_options o = { .targets = &targets, .drop_all = true, .shrink = shrink, .compress = compress, .level = 1,
				      .pool = pool };
	struct gpu_edit_checks checks;
	struct error err = { 0 };

	if (gpu_targets_add(&targets, "sm_90", NULL) < 0)
		abort();
	if (gpu_edit_plan(c, &o, &e, NULL) < 0)
		return;
	copy = written(e);
	if (gpu_edit_verify(e, copy, -1, &checks, &err) < 0) {
		fprintf(stderr, "%s: %s\n", shrink ? "shrunk" : "punched", err.message);
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	CLEANUP(pool_freep) struct pool *pool = NULL;

	if (size > INPUT_MAX || pool_new(1, &pool) < 0 || content_copy(data, size, "input", &c) < 0)
		return 0;
	try_mode(c, false, false, pool);
	try_mode(c, true, true, pool);
	return 0;
}
