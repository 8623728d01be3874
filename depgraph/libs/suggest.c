/* SPDX-License-Identifier: Apache-2.0 */
/* suggest.c: what can be said of shared libraries, for each linked file. */
#include "depgraph/libs/libs.h"

#include <stdio.h>
#include <string.h>

size_t libs_outputs(const struct inputs *in, const struct input **ret, size_t max)
{
	const struct input *one = inputs_output(in);
	size_t i, n = 0;

	if (one) {
		ret[0] = one;
		return 1;
	}
	for (i = 0; i < in->count && n < max; i++) {
		const struct input *input = &in->items[i];

		if (input->given && input->elf && (input->kind == INPUT_PROGRAM || input->kind == INPUT_SHARED))
			ret[n++] = input;
	}
	return n;
}

const char *libs_link_word(const char *soname, char *out, size_t size)
{
	const char *dot = strstr(soname, ".so");

	if (strncmp(soname, "lib", 3) == 0 && dot && dot > soname + 3 && !strchr(soname, '/'))
		(void)snprintf(out, size, "-l%.*s", (int)(dot - soname - 3), soname + 3);
	else
		(void)snprintf(out, size, "%s", soname);
	return out;
}

/* Sections of an object ascend by index. */
uint32_t libs_link_section(const struct link *l, const struct link_object *o, uint32_t index)
{
	uint32_t lo = o->first, hi = o->first + o->count;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (l->sections[mid].index < index)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < o->first + o->count && l->sections[lo].index == index ? lo : UINT32_MAX;
}

int libs_suggest(struct prune *p, struct error *err)
{
	const struct input *outputs[LIBS_OUTPUTS_MAX];
	size_t i, n = libs_outputs(p->in, outputs, LIBS_OUTPUTS_MAX);
	int r = 0;

	for (i = 0; i < n && r >= 0; i++) {
		if (!outputs[i]->elf->dynamic)
			continue;
		r = libs_suggest_unused(p, outputs[i], err);
		if (r >= 0)
			r = libs_suggest_exports(p, outputs[i], err);
	}
	return r;
}
