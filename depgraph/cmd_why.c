/* SPDX-License-Identifier: Apache-2.0 */
/* depgraph why: one thing's chains from a root, for a person or as JSON. */
#include "depgraph/verbs.h"

#include "base/json_stream.h"
#include "base/path.h"
#include "base/terminal.h"
#include "depgraph/answer/why.h"
#include "depgraph/inputs/options.h"

#include <errno.h>
#include <string.h>

#define MATCHES_MAX 20
#define LIKE_MAX    3 /* names that a message proposes */
#define CHAINS_MAX  1000

struct why_verb_options {
	struct input_options inputs;
	struct string_list roots, entries;
	const char *json, *colour;
	unsigned long long limit;
	bool all;
};

#define ROW(MEMBER) offsetof(struct why_verb_options, MEMBER)
static const struct option_spec why_specs[] = {
	INPUT_OPTIONS(struct why_verb_options, inputs),
	{ "root", 'u', OPT_LIST, ROW(roots), "SYMBOL", "a symbol that something outside needs", "Roots" },
	{ "entry", 'e', OPT_LIST, ROW(entries), "MODULE", "a Python module that is run", "Roots" },
	{ "all", 'a', OPT_FLAG, ROW(all), NULL, "all chains, shortest first, not the shortest alone", "Output" },
	{ "limit", 'n', OPT_UINT, ROW(limit), "N", "at most N chains (default 20 with --all, at most 1000)", "Output" },
	{ "json", 0, OPT_OPTIONAL_STRING, ROW(json), "FILE", "write JSON (to standard output without FILE)", "Output" },
	{ "color", 0, OPT_STRING, ROW(colour), "WHEN", "auto, always or never", "Output" },
	{ 0 }
};

static const struct exit_status why_exits[] = {
	{ DEPGRAPH_OK, "something keeps it" },
	{ DEPGRAPH_FOUND, "it is there, and no root reaches it" },
	{ DEPGRAPH_TROUBLE, "trouble: no such thing, or an input could not be read" },
	{ 0, NULL }
};

static void why_defaults(void *options)
{
	((struct why_verb_options *)options)->colour = "auto";
}

static void why_release(void *options)
{
	struct why_verb_options *o = options;

	input_options_release(&o->inputs);
	string_list_release(&o->roots);
	string_list_release(&o->entries);
}

/* ---- terminal ------------------------------------------------------------------------------------------------- */

static void put_node(const struct graph *g, node_id n)
{
	char path[4096];

	terminal_put(stdout, graph_path(g, n, path, sizeof(path)));
}

static void put_chain(const struct graph *g, const struct why_chain *c)
{
	size_t i;

	for (i = 0; i < c->count; i++) {
		const struct why_step *s = &c->steps[i];

		printf("  %*s", (int)(i < 40 ? 2 * i : 80), "");
		if (s->by) {
			printf("%s%s", style(stdout, STYLE_DIM), s->by);
			if (*s->label)
				printf(" ");
			terminal_put(stdout, s->label);
			printf(" ->%s ", style(stdout, STYLE_RESET));
		}
		put_node(g, s->node);
		if (!s->by && *c->root) {
			printf("  %s(root: ", style(stdout, STYLE_DIM));
			terminal_put(stdout, c->root);
			printf(")%s", style(stdout, STYLE_RESET));
		}
		printf("\n");
	}
}

static void put_answer(const struct model *m, const struct why_answer *a)
{
	const struct graph *g = &m->graph;
	char bytes[32], with[32];
	size_t i;

	printf("%s", style(stdout, STYLE_BOLD));
	put_node(g, a->node);
	printf("%s  %s, %s in the file, %s loaded\n", style(stdout, STYLE_RESET),
	       node_kind_name((enum node_kind)g->nodes[a->node].kind), format_size(a->bytes.bytes, bytes),
	       format_size(a->bytes.loaded, with));
	if (a->extraction.count) {
		printf("linked, because it was asked for:\n");
		put_chain(g, &a->extraction);
	}
	if (!a->reached) {
		printf(a->bytes.bytes || a->bytes.loaded ? "no root reaches it: `depgraph prune` says how it can go\n" :
							   "no root reaches it, and it has no bytes\n");
		return;
	}
	for (i = 0; i < a->chain_count; i++) {
		printf(i ? "also:\n" : "reached:\n");
		put_chain(g, &a->chains[i]);
	}
	printf("without it %s of the file and %s when loaded would be unreachable, itself included\n",
	       format_size(a->with_it, bytes), format_size(a->with_it_loaded, with));
}

