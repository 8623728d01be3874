/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/link/emitted.h"
#include "tests/unit/made.h"

#include "depgraph/inputs/inputs.h"

#define TOOLS "cc objcopy"
#define LINK "cc -O1 -fPIE -pie -fno-inline -Wl,--emit-relocs "

struct model {
	struct content *content;
	struct elf_file *elf;
	struct graph graph;
	struct emitted *emitted;
	struct reach reach;
};

/* False: not an ELF file, or nothing to go by. */
static bool open_model(struct model *m, const uint8_t *data, size_t size, const struct string_list *roots)
{
	struct error err = { 0 };
	node_id top;

	*m = (struct model){ .graph = GRAPH_INIT };
	m->content = content_in_memory(data, size);
	if (elf_file_open(m->content, 0, size, &m->elf, &err) < 0)
		return false;
	top = graph_node(&m->graph, NODE_OUTPUT, GRAPH_NONE, "app", size, 0);
	if (emitted_build(m->elf, roots, &m->graph, top, &m->emitted) <= 0)
		return false;
	assert_int_equal(graph_finish(&m->graph), 0);
	assert_int_equal(graph_reach(&m->graph, &(const struct reach_options){ 0 }, &m->reach), 0);
	return true;
}
