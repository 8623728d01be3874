/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The linter of artifacts: first a byte of flags (1 pedantic, 2 a declared epoch, 4 a time of the file, 8 that was
 * given to it, 16 facts about the machine), then a file of any format.  Whatever is told has a cause, a path and a
 * text that is safe to print.
 */
#include "base/content.h"
#include "reprocheck/lint/lint.h"

#include <stdlib.h>
#include <string.h>

#define INPUT_MAX   (UINT64_C(1) << 20)
#define DECODED_MAX (UINT64_C(4) << 20)
#define TOLD_MAX    2000 /* then the sink ends the walk */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int check(void *ctx, const struct problem *p)
{
	const char *s;
	unsigned *told = ctx;

	if (!p->cause || !p->path || !p->rule || !p->text || !p->detail || !p->fix || p->line)
		abort();
	for (s = p->text; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			abort();
	if (p->offset > DECODED_MAX + INPUT_MAX)
		abort();
	return ++*told < TOLD_MAX ? 0 : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const directories[] = { "/srv/zone", NULL };
	struct budget budget = { .total_max = DECODED_MAX, .depth_max = 4 };
	struct lint_options o = { 0 };
	CLEANUP(content_unrefp) struct content *c = NULL;
	unsigned told = 0;

	if (size < 1 || size > INPUT_MAX)
		return 0;
	o.pedantic = data[0] & 1;
	o.epoch = data[0] & 2 ? 1700000000 : 0;
	o.file_time = data[0] & 4 ? 1700000005 : 0;
	o.file_time_set = data[0] & 8;
	if (data[0] & 16) {
		o.host = "alpha";
		o.user = "alice";
		o.directories = directories;
	}
	if (content_copy(data + 1, size - 1, "input", &c) == 0)
		(void)lint_artifact("input", c, &o, &budget, check, &told, NULL);
	return 0;
}
