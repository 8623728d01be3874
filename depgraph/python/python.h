/* SPDX-License-Identifier: Apache-2.0 */
/*
 * python.h: a Python tree: what its entries import, and what they do not.
 *
 *	r = python_analyse(&options, &tree, &err);     found, parsed, resolved, marked
 *	... tree->modules, tree->dists, tree->files, tree->totals ...
 *	python_free(tree);
 *
 * A tree is a venv, an installation prefix, a directory of sources, one made by `pip install --target`,
 * or a wheelhouse (a directory of wheels, read in place).  No code of it is run: names of modules follow from
 * names of files, imports from sources parsed by an interpreter from outside of the tree
 * (interpreter.h), .pth files are read for directories only.
 *
 * Every regular file of the tree is counted once: totals.bytes is the sum over states.
 *
 * Immutable after python_analyse().
 */
#ifndef DEPGRAPH_PYTHON_PYTHON_H
#define DEPGRAPH_PYTHON_PYTHON_H

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/verb.h"
#include "depgraph/inputs/inputs.h"
#include "depgraph/model/graph.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PYTHON_NONE UINT32_MAX

/* From sure use to none. */
enum python_state {
	PYTHON_USED,     /* the entries import it */
	PYTHON_OBSERVED, /* no import statement reaches it, but a recorded run used it */
	PYTHON_MAYBE,    /* reached only by names in strings, plugins' entry points, walks of packages */
	PYTHON_UNUSED,   /* nothing that is reached names it */
	PYTHON_OTHER,    /* no module decides about it: files of no distribution, metadata of used ones */
	PYTHON_STATES
};
const char *python_state_name(enum python_state s); /* "used", "observed", "maybe", "unused", "other" */

enum python_role { PYTHON_SOURCE, PYTHON_BYTECODE, PYTHON_EXTENSION, PYTHON_LIBRARY, PYTHON_DATA, PYTHON_METADATA, PYTHON_WHEEL };

struct python_file {
	const char *path;        /* below the tree, bytes; of a wheel's member: "x.whl/a/b.py" */
	uint64_t size;           /* of a wheel's member: its share of the wheel, see `packed` */
	enum python_role role;
	enum python_state state;
	uint32_t module;         /* that it is, or whose data it is; PYTHON_NONE */
	uint32_t dist;           /* PYTHON_NONE: of no distribution */
	uint32_t root;           /* import root that it is below; PYTHON_NONE */
	uint32_t wheel;          /* of a member: the wheel's file; PYTHON_NONE */
	uint64_t runs;           /* recorded runs that opened it */
	struct content *content; /* of a wheel's member that is read; NULL: on disk */
	bool link;               /* a link to a file */
	bool needed;             /* a reached shared object needs this one */
	uint32_t *needs;         /* of a shared object: files that its DT_NEEDED name */
	uint32_t need_count;
};

struct python_import {
	const char *name;    /* absolute, as far as it is in the tree or known */
	uint32_t target;     /* module; PYTHON_NONE: not in the tree */
	uint32_t line;
	uint8_t flags;       /* PYTHON_TYPING... */
	bool maybe;          /* not a statement: a string, plugin, walk */
	const char *form;    /* "import", "import in a function", "named in a string"... */
};
enum { PYTHON_TYPING = 1, PYTHON_OPTIONAL = 2, PYTHON_LAZY = 4, PYTHON_CALL = 8, PYTHON_CONDITION = 16 };

struct python_module {
	const char *name;
	uint32_t parent;     /* package; PYTHON_NONE */
	uint32_t file;       /* what an import would load; PYTHON_NONE: a namespace package */
	uint32_t dist;
	bool package, standard; /* part of the standard library, when the tree holds one */
	enum python_state state;
	uint64_t bytes;      /* its files, data of its own included */
	uint64_t data_bytes; /* of these, data */
	uint64_t runs;       /* recorded runs that loaded it */
	uint32_t via;        /* the module that imports it, on a shortest chain from an entry; PYTHON_NONE */
	const char *via_form;
	struct python_import *imports;
	uint32_t import_count, import_capacity;
	uint32_t top;        /* the outermost package around it in the same state, or itself */
	uint64_t top_bytes;  /* of that one: all bytes below it in that state */
	uint32_t top_count;  /* and modules */
	bool imported_by_unused; /* unused, and an unused module imports it */
	const char *broken;  /* why it could not be parsed; NULL */
	/* Of the scan, before it is resolved: */
	struct python_scan *scan;
};

struct python_entry_point {
	const char *group, *name, *module;
};

struct python_dist {
	const char *name, *version; /* as its metadata has them; version may be "" */
	const char *directory;      /* of its metadata, below the tree */
	uint32_t root;
	const char **requires;      /* [0] is its own normalised name; [1] to [require_count] what it requires, without extras */
	uint32_t require_count;
	struct python_entry_point *points;
	uint32_t point_count;
	bool has_record, editable;
	enum python_state state;    /* the best of its modules and libraries */
	uint32_t modules, used_modules;
	uint64_t bytes[PYTHON_STATES], total, data_bytes;
	uint64_t runs;
	uint32_t required_by;       /* a used distribution that declares it; PYTHON_NONE */
};

struct python_risk {
	const char *where; /* module or distribution */
	const char *text;
};

struct python_options {
	const char *tree;
	const struct string_list *entries;  /* modules, module:object, or scripts; may be NULL */
	const struct string_list *profiles; /* files; may be NULL */
	const struct string_list *paths;    /* more directories to import from, below the tree or not; may be NULL */
	const char *recorded_at;            /* where the tree was when it was recorded; NULL: where it is */
	const char *interpreter;            /* NULL: the tree's own, if it lies outside, else python3 */
	unsigned jobs;                      /* 0: all CPUs */
};

struct python_tree {
	const char *path, *real;
	struct python_file *files;
	uint32_t file_count, file_capacity;
	struct python_module *modules;
	uint32_t module_count, module_capacity;
	struct python_dist *dists;
	uint32_t dist_count, dist_capacity;
	struct python_risk *risks;
	uint32_t risk_count, risk_capacity;
	const char **notes;
	uint32_t note_count, note_capacity;
	const char **missing;       /* imported by used modules, not in the tree and not standard */
	uint32_t missing_count, missing_capacity;
	uint64_t bytes, by_state[PYTHON_STATES];
	uint64_t unseen_bytes;      /* imported by statements, but loaded in no recorded run */
	uint64_t runs;              /* recorded */
	const char *interpreter, *version;
	bool wheelhouse;
	struct python_private *priv;
	struct arena arena;
};

/* -ENOENT: an entry is not in the tree (err names it, and the nearest). */
int python_analyse(const struct python_options *o, struct python_tree **ret, struct error *err);
void python_free(struct python_tree *t);
DEFINE_CLEANUP(struct python_tree *, python_free)

/* Nodes, edges and roots of every tree among the inputs; nothing when there is none. */
int python_graph(const struct inputs *in, const struct string_list *entries, struct graph *g, struct error *err);

/* Reports. `which`: NULL, or a part of a distribution's or module's name. */
struct python_report {
	const struct python_tree *tree;
	const struct string_list *entries;
	unsigned verbosity;
	size_t max; /* lines of a list */
};
int python_report_terminal(FILE *f, const struct python_report *r);
int python_report_json(FILE *f, const struct python_report *r);
int python_report_csv(FILE *f, const struct python_report *r);

#endif
