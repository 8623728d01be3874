/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inputs.h: whatever the user has of a program, recognised by content.
 *
 * Every verb takes any subset: the linked file, its map, objects, archives,
 * libraries, build graphs, recorded profiles, Python trees.  An input is opened once; its digest is
 * taken only when a plan records it.
 *
 *	struct inputs in = INPUTS_INIT;
 *	r = inputs_add(&in, "build/app", &err);          by content
 *	r = inputs_add_as(&in, INPUT_MAP, "app.map", &err);
 *	r = inputs_resolve(&in, &err);                   what the map names and the user did not give, where it is there
 *	inputs_release(&in);
 *
 * Names that a map or link line holds are relative to the directory of the link: the
 * current directory, the map's own, or --directory, whichever has them.
 */
#ifndef DEPGRAPH_INPUTS_INPUTS_H
#define DEPGRAPH_INPUTS_INPUTS_H

#include "analyzers/elf_file.h"
#include "analyzers/linkmap.h"
#include "base/content.h"
#include "base/digest.h"

#include <stdbool.h>
#include <stddef.h>

enum input_kind {
	INPUT_PROGRAM,     /* linked: ET_EXEC, or ET_DYN with an interpreter or DF_1_PIE */
	INPUT_SHARED,      /* ET_DYN */
	INPUT_OBJECT,      /* ET_REL */
	INPUT_ARCHIVE,     /* static library */
	INPUT_MAP,
	INPUT_GPU,         /* bare cubin, fatbin, bundle */
	INPUT_BUILD_GRAPH, /* targets/ says which */
	INPUT_PROFILE,     /* depgraph record */
	INPUT_TREE,        /* a directory: Python tree, venv, wheelhouse */
	INPUT_BITCODE,     /* LLVM bitcode object: opaque */
	INPUT_SCRIPT,      /* linker script as a library (libc.so): its GROUP is followed */
	INPUT_OTHER,
};
const char *input_kind_name(enum input_kind k);

struct input {
	const char *path;        /* as given, or as found */
	const char *link_name;   /* as the map or link line names it; path otherwise */
	enum input_kind kind;
	bool given;              /* by the user; false: found through another input */
	struct content *content; /* NULL of a tree */
	struct elf_file *elf;    /* of ELF kinds; NULL otherwise */
};

struct inputs {
	struct input *items;
	size_t count, capacity;
	struct linkmap *map;     /* of the (one) INPUT_MAP */
	const char *directory;   /* where the link ran; NULL: not told */
	const char *link_line;   /* file with the link command; NULL */
	struct arena arena;
};
#define INPUTS_INIT { .arena = ARENA_INIT((size_t)1 << 30) }

int inputs_add(struct inputs *in, const char *path, struct error *err);
/* -EBADMSG when the content is not of that kind. */
int inputs_add_as(struct inputs *in, enum input_kind kind, const char *path, struct error *err);
int inputs_resolve(struct inputs *in, struct error *err);
/* What another input names as link_name, found at path; nothing is added when it is no input of a link, or there already. */
int inputs_add_found(struct inputs *in, const char *path, const char *link_name, struct error *err);
void inputs_release(struct inputs *in);
/* 0: all are as they were; -ESTALE: one changed while it was read, and no result of it must be trusted. */
int inputs_recheck(const struct inputs *in, struct error *err);
/* The first of a kind; NULL. */
const struct input *inputs_first(const struct inputs *in, enum input_kind kind);
/* The linked file that prune, size and why speak of: the one program, else the one shared library given. NULL: none, or several. */
const struct input *inputs_output(const struct inputs *in);

#endif
