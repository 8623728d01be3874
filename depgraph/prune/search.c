/* SPDX-License-Identifier: Apache-2.0 */
/* search.c: the link is modelled once, then each room is asked. */
#include "depgraph/prune/prune.h"

#include "depgraph/link/link.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTES_MAX 1000

void prune_note(struct prune *p, const char *fmt, ...)
{
	size_t capacity = p->note_capacity ? p->note_capacity * 2 : 16;
	struct prune_note *notes = p->notes;
	va_list ap;

	if (p->note_count >= NOTES_MAX)
		return;
	if (p->note_count == p->note_capacity) {
		notes = reallocarray(p->notes, capacity, sizeof(*notes));
		if (!notes) {
			p->found.error = -ENOMEM;
			return;
		}
		p->notes = notes;
		p->note_capacity = capacity;
	}
	va_start(ap, fmt);
	vsnprintf(notes[p->note_count].text, sizeof(notes->text), fmt, ap);
	va_end(ap);
	p->note_count++;
}

void prune_release(struct prune *p)
{
	link_free(p->link);
	graph_release(&p->graph);
	suggestions_release(&p->found);
	free(p->notes);
	*p = (struct prune){ 0 };
}

static bool has_objects(const struct inputs *in)
{
	return inputs_first(in, INPUT_OBJECT) || inputs_first(in, INPUT_ARCHIVE);
}

static int model_link(struct prune *p, struct error *err)
{
	const struct link_options options = { .roots = p->options->roots, .pool = p->pool };
	int r;

	if (p->options->no_link_model || (!has_objects(p->in) && !inputs_output(p->in)))
		return 0;
	r = link_build(p->in, &options, &p->graph, &p->link, err);
	if (r >= 0)
		r = link_mark(p->link, err);
	if (r >= 0 && p->link->opaque[0])
		prune_note(p, "kept without being known: %s", p->link->opaque);
	return r;
}

int prune_search(struct prune *p, struct error *err)
{
	static int (*const providers[])(struct prune *, struct error *) = {
		link_suggest,    archives_suggest, libs_suggest,    debug_suggest,
		folding_suggest, gpu_suggest,      targets_suggest, python_suggest,
	};
	size_t i;
	int r = model_link(p, err);

	for (i = 0; i < sizeof(providers) / sizeof(providers[0]) && r >= 0; i++)
		r = providers[i](p, err);
	return r < 0 ? r : p->found.error;
}
