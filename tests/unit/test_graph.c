/* SPDX-License-Identifier: Apache-2.0 */
/* The graph: edges in their order, what roots reach, shortest ways, all chains shortest first. */
#include "depgraph/model/graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* main -> a -> b -> c, main -> c; dead -> c; lone. b and c are parts of box. */
struct sample {
	struct graph g;
	node_id main, a, b, c, dead, lone, box;
};

static void make_sample(struct sample *s)
{
	struct graph g = GRAPH_INIT;

	s->main = graph_node(&g, NODE_SECTION, GRAPH_NONE, "main", 10, 10);
	s->a = graph_node(&g, NODE_SECTION, GRAPH_NONE, "a", 20, 20);
	s->box = graph_node(&g, NODE_OBJECT, GRAPH_NONE, "box.o", 0, 0);
	s->b = graph_node(&g, NODE_SECTION, s->box, "b", 30, 30);
	s->c = graph_node(&g, NODE_SECTION, s->box, "c", 40, 40);
	s->dead = graph_node(&g, NODE_SECTION, GRAPH_NONE, "dead", 50, 50);
	s->lone = graph_node(&g, NODE_SECTION, GRAPH_NONE, "lone", 60, 60);
	graph_edge(&g, s->main, s->a, EDGE_RELOCATION, graph_label(&g, "call a"));
	graph_edge(&g, s->a, s->b, EDGE_RELOCATION, 0);
	graph_edge(&g, s->b, s->c, EDGE_GROUP, 0);
	graph_edge(&g, s->main, s->c, EDGE_KEEPS, graph_label(&g, "keeps c"));
	graph_edge(&g, s->dead, s->c, EDGE_RELOCATION, 0);
	graph_root(&g, s->main, graph_label(&g, "entry"));
	assert_int_equal(graph_finish(&g), 0);
	s->g = g;
}

static void roots_reach_what_edges_lead_to(void **state)
{
	const struct reach_options trace = { .trace = true };
	struct sample s;
	struct reach r;

	(void)state;
	make_sample(&s);
	assert_int_equal(graph_reach(&s.g, &trace, &r), 0);
	assert_int_equal(r.live_count, 4);
	assert_true(r.live[s.main] && r.live[s.a] && r.live[s.b] && r.live[s.c]);
	assert_false(r.live[s.dead] || r.live[s.lone]);
	/* The first way to c is the shortest: straight from main. */
	assert_int_equal(r.via[s.c], s.main);
	assert_string_equal(edge_label(&s.g, &s.g.edges[r.via_edge[s.c]]), "keeps c");
	assert_int_equal(r.via[s.main], GRAPH_NONE);
	reach_release(&r);
	graph_release(&s.g);
}

static void kinds_of_edges_and_nodes_can_be_left_out(void **state)
{
	struct reach_options relocations = { .edges = 1u << EDGE_RELOCATION };
	uint8_t mask[16] = { 0 };
	struct sample s;
	struct reach r;

	(void)state;
	make_sample(&s);
	assert_int_equal(graph_reach(&s.g, &relocations, &r), 0);
	assert_false(r.live[s.c]);
	assert_true(r.live[s.b]);
	reach_release(&r);
	mask[s.a] = 1;
	assert_int_equal(graph_reach(&s.g, &(struct reach_options){ .without = mask }, &r), 0);
	assert_false(r.live[s.a] || r.live[s.b]);
	assert_true(r.live[s.c]);
	reach_release(&r);
	mask[s.main] = 1;
	assert_int_equal(graph_reach(&s.g, &(struct reach_options){ .without = mask }, &r), 0);
	assert_int_equal(r.live_count, 0);
	reach_release(&r);
	graph_release(&s.g);
}

struct told {
	char text[256];
	const struct graph *g;
};

static int tell(void *ctx, const node_id *path, const uint32_t *edges, size_t n)
{
	struct told *t = ctx;
	size_t i, len;

	(void)edges;
	for (i = 0; i < n; i++) {
		len = strlen(t->text);
		(void)snprintf(t->text + len, sizeof(t->text) - len, "%s%s", t->g->nodes[path[i]].name, i + 1 < n ? ">" : " ");
	}
	return 0;
}

static void all_chains_come_shortest_first(void **state)
{
	struct sample s;
	struct told t = { "", NULL };

	(void)state;
	make_sample(&s);
	t.g = &s.g;
	assert_int_equal(graph_chains(&s.g, s.c, 10, tell, &t), 0);
	assert_string_equal(t.text, "main>c main>a>b>c ");
	t.text[0] = '\0';
	assert_int_equal(graph_chains(&s.g, s.c, 1, tell, &t), 0);
	assert_string_equal(t.text, "main>c ");
	t.text[0] = '\0';
	assert_int_equal(graph_chains(&s.g, s.dead, 10, tell, &t), 0);
	assert_string_equal(t.text, "");
	graph_release(&s.g);
}

static void a_cycle_ends(void **state)
{
	struct graph g = GRAPH_INIT;
	struct told t = { "", &g };
	node_id a = graph_node(&g, NODE_MODULE, GRAPH_NONE, "a", 1, 1), b = graph_node(&g, NODE_MODULE, GRAPH_NONE, "b", 1, 1);

	(void)state;
	graph_edge(&g, a, b, EDGE_IMPORT, 0);
	graph_edge(&g, b, a, EDGE_IMPORT, 0);
	graph_edge(&g, a, a, EDGE_IMPORT, 0);
	graph_root(&g, a, 0);
	assert_int_equal(graph_finish(&g), 0);
	assert_int_equal(graph_chains(&g, b, 100, tell, &t), 0);
	assert_string_equal(t.text, "a>b ");
	graph_release(&g);
}

static void paths_name_what_a_node_lies_in(void **state)
{
	struct graph g = GRAPH_INIT;
	char out[64], tiny[6];
	node_id app = graph_node(&g, NODE_OUTPUT, GRAPH_NONE, "app", 0, 0);
	node_id ar = graph_node(&g, NODE_ARCHIVE, app, "libx.a", 0, 0);
	node_id object = graph_node(&g, NODE_OBJECT, ar, "y.o", 0, 0);
	node_id section = graph_node(&g, NODE_SECTION, object, ".text.f", 1, 1);

	(void)state;
	assert_int_equal(graph_finish(&g), 0);
	assert_string_equal(graph_path(&g, section, out, sizeof(out)), "libx.a(y.o):.text.f");
	assert_string_equal(graph_path(&g, ar, out, sizeof(out)), "libx.a");
	assert_string_equal(graph_path(&g, section, tiny, sizeof(tiny)), "libx.");
	graph_release(&g);
}

static void edges_to_nowhere_are_not_made(void **state)
{
	struct graph g = GRAPH_INIT;
	node_id a = graph_node(&g, NODE_FILE, GRAPH_NONE, "a", 1, 1);

	(void)state;
	graph_edge(&g, a, GRAPH_NONE, EDGE_BINDS, 0);
	graph_edge(&g, 7, a, EDGE_BINDS, 0);
	assert_int_equal(graph_finish(&g), 0);
	assert_int_equal(g.edge_count, 0);
	graph_release(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_reach_what_edges_lead_to),
		cmocka_unit_test(kinds_of_edges_and_nodes_can_be_left_out),
		cmocka_unit_test(all_chains_come_shortest_first),
		cmocka_unit_test(a_cycle_ends),
		cmocka_unit_test(paths_name_what_a_node_lies_in),
		cmocka_unit_test(edges_to_nowhere_are_not_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
