/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lint_rules.h: what the readers of build rules share. Only lint_*.c includes it.
 *
 * A call of `date` is no fault; a date that reaches an output is.  So readers do
 * not match lines.  Each tokenises its language and tells three things about it:
 *
 *	sources   a value that another build will not have comes in here:
 *	          flow_source(l, RULE_DATE, at, len) gives its node
 *	flows     flow(l, from, to): the value goes into this variable, this word,
 *	          the output of this command
 *	sinks     flow_sink(l, node, SINK_WRITE): what arrives here becomes part of an output
 *
 * After the last line the graph is solved once, and a source is reported when a
 * sink that its class may not reach is reachable from it.  `start=$(date +%s)`
 * that only ever meets a subtraction and a message has no such sink.
 *
 * Other rules need no flow: `gzip FILE` without -n is wrong where it stands.
 * Those are flow_found(l, RULE_GZIP_NAME, ...).
 *
 * Nodes are small numbers; 0 is "nothing that varies", to which and from which flows
 * are ignored.  All memory is bounded by the caps below; beyond them things are
 * missed, never wrong.  Time is linear in the file: each node is revisited at
 * most once for each class.
 */
#ifndef REPROCHECK_LINT_RULES_H
#define REPROCHECK_LINT_RULES_H

#include "base/arena.h"
#include "reprocheck/lint/lint.h"

#include <stddef.h>

/* What varies. */
enum value_class {
	CLASS_TIME,
	CLASS_RANDOM,
	CLASS_TMPNAME,
	CLASS_HOST,
	CLASS_USER,
	CLASS_KERNEL,
	CLASS_CPU,
	CLASS_PATH,
	CLASS_REVISION,
	CLASS_PID,
	CLASS_ORDER,
	CLASSES,
	CLASS_NONE = CLASSES, /* a rule that needs no flow */
};
#define CLASS_BIT(c) (1u << (c))
#define CLASS_ALL    (CLASS_BIT(CLASSES) - 1)
#define CLASS_VALUES (CLASS_ALL & ~CLASS_BIT(CLASS_ORDER)) /* what a sort does not cure */

enum sink_kind {
	SINK_NONE,
	SINK_WRITE, /* content of a generated file */
	SINK_SOURCE, /* the same, of a source that will be compiled: names and paths of the build count there */
	SINK_DEFINE,    /* -DNAME=..., -ldflags -X: compiled in */
	SINK_PARAMETER, /* cmake -D, make VAR=, docker --build-arg: another build's setting */
	SINK_CONFIGURE, /* any variable in scope, for a file that configure_file() makes */
	SINK_RPATH,
	SINK_LINK,    /* inputs of a linker, in this order */
	SINK_MEMBERS, /* of ar */
	SINK_ENTRIES, /* of tar, zip, cpio */
	SINK_JOIN,    /* files put together, one after the other */
	SINKS,
};

enum lint_rule_id {
#define RULE(symbol, ...) RULE_##symbol,
#include "reprocheck/lint/rules.def"
#undef RULE
	RULES,
};

struct lint_rule {
	const char *id, *cause;
	enum value_class cls;
	bool epoch;         /* a file that knows SOURCE_DATE_EPOCH has taken care of it */
	const char *detail; /* what it means */
	const char *fix;
};
extern const struct lint_rule lint_rule_table[RULES];

typedef uint32_t node; /* 0: nothing that varies */

struct flow_graph; /* lint_flow.c */
struct lint {
	const char *name;
	const char *text; /* the file, or as much of it as is read */
	uint64_t size;
	enum lint_kind kind;
	bool epoch;            /* SOURCE_DATE_EPOCH is mentioned */
	bool touches;          /* touch is called: times of files may be taken care of */
	bool deterministic_ar; /* an ar with D was read */
	int error;             /* -ENOMEM, sticky */
	uint64_t statement;    /* where the logical line begins that is being read */
	uint64_t work;         /* of readers whose time could be more than linear */
	struct arena arena;
	struct arena scratch; /* words: given back after each statement */
	struct flow_graph *graph;
};

#define LINT_NODES_MAX   200000
#define LINT_EDGES_MAX   400000
#define LINT_FOUND_MAX   5000
#define LINT_ARENA_MAX   (UINT64_C(256) << 20)
#define LINT_FILE_MAX    (UINT64_C(32) << 20) /* of scripts; a longer one is read this far */
#define LINT_PIECE_MAX   (UINT64_C(1) << 20)  /* of one recipe or string */
#define LINT_DEPTH_MAX   40                   /* $( inside $( */
#define LINT_WORD_MAX    2048                 /* bytes of a word that are looked at */
#define LINT_WORDS_MAX   4096                 /* of a command */
#define LINT_REFS_MAX    64                   /* in a word */
#define LINT_NAME_MAX    128                  /* of a variable */
#define LINT_WORK_MAX    200000000
#define LINT_SCRATCH_MAX (UINT64_C(64) << 20) /* words of one statement */

/* ---- the graph (lint_flow.c) ---- */

