/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.h: the link line: what was linked, in which order, under which flags.
 *
 * It is read from whatever recorded it, recognised by content:
 *
 *	a command       as a shell reads it: a script, a line of link.txt or of `ninja -t commands`, libtool's and make's
 *	                output; of several commands the last one that links; "cd DIR &&" before it is followed
 *	JSON            ["cc", "-o", ...] or {"directory": ..., "arguments": [...]} or {"directory": ..., "command": "..."}
 *	cc -### or -v   the line of collect2 or ld: everything that the compiler adds is there
 *	-Wl,--trace     the files that the linker opened: no flags, and nothing to run again
 *
 *	r = link_line_read("link.txt", NULL, &line, &err);
 *	for (i = 0; i < line->input_count; i++) ... line->inputs[i].path, .flags ...
 *	link_line_free(line);
 *
 * argv has every @FILE expanded (GCC's rules: words end at blanks, quotes group, a backslash takes the next
 * character as it is).  Options inside -Wl,... and after -Xlinker are read as the linker's own.
 *
 * -lX is looked for as the linker does: in the -L directories in order, then in the default ones; libX.so before
 * libX.a in each, unless -Bstatic is in force; below the sysroot where a directory begins with "=" or "$SYSROOT".  A path
 * that is not found is NULL, and the word is still there.
 */
#ifndef DEPGRAPH_LINK_LINE_H
#define DEPGRAPH_LINK_LINE_H

#include "analyzers/linkmap.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	LINK_LINE_WHOLE_ARCHIVE = 1,
	LINK_LINE_AS_NEEDED = 2,
	LINK_LINE_STATIC = 4,  /* -Bstatic in force */
	LINK_LINE_LIBRARY = 8, /* written as -lX */
	LINK_LINE_LAZY = 16,   /* between --start-lib and --end-lib */
	LINK_LINE_GROUP = 32,
};

struct link_line_input {
	const char *word;     /* as on the line: "x.o", "-lz", "-l:libz.a", "../lib/libz.a" */
	const char *path;     /* as the linker would open it, relative to the directory; NULL: not found */
	size_t first, count;  /* its words in argv: "-l" "z" are two */
	size_t piece, pieces; /* of a "-Wl,a,b,c" word that it shares: which of a, b, c, and how many; pieces 0: the whole word */
	unsigned flags;
};

struct link_line {
	const char *directory; /* where it ran; never NULL: "." when nobody said */
	const char **argv;     /* NULL-terminated; empty of a trace */
	size_t argc;
	struct link_line_input *inputs;
	size_t input_count;
	const char **search; /* -L directories in order */
	size_t search_count;
	const char *sysroot; /* NULL: none */
	const char *output;  /* "a.out" when the line does not say; NULL of a trace */
	const char *map;     /* NULL: none is written */
	enum linkmap_dialect linker;
	bool linker_told;    /* by the program's name or -fuse-ld= */
	bool driver;         /* argv[0] is a compiler: it adds start files and libraries of its own */
	bool shared, relocatable, static_link, pie, gc_sections, export_dynamic, traced;
	struct arena arena;
};

/* `directory`: where the link ran, over what the record says; NULL: as recorded, else ".".
 * -EBADMSG: no link command in it (err says why); open's errors. */
int link_line_read(const char *path, const char *directory, struct link_line **ret, struct error *err);
/* The same of text that is at hand; `name` is for messages. */
int link_line_parse(const char *text, size_t size, const char *name, const char *directory, struct link_line **ret,
		    struct error *err);
void link_line_free(struct link_line *l);
DEFINE_CLEANUP(struct link_line *, link_line_free)

/* A path of the line as this process can open it: below the directory unless absolute. In `out`; returns it. */
const char *link_line_path(const struct link_line *l, const char *path, char *out, size_t size);

/* The input whose file is that of a map or of the caller: by name, else the same file on disk. From `from` on; SIZE_MAX: none. */
size_t link_line_find(const struct link_line *l, const char *path, size_t from);

/*
 * The action of a suggestion (relink.h): this line, without the inputs listed and with words added behind argv[0].
 * An input that shares its -Wl,... word with others is cut out of the word. NULL: no memory, or a trace.
 */
json_t *link_line_action(const struct link_line *l, const size_t *drop, size_t drop_count, const char *const *add,
			 size_t add_count);

/* "remove word 7, "-lz" (of: gcc ... )": the exact place of an input on the line, for people. In `out`; returns it. */
const char *link_line_place(const struct link_line *l, size_t input, char *out, size_t size);

#endif
