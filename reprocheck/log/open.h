/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_open.h: the files behind the digests of divergent outputs, compared.
 *
 * Blobs are looked for in a store by digest (DIR/HASH, DIR/HH/HASH, with "-SIZE" after it, and
 * below DIR/cas), or in two trees of outputs by path, whole or without its first
 * components ("bazel-out/CONFIGURATION/bin").  What is found must have the size and, where the
 * hash function is one of ours, the digest that the log says: a tree that was built over since
 * is told, not compared.
 */
#ifndef REPROCHECK_LOG_OPEN_H
#define REPROCHECK_LOG_OPEN_H

#include "reprocheck/log/details.h"
#include "reprocheck/compare/result.h"

struct log_blobs {
	const char *cas;        /* NULL: none */
	const char *outputs[2]; /* NULL: none */
	const char *hash_function;
	unsigned jobs;
};

struct log_opened {
	char *path;
	struct comparison *comparison; /* NULL: not opened */
	char problem[512];             /* why not */
};

struct log_opened_list {
	struct log_opened *items;
	size_t count;
	size_t left_out; /* files over the limit */
};

/* Compares up to `max` files of the outputs that differ. */
int log_open_outputs(const struct log_detail *d, const struct log_blobs *blobs, size_t max,
		     struct log_opened_list *ret, struct error *err);
void log_opened_release(struct log_opened_list *l);

#endif
