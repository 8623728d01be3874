/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graph_text.c: DOT and GraphML.
 *
 * DOT strings stand in double quotes, where a quote and a backslash need a
 * backslash (graphviz.org, "The DOT Language"); GraphML is XML
 * (graphml.graphdrawing.org, primer).
 */
#include "depgraph/report/graph.h"

#include "base/markup.h"
#include "base/terminal.h"

#include <errno.h>
#include <string.h>

#define PATH_SIZE 4096

static void put_dot_string(FILE *f, const char *s)
{
	(void)putc('"', f);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			(void)putc('\\', f);
		(void)putc((unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s, f);
	}
	(void)putc('"', f);
}

static const char *dot_shape(unsigned kind)
{
	switch (kind) {
	case NODE_LIBRARY: return "cylinder";
	case NODE_ARCHIVE:
	case NODE_DISTRIBUTION: return "folder";
	case NODE_TARGET: return "component";
	case NODE_OUTPUT: return "house";
	case NODE_MODULE: return "note";
	default: return "box";
	}
}

static void put_dot_node(FILE *f, const struct model *m, const struct merged_node *n, size_t i)
{
	const struct node *node = &m->graph.nodes[n->node];
	char path[PATH_SIZE], label[PATH_SIZE + 64], size[32];

	(void)snprintf(label, sizeof(label), "%s\n%s", graph_path(&m->graph, n->node, path, sizeof(path)),
		       format_size(n->total.bytes ? n->total.bytes : n->total.loaded, size));
	(void)fprintf(f, "  n%zu [label=", i);
	/* The one control character that is meant: a line end, which DOT writes as \n. */
	(void)putc('"', f);
	for (const char *s = label; *s; s++) {
		if (*s == '\n')
			(void)fputs("\\n", f);
		else if (*s == '"' || *s == '\\')
			(void)fprintf(f, "\\%c", *s);
		else
			(void)putc((unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s, f);
	}
	(void)fprintf(f, "\", shape=%s%s%s];\n", dot_shape(node->kind), n->root ? ", penwidth=2" : "",
		      n->reached ? "" : ", style=dashed, color=gray50");
}

int graph_dot(FILE *f, const struct model *m, const struct merged *r)
{
	size_t i;

	(void)fputs("digraph depgraph {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n", f);
	if (r->left_out)
		(void)fprintf(f, "  // %zu smaller nodes were left out\n", r->left_out);
	for (i = 0; i < r->count; i++)
		put_dot_node(f, m, &r->nodes[i], i);
	for (i = 0; i < r->edge_count; i++) {
		const struct merged_edge *e = &r->edges[i];

		(void)fprintf(f, "  n%zu -> n%zu [tooltip=", e->from, e->to);
		put_dot_string(f, *e->label ? e->label : edge_kind_name(e->kind));
		if (e->count > 1)
			(void)fprintf(f, ", label=\"%zu\"", e->count);
		(void)fputs("];\n", f);
	}
	(void)fputs("}\n", f);
	return fflush(f) != 0 || ferror(f) ? -EIO : 0;
}

static const struct graphml_key {
	const char *id, *domain, *type;
} graphml_keys[] = {
	{ "name", "node", "string" },  { "kind", "node", "string" },         { "bytes", "node", "long" },
	{ "loaded", "node", "long" },  { "live", "node", "long" },           { "root", "node", "string" },
	{ "reached", "node", "boolean" }, { "parent", "node", "string" },    { "by", "edge", "string" },
	{ "label", "edge", "string" }, { "count", "edge", "long" },
};

static void put_graphml_node(FILE *f, const struct model *m, const struct merged_node *n, size_t i)
{
	char path[PATH_SIZE];

	(void)fprintf(f, "    <node id=\"n%zu\">", i);
	markup_printf(f, "<data key=\"name\">%s</data><data key=\"kind\">%s</data>",
		      graph_path(&m->graph, n->node, path, sizeof(path)),
		      node_kind_name((enum node_kind)m->graph.nodes[n->node].kind));
	markup_printf(f, "<data key=\"bytes\">%llu</data><data key=\"loaded\">%llu</data><data key=\"live\">%llu</data>",
		      (unsigned long long)n->total.bytes, (unsigned long long)n->total.loaded,
		      (unsigned long long)n->total.live);
	if (n->root)
		markup_printf(f, "<data key=\"root\">%s</data>", n->root);
	if (n->parent != MERGED_NONE)
		markup_printf(f, "<data key=\"parent\">n%zu</data>", n->parent);
	markup_printf(f, "<data key=\"reached\">%s</data></node>\n", n->reached ? "true" : "false");
}

int graph_graphml(FILE *f, const struct model *m, const struct merged *r)
{
	size_t i;

	(void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n", f);
	for (i = 0; i < sizeof(graphml_keys) / sizeof(graphml_keys[0]); i++)
		markup_printf(f, "  <key id=\"%s\" for=\"%s\" attr.name=\"%s\" attr.type=\"%s\"/>\n", graphml_keys[i].id,
			      graphml_keys[i].domain, graphml_keys[i].id, graphml_keys[i].type);
	(void)fputs("  <graph id=\"depgraph\" edgedefault=\"directed\">\n", f);
	for (i = 0; i < r->count; i++)
		put_graphml_node(f, m, &r->nodes[i], i);
	for (i = 0; i < r->edge_count; i++) {
		const struct merged_edge *e = &r->edges[i];

		markup_printf(f,
			      "    <edge source=\"n%zu\" target=\"n%zu\"><data key=\"by\">%s</data>"
			      "<data key=\"label\">%s</data><data key=\"count\">%zu</data></edge>\n",
			      e->from, e->to, edge_kind_name(e->kind), e->label, e->count);
	}
	(void)fputs("  </graph>\n</graphml>\n", f);
	return fflush(f) != 0 || ferror(f) ? -EIO : 0;
}
