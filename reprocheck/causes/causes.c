/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of causes, and the choice among them.
 *
 * The rows stand in causes_*.def, a file a family, so that each can be read on
 * one page.  Their facts (which flag helps, which does not) were measured with
 * gcc 12.2, clang 14, rustc 1.95, nvcc 13.0, CPython 3.6 to 3.13 and GNU
 * binutils 2.40, or read in the tools' documentation; the names after
 * `.aliases` are those of the Reproducible Builds project's issues.
 */
#include "reprocheck/causes/causes.h"
#include "reprocheck/causes/recognisers.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define FIXES(...)                 \
	(const struct cause_fix[]) \
	{                          \
		__VA_ARGS__,       \
		{                  \
			NULL, NULL \
		}                  \
	}
#define NAMES(...)                \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

const struct cause causes[] = {
#include "reprocheck/causes/causes_time.def"
#include "reprocheck/causes/causes_archive.def"
#include "reprocheck/causes/causes_path.def"
#include "reprocheck/causes/causes_name.def"
#include "reprocheck/causes/causes_host.def"
#include "reprocheck/causes/causes_surroundings.def"
#include "reprocheck/causes/causes_binary.def"
#include "reprocheck/causes/causes_derived.def"
	{ .id = NULL },
};

static bool has_alias(const struct cause *c, const char *name)
{
	const char *const *alias;

	for (alias = c->aliases; alias && *alias; alias++)
		if (!strcmp(*alias, name))
			return true;
	return false;
}

const struct cause *cause_find(const char *id)
{
	const struct cause *c;

	for (c = causes; c->id; c++)
		if (!strcmp(c->id, id))
			return c;
	for (c = causes; c->id; c++)
		if (has_alias(c, id))
			return c;
	return NULL;
}

/* The lines are made once, so that callers may keep them. */
#define FIX_LINE_MAX 200
static char fix_lines[sizeof(causes) / sizeof(causes[0])][FIX_LINE_MAX];

static void make_fix_lines(void)
{
	size_t i;

	for (i = 0; causes[i].id; i++)
		if (causes[i].fixes)
			(void)snprintf(fix_lines[i], FIX_LINE_MAX, "%s: %s", causes[i].fixes[0].tool,
				       causes[i].fixes[0].edit);
}

const char *cause_fix_line(const struct cause *c)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (c->fix_line)
		return c->fix_line;
	(void)pthread_once(&once, make_fix_lines);
	return fix_lines[c - causes];
}

const struct cause *recognise(const struct difference *d, struct recognition *ret)
{
	const struct cause *c, *best = NULL;
	struct recognition surest = { 0 };

	for (c = causes; c->id; c++) {
		struct recognition r = { 0 };

		if (!c->recognise)
			continue;
		c->recognise(d, &r);
		if (r.score > surest.score) {
			surest = r;
			best = c;
		}
	}
	if (surest.score < RECOGNITION_MIN)
		return NULL;
	*ret = surest;
	return best;
}
