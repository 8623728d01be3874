/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The graph of lint_rules.h: where varying values come from and where they go.
 *
 * Readers only add to it.  It is solved backwards: a sink tells its node which
 * classes it minds, the node tells those from which values flow into it, and so
 * on; a node passes on only classes that it lets through (a sort stops order, and
 * nothing else).  A node is put on the list again only when its set grew, so
 * at most CLASSES times, and each edge is walked as often: linear.  With each class
 * a node remembers through which sink it was reached, for the report.
 *
 * Variables of one name are one node, whatever the scope and order of assignments.
 */
#include "reprocheck/lint/rules.h"

#include "base/buffer.h"

#include <errno.h>
#include <string.h>

#define NO_EDGE UINT32_MAX
#define BUCKETS 4096

struct vertex {
	uint32_t edges;         /* first of those that come in */
	uint16_t passes, wants; /* sets of classes */
	uint16_t direct;        /* what sinks at this very node want */
	bool assigned, queued;
	uint8_t sink[CLASSES];     /* enum sink_kind by which the class was wanted */
	uint64_t sink_at[CLASSES]; /* the statement of that sink */
};

struct edge {
	node from;
	uint32_t next;
};

struct variable {
	const char *name;
	size_t len;
	char space;
	node node;
	struct variable *next;
};

struct finding_place {
	uint64_t at, len, statement;
	enum lint_rule_id rule;
	node node;        /* counts when this wants the rule's class; 0: in any case */
	node environment; /* counts only when this is assigned nowhere */
	const char *fix;
};

struct flow_graph {
	struct vertex *vertices; /* [0] is unused */
	uint32_t vertex_count, vertex_cap;
	struct edge *edges;
	uint32_t edge_count, edge_cap;
	struct finding_place *found;
	uint32_t found_count, found_cap;
	struct variable *buckets[BUCKETS];
};

const struct lint_rule lint_rule_table[RULES] = {
#define RULE(symbol, ...) [RULE_##symbol] = { __VA_ARGS__ },
#include "reprocheck/lint/rules.def"
#undef RULE
};

static const uint16_t minds[SINKS] = {
	[SINK_WRITE] = CLASS_ALL & ~(CLASS_BIT(CLASS_PATH) | CLASS_BIT(CLASS_TMPNAME) | CLASS_BIT(CLASS_PID)),
	[SINK_SOURCE] = CLASS_ALL,
	[SINK_DEFINE] = CLASS_VALUES,
	[SINK_PARAMETER] = CLASS_BIT(CLASS_TIME) | CLASS_BIT(CLASS_RANDOM) | CLASS_BIT(CLASS_HOST) |
			   CLASS_BIT(CLASS_KERNEL) | CLASS_BIT(CLASS_REVISION),
	[SINK_CONFIGURE] = CLASS_BIT(CLASS_TIME) | CLASS_BIT(CLASS_RANDOM) | CLASS_BIT(CLASS_HOST) |
			   CLASS_BIT(CLASS_USER) | CLASS_BIT(CLASS_KERNEL) | CLASS_BIT(CLASS_REVISION),
	[SINK_RPATH] = CLASS_BIT(CLASS_PATH) | CLASS_BIT(CLASS_TMPNAME),
	[SINK_LINK] = CLASS_BIT(CLASS_ORDER),
	[SINK_MEMBERS] = CLASS_BIT(CLASS_ORDER),
	[SINK_ENTRIES] = CLASS_BIT(CLASS_ORDER),
	[SINK_JOIN] = CLASS_BIT(CLASS_ORDER),
};

static const char *const sink_text[SINKS] = {
	[SINK_WRITE] = "written to a file",
	[SINK_SOURCE] = "written to a source file",
	[SINK_DEFINE] = "compiled in",
	[SINK_PARAMETER] = "passed to another build step",
	[SINK_CONFIGURE] = "put into a file by configure_file()",
	[SINK_RPATH] = "in RUNPATH",
	[SINK_LINK] = "as the order of linking",
	[SINK_MEMBERS] = "as the order of the members",
	[SINK_ENTRIES] = "as the order of the entries",
	[SINK_JOIN] = "as the order of the content",
};