/* ---- JSON ----------------------------------------------------------------------------------------------------- */

static json_t *step_json(const struct graph *g, const struct why_step *s)
{
	json_t *o = json_object();
	char path[4096];
	int r = json_put(o, "node", json_text(graph_path(g, s->node, path, sizeof(path))));

	r = r ? r : json_put(o, "kind", json_text(node_kind_name((enum node_kind)g->nodes[s->node].kind)));
	if (s->by) {
		r = r ? r : json_put(o, "by", json_text(s->by));
		r = r ? r : json_put(o, "label", json_text(s->label));
	}
	return json_checked(o, r);
}

static void chain_json(struct json_stream *s, const char *key, const struct graph *g, const struct why_chain *c)
{
	size_t i;

	json_stream_open(s, key, '{');
	if (*c->root)
		json_stream_put(s, "root", json_text(c->root));
	json_stream_open(s, "steps", '[');
	for (i = 0; i < c->count; i++)
		json_stream_put(s, NULL, step_json(g, &c->steps[i]));
	json_stream_close(s);
	json_stream_close(s);
}

static void answer_json(struct json_stream *s, const struct model *m, const struct why_answer *a)
{
	char path[4096];
	size_t i;

	json_stream_open(s, NULL, '{');
	json_stream_put(s, "node", json_text(graph_path(&m->graph, a->node, path, sizeof(path))));
	json_stream_put(s, "kind", json_text(node_kind_name((enum node_kind)m->graph.nodes[a->node].kind)));
	json_stream_put(s, "bytes", json_number(a->bytes.bytes));
	json_stream_put(s, "loaded_bytes", json_number(a->bytes.loaded));
	json_stream_put(s, "reached", json_boolean(a->reached));
	json_stream_put(s, "bytes_without", json_number(a->with_it));
	json_stream_put(s, "loaded_bytes_without", json_number(a->with_it_loaded));
	json_stream_open(s, "chains", '[');
	for (i = 0; i < a->chain_count; i++)
		chain_json(s, NULL, &m->graph, &a->chains[i]);
	json_stream_close(s);
	if (a->extraction.count)
		chain_json(s, "extraction", &m->graph, &a->extraction);
	json_stream_close(s);
}

struct answers {
	const struct model *m;
	struct why_answer items[MATCHES_MAX];
	size_t count;
	bool more; /* of that name than MATCHES_MAX */
};

static void answers_release(struct answers *a)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		why_answer_release(&a->items[i]);
}

static int write_json(FILE *f, void *ctx)
{
	const struct answers *a = ctx;
	struct json_stream s = { .f = f };
	size_t i;

	json_stream_open(&s, NULL, '{');
	json_stream_put(&s, "format", json_string("depgraph-why"));
	json_stream_put(&s, "version", json_integer(1));
	json_stream_open(&s, "answers", '[');
	for (i = 0; i < a->count; i++)
		answer_json(&s, a->m, &a->items[i]);
	json_stream_close(&s);
	json_stream_close(&s);
	return json_stream_finish(&s);
}

/* ---- the verb ------------------------------------------------------------------------------------------------- */

static int report(const struct why_verb_options *o, struct answers *a, struct error *err)
{
	size_t i;
	int r;

	if (o->json) {
		r = write_stream_atomically(o->json, write_json, a);
		return r < 0 ? error_set(err, r, o->json, "cannot be written") : 0;
	}
	for (i = 0; i < a->count; i++) {
		if (i)
			printf("\n");
		put_answer(a->m, &a->items[i]);
	}
	if (a->more)
		printf("\nmore than %d are called that: name one as it is printed here\n", MATCHES_MAX);
	return fflush(stdout) == 0 ? 0 : error_set(err, -errno, "standard output", "cannot be written");
}

