/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graph_data.c: JSON, and the page that draws the same JSON.
 *
 * In a page the data stands in a <script type="application/json">, which browsers
 * do not run; "<" is written as \u003c there, so that no name can end the element.
 */
#include "depgraph/report/graph.h"

#include "base/json_stream.h"
#include "base/markup.h"
#include "base/page.h"
#include "depgraph/report/html_assets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 4096

static json_t *optional_index(size_t i)
{
	return i == MERGED_NONE ? json_null() : json_integer((json_int_t)i);
}

static json_t *node_json(const struct model *m, const struct merged_node *n)
{
	json_t *o = json_object();
	char path[PATH_SIZE];
	int r = json_put(o, "name", json_text(graph_path(&m->graph, n->node, path, sizeof(path))));

	r = r ? r : json_put(o, "kind", json_text(node_kind_name((enum node_kind)m->graph.nodes[n->node].kind)));
	r = r ? r : json_put(o, "parent", optional_index(n->parent));
	r = r ? r : json_put(o, "bytes", json_number(n->total.bytes));
	r = r ? r : json_put(o, "loaded_bytes", json_number(n->total.loaded));
	r = r ? r : json_put(o, "own_bytes", json_number(n->bytes.bytes));
	r = r ? r : json_put(o, "live_bytes", json_number(n->total.live));
	r = r ? r : json_put(o, "reached", json_boolean(n->reached));
	if (n->root)
		r = r ? r : json_put(o, "root", json_text(n->root));
	if (n->via != MERGED_NONE) {
		r = r ? r : json_put(o, "via", optional_index(n->via));
		r = r ? r : json_put(o, "via_kind", json_text(n->via_kind));
		r = r ? r : json_put(o, "via_label", json_text(n->via_label));
	}
	if (n->exclusive_known)
		r = r ? r : json_put(o, "removing_saves", json_number(n->exclusive));
	return json_checked(o, r);
}

static json_t *edge_json(const struct merged_edge *e)
{
	json_t *o = json_object();
	int r = json_put(o, "from", json_integer((json_int_t)e->from));

	r = r ? r : json_put(o, "to", json_integer((json_int_t)e->to));
	r = r ? r : json_put(o, "kind", json_text(edge_kind_name(e->kind)));
	r = r ? r : json_put(o, "label", json_text(e->label));
	r = r ? r : json_put(o, "count", json_integer((json_int_t)e->count));
	return json_checked(o, r);
}

int graph_json(FILE *f, const struct model *m, const struct merged *r)
{
	struct json_stream s = { .f = f };
	size_t i;

	json_stream_open(&s, NULL, '{');
	json_stream_put(&s, "format", json_string("depgraph-graph"));
	json_stream_put(&s, "version", json_integer(1));
	json_stream_put(&s, "left_out", json_integer((json_int_t)r->left_out));
	json_stream_put(&s, "left_out_bytes", json_number(r->left_out_bytes.bytes));
	json_stream_open(&s, "nodes", '[');
	for (i = 0; i < r->count; i++)
		json_stream_put(&s, NULL, node_json(m, &r->nodes[i]));
	json_stream_close(&s);
	json_stream_open(&s, "edges", '[');
	for (i = 0; i < r->edge_count; i++)
		json_stream_put(&s, NULL, edge_json(&r->edges[i]));
	json_stream_close(&s);
	json_stream_close(&s);
	return json_stream_finish(&s);
}

static int put_data(FILE *f, const struct model *m, const struct merged *r)
{
	AUTO_FREE char *text = NULL;
	size_t size = 0, i;
	FILE *memory = open_memstream(&text, &size);
	int e;

	if (!memory)
		return -ENOMEM;
	e = graph_json(memory, m, r);
	if (fclose(memory) != 0)
		e = e < 0 ? e : -ENOMEM;
	if (e < 0)
		return e;
	(void)fputs("<script type=\"application/json\" id=\"data\">", f);
	for (i = 0; i < size; i++)
		if (text[i] == '<')
			(void)fputs("\\u003c", f);
		else
			(void)putc(text[i], f);
	(void)fputs("</script>\n", f);
	return 0;
}

int graph_html(FILE *f, const struct model *m, const struct merged *r)
{
	const struct page_assets assets = { depgraph_html_style, depgraph_html_style_size, depgraph_html_script,
					    depgraph_html_script_size };
	const struct input *output = inputs_output(m->in);
	AUTO_FREE char *title = NULL;
	int e;

	if (asprintf(&title, "depgraph: %s", output ? output->path : "graph") < 0)
		return -ENOMEM;
	e = page_head(f, &assets, title);
	if (e < 0)
		return e;
	markup_printf(f, "<body class=\"graph\">\n<header><h1>%s</h1><p id=\"total\"></p>\n", title);
	(void)fputs("<p class=\"tools\"><input id=\"find\" type=\"search\" placeholder=\"find a name\" aria-label=\"find\"> "
		    "<label><input type=\"checkbox\" id=\"loaded\"> loaded bytes</label> <button id=\"up\">up</button></p></header>\n"
		    "<main><div id=\"icicle\" role=\"tree\" aria-label=\"bytes\"></div><aside id=\"detail\" aria-live=\"polite\">"
		    "<p>Each block is as wide as its bytes. Click one to see why it is there and what removing it "
		    "saves; red is what no root reaches.</p></aside></main>\n"
		    "<noscript><p>The drawing needs the page's own script; the data is in the page as JSON.</p></noscript>\n",
		    f);
	e = put_data(f, m, r);
	page_script(f, &assets);
	(void)fputs("</body>\n</html>\n", f);
	return e < 0 ? e : fflush(f) != 0 || ferror(f) ? -EIO : 0;
}
