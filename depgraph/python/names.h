/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h: what names of files and metadata say, without a tree: names of modules, RECORD, METADATA,
 * entry_points.txt, .pth.  All of it is input: hostile.
 *
 * Sources: the import system (Python reference, 5; importlib.machinery's suffixes), PEP 3147 and 488 (__pycache__),
 * "Recording installed projects" (PEP 376, 627), core metadata (PEP 566, 685: normalised names), the entry points
 * specification, wheel file names (PEP 427), site.py's .pth files.
 */
#ifndef DEPGRAPH_PYTHON_NAMES_H
#define DEPGRAPH_PYTHON_NAMES_H

#include "depgraph/python/python.h"

#include <stdbool.h>
#include <stddef.h>

#define PYTHON_NAME_MAX 1024

struct python_suffixes {
	const char *const *items; /* of extension modules: ".cpython-311-x86_64-linux-gnu.so", ".abi3.so", ".so" */
	size_t count;
};

/*
 * "a/b/__init__.py" -> "a.b", package. false: no import finds it by that name (a directory that is no identifier,
 * another suffix).  Bytecode in __pycache__ has the name of its source and is `cached`; that beside sources is a
 * module by itself.  `rel` is relative to an import root.
 */
struct python_name {
	char name[PYTHON_NAME_MAX];
	enum python_role role;
	bool package, cached;
};
bool python_name_of(const char *rel, const struct python_suffixes *s, struct python_name *ret);
/* The module that a file stands beside: stubs, Cython sources ("a/b.pyi" -> "a.b"); false: other data. */
bool python_stub_name_of(const char *rel, char ret[PYTHON_NAME_MAX]);

/* "Foo.Bar_baz" -> "foo-bar-baz". */
void python_normalise(const char *name, char *out, size_t size);

/* The lines of a RECORD: found(ctx, path) for each, unquoted. -EBADMSG: an unended quotation. A negative result ends it. */
int python_record_parse(const void *p, size_t n, int (*found)(void *ctx, const char *path), void *ctx);
/* "a" and "../b" -> lexically joined and tidied; false: it leaves the tree. */
bool python_join(const char *base, const char *rel, char *out, size_t size);

/* "Name", "Version", each "Requires-Dist" that needs no extra: field(ctx, key, value); only the headers. */
int python_metadata_parse(const void *p, size_t n, int (*field)(void *ctx, const char *key, const char *value), void *ctx);
/* "requests (>=2) ; python_version < '3'" -> "requests"; false: only for an extra, or not a name. */
bool python_requirement_name(const char *text, char *out, size_t size);

int python_entry_points_parse(const void *p, size_t n, int (*found)(void *ctx, const struct python_entry_point *e), void *ctx);

/* Directories that a .pth file names, and whether it holds code (which is not run). */
int python_pth_parse(const void *p, size_t n, int (*found)(void *ctx, const char *dir), void *ctx, bool *ret_code);

/* A line of a text: start, length; NULL at the end. */
const char *python_line(const char *text, size_t n, size_t *at, size_t *ret_len);

#endif
