/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scanner.h: an interpreter that parses sources for us and runs none (private to the room).
 *
 *	r = python_find_interpreter(tree, told, path, &note, &err);
 *	r = scanner_start(path, &scanner, &err);
 *	scanner_about(scanner)                                        JSON: its version, standard library, suffixes
 *	r = scanner_ask(scanner, source, size, &answer, &err);        JSON: imports (scan.py); the caller unrefs
 *	scanner_free(scanner);
 *
 * The interpreter is started with -I -S -E -B, an empty environment, outside of the tree, under limits
 * (memory, processor, no files written, no core); it is given text and gives text.  It never sees a path of the tree,
 * so neither sitecustomize nor .pth files nor modules of it can run.
 *
 * A source that kills or stalls the parser is that source's finding: scanner_ask() gives -EPROTO or -ETIMEDOUT, and the next
 * call starts a new one.
 *
 * Not for several threads at once; one each.
 */
#ifndef DEPGRAPH_PYTHON_SCANNER_H
#define DEPGRAPH_PYTHON_SCANNER_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define SCANNER_SOURCE_MAX ((size_t)32 << 20)

/*
 * The interpreter to parse with: the one told; else the tree's own (bin/python), when that is a link to something
 * outside of the tree (running a program that the tree brings would be running its code); else the first python3 of PATH that
 * lies outside of it. *ret_note: why not the tree's own, NULL otherwise.
 */
int python_find_interpreter(const char *tree, const char *told, char ret[PATH_MAX], const char **ret_note, struct error *err);

struct scanner;
int scanner_start(const char *interpreter, struct scanner **ret, struct error *err);
void scanner_free(struct scanner *s);
DEFINE_CLEANUP(struct scanner *, scanner_free)
const json_t *scanner_about(const struct scanner *s);
int scanner_ask(struct scanner *s, const void *source, size_t n, json_t **ret);

#endif
