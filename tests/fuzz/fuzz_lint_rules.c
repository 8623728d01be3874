/* SPDX-License-Identifier: Apache-2.0 */
/* The readers of build rules. The first byte chooses the language, the rest is the file. */
#include "reprocheck/lint/lint.h"

#include <string.h>

#define INPUT_MAX (1u << 20)

static int check(void *ctx, const struct problem *p)
{
	const uint64_t *size = ctx;

	if (p->line == 0 || p->column == 0 || p->offset >= *size || !p->cause || !p->rule || !p->text ||
	    !p->detail || !p->fix)
		__builtin_trap();
	if (strchr(p->text, '\n'))
		__builtin_trap(); /* quoted, on one line */
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	struct error err = { 0 };
	uint64_t n;

	if (size < 2 || size > INPUT_MAX || content_copy(data + 1, size - 1, "file", &c) < 0)
		return 0;
	n = content_size(c);
	(void)lint_kind_of("file", c);
	if (lint_rules("file", c, (enum lint_kind)(LINT_MAKE + data[0] % (LINT_NINJA - LINT_MAKE + 1)), check,
		       &n, &err) < 0)
		__builtin_trap();
	return 0;
}