/* Room for one more in a growing array of the arena; false: at the cap, or no memory. */
static bool make_room(struct lint *l, void **items, size_t size, uint32_t count, uint32_t *cap, uint32_t max)
{
	uint32_t grown = *cap ? *cap * 2 : 64;
	void *p;

	if (count < *cap)
		return true;
	if (count >= max || l->error)
		return false;
	p = arena_array(&l->arena, grown, size);
	if (!p) {
		l->error = -ENOMEM;
		return false;
	}
	if (*items)
		memcpy(p, *items, count * size);
	*items = p;
	*cap = grown;
	return true;
}

int flow_init(struct lint *l)
{
	l->graph = arena_alloc(&l->arena, sizeof(*l->graph));
	if (!l->graph)
		return -ENOMEM;
	l->graph->vertex_count = 1;
	return 0;
}

node flow_new(struct lint *l, unsigned passes)
{
	struct flow_graph *g = l->graph;
	void *items = g->vertices;
	uint32_t count = g->vertex_count;

	if (!make_room(l, &items, sizeof(*g->vertices), count, &g->vertex_cap, LINT_NODES_MAX))
		return 0;
	g->vertices = items;
	memset(&g->vertices[count], 0, sizeof(g->vertices[count]));
	g->vertices[count].edges = NO_EDGE;
	g->vertices[count].passes = (uint16_t)passes;
	g->vertex_count++;
	return count;
}

void flow(struct lint *l, node from, node to)
{
	struct flow_graph *g = l->graph;
	void *items = g->edges;

	if (!from || !to || from == to)
		return;
	if (!make_room(l, &items, sizeof(*g->edges), g->edge_count, &g->edge_cap, LINT_EDGES_MAX))
		return;
	g->edges = items;
	g->edges[g->edge_count] = (struct edge){ from, g->vertices[to].edges };
	g->vertices[to].edges = g->edge_count++;
}

node flow_both(struct lint *l, node a, node b)
{
	node both;

	if (!a || !b || a == b)
		return a ? a : b;
	both = flow_new(l, CLASS_ALL);
	flow(l, a, both);
	flow(l, b, both);
	return both;
}

static uint32_t hash_name(char space, const char *name, size_t n)
{
	uint32_t h = 2166136261u ^ (uint8_t)space;
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ (uint8_t)name[i]) * 16777619u;
	return h;
}

node flow_variable(struct lint *l, char space, const char *name, size_t n)
{
	struct variable **bucket = &l->graph->buckets[hash_name(space, name, n) % BUCKETS], *v;

	if (n == 0 || n > LINT_NAME_MAX)
		return 0;
	for (v = *bucket; v; v = v->next)
		if (v->space == space && v->len == n && !memcmp(v->name, name, n))
			return v->node;
	v = arena_alloc(&l->arena, sizeof(*v));
	if (!v)
		return 0;
	*v = (struct variable){ arena_strndup(&l->arena, name, n), n, space, flow_new(l, CLASS_ALL),
				*bucket };
	if (!v->name || !v->node)
		return 0;
	*bucket = v;
	return v->node;
}

void flow_assigned(struct lint *l, node variable)
{
	if (variable)
		l->graph->vertices[variable].assigned = true;
}

void flow_passes(struct lint *l, node n, unsigned passes)
{
	if (n)
		l->graph->vertices[n].passes &= (uint16_t)passes;
}

/* Where order reaches both, linking is said rather than a list of files. */
static bool is_weak(enum sink_kind kind)
{
	return kind == SINK_JOIN || kind == SINK_WRITE || kind == SINK_SOURCE;
}

static void set_sink(struct vertex *v, unsigned cls, uint8_t kind, uint64_t at)
{
	v->sink[cls] = kind;
	v->sink_at[cls] = at;
}

void flow_sink(struct lint *l, node n, enum sink_kind kind)
{
	struct vertex *v;
	unsigned i;

	if (!n)
		return;
	v = &l->graph->vertices[n];
	for (i = 0; i < CLASSES; i++)
		if ((minds[kind] & CLASS_BIT(i)) &&
		    (!(v->direct & CLASS_BIT(i)) || (is_weak(v->sink[i]) && !is_weak(kind))))
			set_sink(v, i, (uint8_t)kind, l->statement);
	v->direct |= minds[kind];
}

