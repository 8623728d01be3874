/* SPDX-License-Identifier: Apache-2.0 */
/* suggest.h: suggestions while they are made (private to the room). */
#ifndef DEPGRAPH_LINK_SUGGEST_H
#define DEPGRAPH_LINK_SUGGEST_H

#include "depgraph/link/predict.h"
#include "depgraph/prune/prune.h"

struct link_line;

struct suggesting {
	struct prune *p;
	struct link *l;
	const char *subject;          /* the output */
	enum evidence_level evidence;
	struct link_prediction prediction;
	struct link_line *line;       /* NULL: not given */
	uint32_t *dead;               /* removable sections, largest first */
	size_t dead_count, object_count;
	uint64_t *base, *lengths;     /* by section: a coordinate, and its bytes with the padding behind it */
	uint32_t *dead_of;            /* by object: removable sections */
	uint32_t *object_of_node;     /* LINK_NONE: the node is no section */
	uint32_t file_space, memory_space, own_space;
};

void link_list_section(struct suggesting *g, struct suggestion *s, uint32_t number);
/* Objects of which nothing is reached, and what -ffunction-sections would open. */
int link_suggest_objects(struct suggesting *g);
int link_suggest_code(struct suggesting *g);
/* Without objects: functions that the relocations kept in the output (--emit-relocs) do not reach. */
int link_suggest_emitted(struct suggesting *g);

#endif
