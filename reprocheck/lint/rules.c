/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lint_rules(): one file of build rules. What readers share is in lint_rules.h, the graph in
 * lint_flow.c, the table of rules in lint_rules.def.
 */
#include "reprocheck/lint/rules.h"

#include <errno.h>
#include <string.h>

static int read_nothing(struct lint *l)
{
	(void)l;
	return 0;
}

static int (*const readers[])(struct lint *l) = {
	[LINT_ARTIFACT] = read_nothing,
	[LINT_MAKE] = read_make,
	[LINT_SHELL] = read_shell,
	[LINT_CMAKE] = read_cmake,
	[LINT_BAZEL] = read_bazel,
	[LINT_PYTHON] = read_python,
	[LINT_C] = read_c,
	[LINT_DOCKERFILE] = read_dockerfile,
	[LINT_NINJA] = read_ninja,
	[LINT_NOTHING] = read_nothing,
};

static bool mentions(const struct lint *l, const char *s)
{
	return memmem(l->text, l->size, s, strlen(s)) != NULL;
}

int lint_rules(const char *name, const struct content *c, enum lint_kind kind, problem_sink sink, void *ctx,
	       struct error *err)
{
	struct lint l = { .name = name,
			  .kind = kind,
			  .arena = ARENA_INIT(LINT_ARENA_MAX),
			  .scratch = ARENA_INIT(LINT_SCRATCH_MAX) };
	int r;

	if ((unsigned)kind >= sizeof(readers) / sizeof(readers[0]))
		return error_set(err, -EINVAL, name, "no such kind of build rules");
	l.text = (const char *)content_data(c);
	l.size = content_size(c);
	if (l.size > LINT_FILE_MAX)
		l.size = LINT_FILE_MAX;
	l.epoch = mentions(&l, "SOURCE_DATE_EPOCH") || mentions(&l, "KBUILD_BUILD_TIMESTAMP");
	l.touches = mentions(&l, "touch -");
	r = flow_init(&l);
	if (r == 0)
		r = readers[kind](&l);
	if (r == 0)
		r = flow_report(&l, sink, ctx);
	arena_release(&l.scratch);
	arena_release(&l.arena);
	if (r == -ENOMEM)
		(void)error_set(err, r, name, "no memory");
	return r;
}
