/* SPDX-License-Identifier: Apache-2.0 */
/* mark.c: what roots reach lives. Extraction is not followed: a member that only dead code pulled in is dead too. */
#include "depgraph/link/link_model.h"

int link_mark(struct link *l, struct error *err)
{
	struct reach_options o = { 0 };
	struct reach reach = { 0 };
	uint32_t i;
	int r;

	o.edges = 1u << EDGE_RELOCATION | 1u << EDGE_GROUP | 1u << EDGE_KEEPS | 1u << EDGE_BINDS;
	r = graph_reach(l->graph, &o, &reach);
	if (r < 0)
		return error_set(err, r, "", "no memory to mark %u sections", l->section_count);
	for (i = 0; i < l->section_count; i++)
		l->sections[i].live = l->sections[i].node != GRAPH_NONE && reach.live[l->sections[i].node];
	reach_release(&reach);
	return 0;
}