static struct finding_place *add_found(struct lint *l, enum lint_rule_id rule, uint64_t at, uint64_t len)
{
	struct flow_graph *g = l->graph;
	void *items = g->found;

	if (!make_room(l, &items, sizeof(*g->found), g->found_count, &g->found_cap, LINT_FOUND_MAX))
		return NULL;
	g->found = items;
	g->found[g->found_count] =
		(struct finding_place){ .at = at, .len = len, .statement = l->statement, .rule = rule };
	return &g->found[g->found_count++];
}

void flow_found_unless(struct lint *l, enum lint_rule_id rule, uint64_t at, uint64_t len, const char *fix,
		       node variable)
{
	struct finding_place *f = add_found(l, rule, at, len);

	if (f) {
		f->fix = fix;
		f->environment = variable;
	}
}

void flow_found(struct lint *l, enum lint_rule_id rule, uint64_t at, uint64_t len, const char *fix)
{
	flow_found_unless(l, rule, at, len, fix, 0);
}

node flow_source(struct lint *l, enum lint_rule_id rule, uint64_t at, uint64_t len)
{
	node n = flow_new(l, CLASS_ALL);
	struct finding_place *f = n ? add_found(l, rule, at, len) : NULL;

	if (f)
		f->node = n;
	return n;
}

node flow_environment(struct lint *l, enum lint_rule_id rule, node variable, uint64_t at, uint64_t len)
{
	node n = flow_source(l, rule, at, len);

	if (n && l->graph->found_count)
		l->graph->found[l->graph->found_count - 1].environment = variable;
	return n;
}

/* ---- solving ---- */

/* What `to` wants and `from` lets through and did not want yet. */
static bool pass_back(struct vertex *from, const struct vertex *to)
{
	uint16_t fresh = (uint16_t)(to->wants & to->passes & from->passes & ~from->wants);
	unsigned i;

	for (i = 0; i < CLASSES; i++)
		if (fresh & CLASS_BIT(i))
			set_sink(from, i, to->sink[i], to->sink_at[i]);
	from->wants |= fresh;
	return fresh != 0;
}

/* What the sinks at a node want in this round: weak ones of order wait for the second. */
static bool start_vertex(struct vertex *v, bool first_round)
{
	uint16_t wants = v->direct;

	if (first_round && is_weak(v->sink[CLASS_ORDER]))
		wants &= (uint16_t)~CLASS_BIT(CLASS_ORDER);
	wants &= (uint16_t)~v->wants;
	v->wants |= wants;
	return wants != 0;
}

static void solve_round(struct flow_graph *g, uint32_t *list, bool first_round)
{
	uint32_t i, e, count = 0;

	for (i = 1; i < g->vertex_count; i++) {
		if (start_vertex(&g->vertices[i], first_round)) {
			g->vertices[i].queued = true;
			list[count++] = i;
		}
	}
	while (count) {
		struct vertex *to = &g->vertices[list[--count]];

		to->queued = false;
		for (e = to->edges; e != NO_EDGE; e = g->edges[e].next) {
			struct vertex *from = &g->vertices[g->edges[e].from];

			if (pass_back(from, to) && !from->queued) {
				from->queued = true;
				list[count++] = g->edges[e].from;
			}
		}
	}
}

static int solve(struct lint *l)
{
	struct flow_graph *g = l->graph;
	uint32_t *list = arena_array(&l->arena, g->vertex_count, sizeof(*list));

	if (!list)
		return -ENOMEM;
	solve_round(g, list, true);
	solve_round(g, list, false);
	return 0;
}

/* ---- comments that silence: "reprocheck: ignore", "reprocheck: ignore[id, id]" ---- */

#define MARK "reprocheck: ignore"

struct silence {
	uint64_t line;
	const char *ids; /* behind '['; NULL: all */
	size_t len;
};
struct silences {
	struct silence *items;
	uint32_t count, cap;
};

static void add_silence(struct lint *l, struct silences *s, uint64_t line, const char *p, const char *end)
{
	void *items = s->items;
	struct silence *mark;

	if (!make_room(l, &items, sizeof(*s->items), s->count, &s->cap, LINT_FOUND_MAX))
		return;
	s->items = items;
	mark = &s->items[s->count++];
	*mark = (struct silence){ .line = line };
	if (p < end && *p == '[') {
		size_t left = (size_t)(end - p) - 1;

		mark->ids = p + 1;
		mark->len = strcspn(arena_strndup(&l->arena, p + 1, left < 256 ? left : 256) ?: "]", "]\n");
	}
}

