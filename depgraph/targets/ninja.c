/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `ninja -t graph`, `-t query` and `-t deps` print.
 *
 * graph, in DOT; a node for each file, one for each rule with several inputs:
 *
 *	digraph ninja {
 *	"0x55a0" [label="app"]
 *	"0x55a1" [label="LINK", shape=ellipse]              a rule
 *	"0x55a1" -> "0x55a0"                                it makes app
 *	"0x55a2" -> "0x55a1" [arrowhead=none]               from this
 *	"0x55a3" -> "0x55a1" [arrowhead=none style=dotted]  after this (order only)
 *	"0x55a4" -> "0x55a3" [label=" phony"]               one input, one output: the rule is on the edge
 *
 * query, of one file or several; two blanks, then four, "|" before implicit and "||" before order-only inputs:
 *
 *	app:
 *	  input: LINK
 *	    main.o
 *	    | libx.a
 *	    || gen
 *	  outputs:
 *	    all
 *
 * deps, the headers that compilers reported (ninja keeps them and deletes their .d files):
 *
 *	main.o: #deps 2, deps mtime 1795373025038601379 (VALID)
 *	    main.c
 *	    y.h
 *
 * A file that is made from objects or libraries is a target; "phony" is no rule: what it stands for is passed on by no one.
 * Source: ninja-build.org manual, "Extra tools"; checked with ninja 1.11.1.
 */
#include "depgraph/targets/command.h"
#include "depgraph/targets/intern.h"
#include "depgraph/targets/lines.h"
#include "depgraph/targets/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int wrong(const struct targets_source *s, const struct lines *l, struct error *err, const char *what)
{
	return error_set_at(err, -EBADMSG, s->path, lines_offset(l), "line %u: %s", l->number, what);
}

/* One input of a build statement: an object is the target's own, a library a dependency. */
static void add_input(struct target_builder *b, const char *output, size_t on, const char *input, size_t in, bool order_only)
{
	bool object = command_is_object(input, in), library = command_is_library(input, in);
	uint32_t t;

	if ((!object && !library) || command_is_object(output, on) || (order_only && object))
		return;
	t = target_builder_target(b, output, on);
	if (!target_builder_at(b, t)->described) {
		target_builder_at(b, t)->described = true;
		target_builder_at(b, t)->rule = on > 2 && !memcmp(output + on - 2, ".a", 2) ? "archive" : "link";
		target_builder_item(b, t, TARGET_OUTPUTS, output, on);
	}
	if (object)
		target_builder_item(b, t, TARGET_OUTPUTS, input, in);
	else if (!order_only)
		command_link_input(b, t, input, in);
}

/* ---- graph -------------------------------------------------------------------------------------------------- */

struct dot_node {
	const char *label;
	size_t n;
	bool rule;
	uint32_t output; /* of a rule: node + 1 */
};

struct dot {
	struct dot_node *nodes;
	size_t count, capacity;
	struct dot_edge {
		uint32_t from, to;
		bool order_only;
	} *edges;
	size_t edge_count, edge_capacity;
	struct intern names;
	struct arena arena;
};

static void dot_release(struct dot *d)
{
	free(d->nodes);
	free(d->edges);
	intern_release(&d->names);
	arena_release(&d->arena);
}

/* The next "..." of p[0..n): a node's name has no quotes in it. Returns behind it; NULL: none. */
static const char *quoted_text(const char *p, const char *end, const char **ret, size_t *ret_len)
{
	const char *open = memchr(p, '"', (size_t)(end - p)), *close;

	if (!open)
		return NULL;
	close = memchr(open + 1, '"', (size_t)(end - open - 1));
	while (close && close[-1] == '\\')
		close = memchr(close + 1, '"', (size_t)(end - close - 1));
	if (!close)
		return NULL;
	*ret = open + 1;
	*ret_len = (size_t)(close - open - 1);
	return close + 1;
}

static struct dot_node *dot_node(struct dot *d, const char *name, size_t n, uint32_t *ret_id)
{
	uint32_t id;

	if (intern_add(&d->names, &d->arena, name, n, &id) < 0)
		return NULL;
	if (id >= d->capacity) {
		size_t capacity = d->capacity ? d->capacity * 2 : 256;
		struct dot_node *nodes = reallocarray(d->nodes, capacity, sizeof(*nodes));

		if (!nodes)
			return NULL;
		d->nodes = nodes;
		d->capacity = capacity;
	}
	if (id >= d->count) {
		d->nodes[id] = (struct dot_node){ 0 };
		d->count = (size_t)id + 1;
	}
	*ret_id = id;
	return &d->nodes[id];
}

static int dot_edge(struct dot *d, const char *from, size_t fn, const char *rest, const char *end)
{
	const char *to, *label;
	size_t tn, ln;
	uint32_t a, b;
	bool phony;

	rest = quoted_text(rest, end, &to, &tn);
	if (!rest)
		return -EBADMSG;
	if (!dot_node(d, from, fn, &a) || !dot_node(d, to, tn, &b))
		return -ENOMEM;
	phony = quoted_text(rest, end, &label, &ln) && ln == 6 && !memcmp(label, " phony", 6);
	if (phony)
		return 0;
	if (d->edge_count == d->edge_capacity) {
		size_t capacity = d->edge_capacity ? d->edge_capacity * 2 : 256;
		struct dot_edge *edges = reallocarray(d->edges, capacity, sizeof(*edges));

		if (!edges)
			return -ENOMEM;
		d->edges = edges;
		d->edge_capacity = capacity;
	}
	d->edges[d->edge_count++] = (struct dot_edge){ a, b, memmem(rest, (size_t)(end - rest), "dotted", 6) != NULL };
	return 0;
}

static int dot_line(struct dot *d, const struct lines *l)
{
	const char *end = l->p + l->n, *name, *label, *rest;
	struct dot_node *node;
	size_t n, ln;
	uint32_t id;

	rest = quoted_text(l->p, end, &name, &n);
	if (!rest)
		return -EBADMSG;
	if (end - rest > 4 && !memcmp(rest, " -> ", 4))
		return dot_edge(d, name, n, rest + 4, end);
	if (!quoted_text(rest, end, &label, &ln))
		return -EBADMSG;
	node = dot_node(d, name, n, &id);
	if (!node)
		return -ENOMEM;
	node->label = label;
	node->n = ln;
	node->rule = memmem(rest, (size_t)(end - rest), "shape=ellipse", 13) != NULL;
	return 0;
}

static void dot_targets(struct dot *d, struct target_builder *b)
{
	size_t i;

	for (i = 0; i < d->edge_count; i++)
		if (d->nodes[d->edges[i].from].rule)
			d->nodes[d->edges[i].from].output = d->edges[i].to + 1;
	for (i = 0; i < d->edge_count; i++) {
		const struct dot_node *from = &d->nodes[d->edges[i].from], *to = &d->nodes[d->edges[i].to];

		if (to->rule) {
			if (!to->output || (to->n == 5 && !memcmp(to->label, "phony", 5)))
				continue;
			to = &d->nodes[to->output - 1];
		}
		if (!from->rule && from->label && to->label && !to->rule)
			add_input(b, to->label, to->n, from->label, from->n, d->edges[i].order_only);
	}
}

static int read_graph(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	CLEANUP(dot_release) struct dot d = { .arena = ARENA_INIT((size_t)4 << 30) };
	struct lines l = { .data = s->data, .size = s->size };
	bool closed = false;

	while (lines_next(&l)) {
		int r;

		closed = closed || (l.n == 1 && *l.p == '}');
		if (!l.n || *l.p != '"')
			continue;
		r = dot_line(&d, &l);
		if (r == -EBADMSG)
			return wrong(s, &l, err, "neither a node nor an edge");
		if (r < 0)
			return r;
	}
	if (!closed)
		return wrong(s, &l, err, "the graph ends in the middle");
	dot_targets(&d, b);
	return 0;
}

static bool probe_graph(const char *p, size_t n, bool whole)
{
	size_t at = reader_skip_space(p, n);

	(void)whole;
	return n - at > 13 && !memcmp(p + at, "digraph ninja", 13);
}

const struct targets_reader targets_ninja_graph = { "ninja -t graph", probe_graph, read_graph };

/* ---- query -------------------------------------------------------------------------------------------------- */

static bool indented(const struct lines *l, size_t by)
{
	size_t i;

	for (i = 0; i < l->n && l->p[i] == ' '; i++)
		;
	return l->n > by && i == by;
}

static int read_query(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	struct lines l = { .data = s->data, .size = s->size };
	const char *output = NULL;
	size_t on = 0;
	bool inputs = false;

	while (lines_next(&l)) {
		const char *p = l.n > 4 ? l.p + 4 : l.p;
		size_t n = l.n > 4 ? l.n - 4 : 0;

		if (!l.n)
			continue;
		if (indented(&l, 0) && l.p[l.n - 1] == ':') {
			output = l.p;
			on = l.n - 1;
			inputs = false;
		} else if (output && indented(&l, 2)) {
			inputs = l.n > 9 && !memcmp(l.p + 2, "input: ", 7) && !(l.n == 14 && !memcmp(l.p + 9, "phony", 5));
		} else if (output && indented(&l, 4)) {
			bool order = n > 3 && !memcmp(p, "|| ", 3), implicit = n > 2 && !memcmp(p, "| ", 2);

			p += order ? 3 : implicit ? 2 : 0;
			n -= order ? 3 : implicit ? 2 : 0;
			if (inputs)
				add_input(b, output, on, p, n, order);
		} else {
			return wrong(s, &l, err, "not a line of ninja -t query");
		}
	}
	return 0;
}

static bool probe_query(const char *p, size_t n, bool whole)
{
	struct lines l = { .data = p, .size = n };

	(void)whole;
	return lines_next(&l) && l.n > 1 && indented(&l, 0) && l.p[l.n - 1] == ':' && lines_next(&l) &&
	       ((l.n > 9 && !memcmp(l.p, "  input: ", 9)) || (l.n == 10 && !memcmp(l.p, "  outputs:", 10)));
}

const struct targets_reader targets_ninja_query = { "ninja -t query", probe_query, read_query };

/* ---- deps --------------------------------------------------------------------------------------------------- */

static const char *deps_mark(const struct lines *l)
{
	return l->n ? memmem(l->p, l->n, ": #deps ", 8) : NULL;
}

static uint64_t parse_count(const char *p, const char *end)
{
	uint64_t n = 0;

	for (; p < end && *p >= '0' && *p <= '9' && n < UINT32_MAX; p++)
		n = n * 10 + (uint64_t)(*p - '0');
	return n;
}

static int read_deps(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	struct lines l = { .data = s->data, .size = s->size };
	uint64_t left = 0;
	bool open = false;

	while (lines_next(&l)) {
		const char *mark = deps_mark(&l);

		if (mark) {
			if (left)
				return wrong(s, &l, err, "fewer headers than #deps says");
			(void)target_builder_object(b, l.p, (size_t)(mark - l.p));
			left = parse_count(mark + 8, l.p + l.n);
			open = !memmem(mark, (size_t)(l.p + l.n - mark), "(STALE)", 7);
		} else if (l.n > 4 && indented(&l, 4) && left) {
			left--;
			if (open)
				target_builder_header(b, l.p + 4, l.n - 4);
		} else if (l.n && !memmem(l.p, l.n, ": deps not found", 16)) {
			return wrong(s, &l, err, "not a line of ninja -t deps");
		}
	}
	return left ? wrong(s, &l, err, "fewer headers than #deps says") : 0;
}

static bool probe_deps(const char *p, size_t n, bool whole)
{
	struct lines l = { .data = p, .size = n };

	(void)whole;
	while (lines_next(&l)) {
		if (deps_mark(&l))
			return true;
		if (l.n && !memmem(l.p, l.n, ": deps not found", 16))
			return false;
	}
	return false;
}

const struct targets_reader targets_ninja_deps = { "ninja -t deps", probe_deps, read_deps };