int flow_init(struct lint *l);
/* A value comes in at [at, at + len). */
node flow_source(struct lint *l, enum lint_rule_id rule, uint64_t at, uint64_t len);
/* The variable of that name; `space` keeps make's, the shell's and targets' apart. */
node flow_variable(struct lint *l, char space, const char *name, size_t n);
/* Marks a variable as set here, so that it is not the environment's; and whether any is. */
void flow_assigned(struct lint *l, node variable);
/* A source that counts only when `variable` is nowhere assigned: $USER. */
node flow_environment(struct lint *l, enum lint_rule_id rule, node variable, uint64_t at, uint64_t len);
node flow_new(struct lint *l, unsigned passes);            /* a node that lets only these classes through */
void flow_passes(struct lint *l, node n, unsigned passes); /* from now on it lets only these through */
void flow(struct lint *l, node from, node to);
node flow_both(struct lint *l, node a, node b); /* one node that both reach */
void flow_sink(struct lint *l, node n, enum sink_kind kind);
/* What stands here is wrong whatever happens to it. `fix` NULL: the rule's. */
void flow_found(struct lint *l, enum lint_rule_id rule, uint64_t at, uint64_t len, const char *fix);
/* The same, if the variable is assigned nowhere. */
void flow_found_unless(struct lint *l, enum lint_rule_id rule, uint64_t at, uint64_t len, const char *fix,
		       node variable);
/* Solves, and gives what was found to the sink in the order of the file. */
int flow_report(struct lint *l, problem_sink sink, void *ctx);

/* ---- words: text in which what was expanded is left as ${NAME} or $(), and what flows into it ---- */

struct reference_in_word {
	uint32_t at; /* in the word's text */
	node from;
};
struct word {
	char *text; /* NUL-terminated, bounded by LINT_WORD_MAX */
	uint32_t len, cap;
	struct reference_in_word *refs;
	uint32_t ref_count, ref_cap;
	uint64_t offset, end; /* in the file */
	bool quoted;          /* began with a quote */
	bool raw; /* not one argument, but text of several with their quotes: a make variable's value */
};
void word_put(struct lint *l, struct word *w, const char *p, size_t n);
void word_ref(struct lint *l, struct word *w, node from, const char *placeholder, size_t n);
node word_node(struct lint *l, const struct word *w);                 /* all that flows into it */
node word_node_from(struct lint *l, const struct word *w, size_t at); /* the same of text[at..] */
bool word_is(const struct word *w, const char *s);
bool word_begins(const struct word *w, const char *s);
/* Sinks inside words: -DNAME=$(x), -Wl,-rpath,$(x), -ldflags "-X a=$(x)". `kind`: SINK_DEFINE, or SINK_PARAMETER. */
void word_options(struct lint *l, const struct word *w, enum sink_kind kind);
/* Flags that are wrong by themselves: -march=native, --build-id=uuid. `base`: where text[0] stands. */
void word_flags(struct lint *l, const struct word *w);

/* ---- shell (lint_rules_shell.c): text in which offsets may be mapped ---- */

enum dialect { DIALECT_SHELL, DIALECT_MAKE /* also Bazel's cmd: $$ is the shell's $ */, DIALECT_NINJA };
struct piece {
	const char *p;
	size_t n;
	uint64_t base;       /* offset of p[0] in the file, when map is NULL */
	const uint32_t *map; /* offset of each byte relative to base, when it was rewritten */
	enum dialect dialect;
	node stdin_node;
	node target;             /* make: what $^ is */
	char space;              /* of shell variables: 's', or one of its own for each recipe line */
	const char *target_name; /* make: $@; NULL */
	size_t target_len;
	bool build_step; /* makes a file that other rules use: a network access here is one of the build */
};
/* Reads commands; what they print on standard output flows to the node that is returned. */
node shell_read(struct lint *l, const struct piece *p, unsigned depth);
static inline uint64_t piece_offset(const struct piece *p, size_t i)
{
	if (p->map)
		return p->base + (p->n ? p->map[i < p->n ? i : p->n - 1] : 0);
	return p->base + i;
}

/* A $ in make's text at p[*i]: moves behind it, and gives what it expands to. */
node make_reference(struct lint *l, const struct piece *p, size_t *i, struct word *w, unsigned depth);

/* ---- commands (lint_rules_commands.c) ---- */

struct command {
	struct word *words; /* the program and its arguments */
	size_t count;
	struct word *output; /* > FILE; NULL */
	bool output_hidden;  /* > /dev/null, >&2: goes to nobody */
	node input;          /* what stands on standard input: a pipe's, a here-document's */
	bool has_input;      /* < FILE, <<, a pipe */
	bool piped;          /* standard output goes into `next` */
	const struct command *next;
	const struct piece *piece;
	uint64_t offset, end;
};
/* The rules for one command. Returns what of interest it prints. */
node command_rules(struct lint *l, const struct command *c);
/* "${CROSS}ar", "/usr/bin/ar", "${AR}" -> "ar". Writes at most cap bytes. */
void command_name(const struct word *w, char *out, size_t cap);
/* A file that a build keeps, as far as its name tells: not /dev/null, a log, a lock. */
bool output_counts(const struct word *w);
void output_sink(struct lint *l, const struct word *file, node n, bool source);
bool is_source_name(const char *s); /* "version.h" */
/* Whether the words of a command look like a line of a source: "#define ...". */
bool writes_source(const struct command *c);

/* ---- readers, one a language ---- */

int read_make(struct lint *l);
int read_shell(struct lint *l);
int read_cmake(struct lint *l);
int read_python(struct lint *l);
int read_bazel(struct lint *l); /* and Buck's */
int read_c(struct lint *l);
int read_dockerfile(struct lint *l);
int read_ninja(struct lint *l);

#endif