static uint64_t count_lines(const char *p, const char *end)
{
	uint64_t n = 0;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		n++;
		p++;
	}
	return n;
}

static void find_silences(struct lint *l, struct silences *s)
{
	const char *p = l->text, *end = l->text + l->size, *hit;
	uint64_t line = 1;

	while ((hit = memmem(p, (size_t)(end - p), MARK, strlen(MARK)))) {
		line += count_lines(p, hit);
		p = hit + strlen(MARK);
		add_silence(l, s, line, p, end);
	}
}

/* Whether the list holds the id as a whole word. */
static bool names_id(const struct silence *s, const char *id)
{
	size_t n = strlen(id), i = 0, word;

	while (i < s->len) {
		for (; i < s->len && strchr(" ,\t", s->ids[i]); i++)
			;
		for (word = i; i < s->len && !strchr(" ,\t", s->ids[i]); i++)
			;
		if (i - word == n && !memcmp(s->ids + word, id, n))
			return true;
	}
	return false;
}

static bool silenced(const struct silences *s, uint64_t first, uint64_t last, const struct problem *p)
{
	uint32_t lo = 0, hi = s->count;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->items[mid].line < first)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < s->count && s->items[lo].line <= last; lo++)
		if (!s->items[lo].ids || names_id(&s->items[lo], p->rule) ||
		    names_id(&s->items[lo], p->cause->id))
			return true;
	return false;
}

/* ---- reporting ---- */

static int by_place(const void *a, const void *b)
{
	const struct finding_place *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->rule > y->rule) - (x->rule < y->rule);
}

static enum sink_kind sink_of(const struct lint *l, const struct finding_place *f)
{
	enum value_class cls = lint_rule_table[f->rule].cls;

	if (cls == CLASS_NONE || !f->node || !(l->graph->vertices[f->node].wants & CLASS_BIT(cls)))
		return SINK_NONE;
	return (enum sink_kind)l->graph->vertices[f->node].sink[cls];
}

static bool counts(const struct lint *l, const struct finding_place *f)
{
	const struct lint_rule *rule = &lint_rule_table[f->rule];

	if (rule->epoch && l->epoch)
		return false;
	if (f->environment && l->graph->vertices[f->environment].assigned)
		return false;
	return rule->cls == CLASS_NONE || sink_of(l, f) != SINK_NONE;
}

static const char *cause_id(const struct lint_rule *rule, enum sink_kind sink)
{
	if (sink == SINK_RPATH)
		return "runpath";
	if (rule->cls == CLASS_ORDER && sink == SINK_MEMBERS)
		return CAUSE_MEMBER_ORDER;
	if (rule->cls == CLASS_ORDER && sink == SINK_ENTRIES)
		return CAUSE_ENTRY_ORDER;
	if (rule->cls == CLASS_ORDER && sink != SINK_LINK)
		return CAUSE_LINE_ORDER;
	return rule->cause;
}

/* Line numbers at every STRIDE bytes, so that a question costs at most that. */
#define STRIDE 65536
struct line_index {
	uint64_t *lines;
	uint64_t count;
};

static int index_lines(struct lint *l, struct line_index *x)
{
	uint64_t i, at, end;

	x->count = l->size / STRIDE + 1;
	x->lines = arena_array(&l->arena, x->count + 1, sizeof(*x->lines));
	if (!x->lines)
		return -ENOMEM;
	x->lines[0] = 1;
	for (i = 0; i < x->count; i++) {
		at = i * STRIDE;
		end = at + STRIDE < l->size ? at + STRIDE : l->size;
		x->lines[i + 1] = x->lines[i] + count_lines(l->text + at, l->text + end);
	}
	return 0;
}

static uint64_t line_of(const struct lint *l, const struct line_index *x, uint64_t at)
{
	uint64_t stride = at / STRIDE;

	return x->lines[stride] + count_lines(l->text + stride * STRIDE, l->text + at);
}