/* A linked file alone does not say what ties its functions together; else what is called alike. */
static int nothing_so_called(const struct model *m, const char *word, struct error *err)
{
	static const char none[] = "no symbol, section, object, library, target or module is called that";
	node_id ids[LIKE_MAX];
	char path[4096], like[160] = "";
	size_t n = model_find_like(m, word, ids, LIKE_MAX), i, used = 0;

	for (i = 0; i < n && used < sizeof(like); i++)
		used += (size_t)snprintf(like + used, sizeof(like) - used, "%s%s", i ? ", " : "",
					 graph_path(&m->graph, ids[i], path, sizeof(path)));
	if (n)
		return error_set(err, -ENOENT, word, "%s; there is %s%s", none, like, n == LIKE_MAX || used >= sizeof(like) ? "..." : "");
	if (m->link && !m->link->object_count)
		return error_set(err, -ENOENT, word, "%s; what is in a linked file is known with its map and objects", none);
	return error_set(err, -ENOENT, word, "%s", none);
}

static int answer(const struct why_verb_options *o, const struct model *m, const char *word, struct answers *ret,
		  struct error *err)
{
	size_t limit = !o->all ? 1 : o->limit && o->limit < CHAINS_MAX ? o->limit : o->limit ? CHAINS_MAX : 20, i, n;
	node_id ids[MATCHES_MAX + 1];
	int r;

	n = model_find(m, word, ids, MATCHES_MAX + 1);
	if (!n)
		return nothing_so_called(m, word, err);
	ret->more = n > MATCHES_MAX;
	n = ret->more ? MATCHES_MAX : n;
	for (i = 0; i < n; i++) {
		r = why_answer(m, ids[i], limit, &ret->items[ret->count]);
		if (r < 0)
			return r;
		ret->count++;
	}
	return 0;
}

static int run_why(const struct why_verb_options *o, int argc, char **argv, struct error *err)
{
	const struct model_options options = { .roots = &o->roots, .entries = &o->entries };
	CLEANUP(inputs_release) struct inputs in = INPUTS_INIT;
	CLEANUP(model_release) struct model m = MODEL_INIT;
	CLEANUP(answers_release) struct answers a = { .m = &m };
	int r;

	if (terminal_set_colour(o->colour) < 0)
		return error_set(err, -EINVAL, "--color", "takes auto, always or never, not \"%s\"", o->colour);
	r = input_options_open(&o->inputs, argc - 1, argv + 1, &in, err);
	r = r < 0 ? r : model_build(&in, &options, &m, err);
	r = r < 0 ? r : answer(o, &m, argv[0], &a, err);
	r = r < 0 ? r : inputs_recheck(&in, err);
	r = r < 0 ? r : report(o, &a, err);
	return r < 0 ? r : a.items[0].reached ? DEPGRAPH_OK : DEPGRAPH_FOUND;
}

static int why_run(void *options, int argc, char **argv)
{
	struct error err = { 0 };
	int r = run_why(options, argc, argv, &err);

	if (r >= 0)
		return r;
	(void)error_set(&err, r, "why", "failed");
	error_report("depgraph", &err);
	return DEPGRAPH_TROUBLE;
}

const struct verb why_verb = {
	.name = "why",
	.operands = "X [FILE...]",
	.summary = "say what keeps a symbol, section, object, library, target or module in the program",
	.description =
		"Prints the shortest chain from a root (entry point, constructor, exported symbol, a module that is run) to X, "
		"with the symbol or import that makes each step; for a member of an archive also who asked for it; and what "
		"would be unreachable without it.\n\n"
		"X is a name as other reports print it: a symbol, \"main.o\", \"libz.a(inflate.o)\", \"libz.a(inflate.o):.text\", a "
		"library, a target's label, a Python module. The inputs are those of `depgraph prune`.",
	.examples = "  depgraph why inflate_fast --map app.map app\n"
		    "  depgraph why --all 'libcrypto.a(rsa_lib.o)' app.map app\n"
		    "  depgraph why //base:logging --build-graph query.json\n"
		    "  depgraph why numpy.fft --python venv --entry app.main\n",
	.options = why_specs,
	.options_size = sizeof(struct why_verb_options),
	.defaults = why_defaults,
	.release = why_release,
	.exits = why_exits,
	.run = why_run,
};
