/* SPDX-License-Identifier: Apache-2.0 */
/* A record of a link: a command, compiler output, JSON, a trace. No file of it is there, so nothing but the text decides. */
#include "depgraph/link/line.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct link_line *l = NULL;
	size_t i;
	char place[256];

	/* Words that name files are looked up: in a directory that is not there. */
	if (size > (1 << 16) || link_line_parse((const char *)data, size, "record", "/nonexistent", &l, NULL) < 0)
		return 0;
	if (!l->input_count || !l->directory || (l->argc && l->argv[l->argc]))
		abort();
	for (i = 0; i < l->input_count; i++) {
		const struct link_line_input *in = &l->inputs[i];

		if (!in->word || (l->argc && (!in->count || in->first + in->count > l->argc)))
			abort();
		if (l->argc)
			json_decref(link_line_action(l, &i, 1, NULL, 0));
		if (!strstr(link_line_place(l, i, place, sizeof(place)), "remove"))
			abort();
	}
	link_line_free(l);
	return 0;
}