/* Not counted beyond COLUMN_MAX. */
#define COLUMN_MAX 1000000
static uint64_t column_of(const struct lint *l, uint64_t at)
{
	uint64_t window = at < COLUMN_MAX ? at : COLUMN_MAX;
	const char *begin = l->text + at - window, *newline = memrchr(begin, '\n', window);

	return newline ? at - (uint64_t)(newline - l->text) : window + 1;
}

#define SHOWN_MAX 100

/* "the time of the build, compiled in by line 12" */
static void describe(const struct lint *l, const struct line_index *x, const struct finding_place *f,
		     struct buffer *out)
{
	const struct lint_rule *rule = &lint_rule_table[f->rule];
	enum sink_kind kind = sink_of(l, f);
	uint64_t at, line;

	(void)buffer_printf(out, "%s", rule->detail);
	if (kind == SINK_NONE)
		return;
	at = l->graph->vertices[f->node].sink_at[rule->cls];
	line = line_of(l, x, at < l->size ? at : l->size);
	(void)buffer_printf(out, ", %s", sink_text[kind]);
	if (line != line_of(l, x, f->statement))
		(void)buffer_printf(out, " (line %llu)", (unsigned long long)line);
}

static int report_one(struct lint *l, const struct finding_place *f, const struct line_index *x,
		      const struct silences *silences, problem_sink sink, void *ctx)
{
	const struct lint_rule *rule = &lint_rule_table[f->rule];
	enum sink_kind kind = sink_of(l, f);
	struct buffer shown = BUFFER_INIT(8 * SHOWN_MAX), detail = BUFFER_INIT(1024);
	uint64_t len = f->len < l->size - f->at ? f->len : l->size - f->at, first;
	struct problem p = { .file = l->name, .offset = f->at, .rule = rule->id };
	int r = 0;

	p.line = (unsigned)line_of(l, x, f->at);
	p.column = (unsigned)column_of(l, f->at);
	p.fix = f->fix ?: kind == SINK_RPATH ? "-Wl,-rpath,'$ORIGIN/../lib'" : rule->fix;
	p.cause = cause_find(cause_id(rule, kind));
	first = f->statement <= f->at ? line_of(l, x, f->statement) : p.line;
	(void)buffer_quote(&shown, l->text + f->at, len, SHOWN_MAX);
	describe(l, x, f, &detail);
	p.text = buffer_str(&shown);
	p.detail = buffer_str(&detail);
	if (p.cause && !silenced(silences, first - 1, p.line, &p))
		r = sink(ctx, &p);
	buffer_release(&shown);
	buffer_release(&detail);
	return r;
}

/* What was read twice, or stands twice on a line, is said once; and so is one listing after the other in one assignment. */
static bool is_repeated(const char *text, const struct finding_place *before, const struct finding_place *f)
{
	if (before->rule == RULE_MARCH_NATIVE && f->rule == RULE_MTUNE_NATIVE &&
	    before->statement == f->statement)
		return true; /* -march=native -mtune=native */
	if (before->rule == f->rule && f->at - before->at < 4096 &&
	    !memchr(text + before->at, '\n', f->at - before->at))
		return true;
	return by_place(before, f) == 0 || (before->rule == f->rule && before->statement == f->statement &&
					    lint_rule_table[f->rule].cls == CLASS_ORDER);
}

int flow_report(struct lint *l, problem_sink sink, void *ctx)
{
	struct flow_graph *g = l->graph;
	struct line_index lines = { 0 };
	struct silences silences = { 0 };
	uint32_t i, last = UINT32_MAX;
	int r = solve(l);

	if (r < 0 || l->error)
		return r < 0 ? r : l->error;
	r = index_lines(l, &lines);
	if (r < 0)
		return r;
	find_silences(l, &silences);
	if (g->found_count)
		qsort(g->found, g->found_count, sizeof(*g->found), by_place);
	for (i = 0; i < g->found_count && r == 0; i++) {
		const struct finding_place *f = &g->found[i];

		if (f->at >= l->size || !counts(l, f) ||
		    (last != UINT32_MAX && is_repeated(l->text, &g->found[last], f)))
			continue;
		r = report_one(l, f, &lines, &silences, sink, ctx);
		last = i;
	}
	return r;
}
