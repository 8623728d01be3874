/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts.h: what the user told about the builds, from options and a JSON file.
 *
 *	{ "a": { "path": "/tmp/b1", "time": 1700000000, "host": "h", "user": "u", "home": "/root", "tmpdir": "/tmp",
 *	         "timezone": "+02:00", "kernel": "6.1.0", "uid": 0, "gid": 0, "pid": 1234 },
 *	  "b": { ... } }
 *
 * Options win over the file.  Unknown keys are refused, so that a misspelt fact is not silently ignored.
 */
#ifndef REPROCHECK_CAUSES_FACTS_H
#define REPROCHECK_CAUSES_FACTS_H

#include "base/error.h"
#include "reprocheck/causes/causes.h"

#include <jansson.h>

struct fact_options {
	const char *path[2], *time[2], *host[2], *user[2];
	json_t *file; /* owns the strings that came from the file */
};

/* The facts point into `o` (and argv): keep it as long as they are used. */
int facts_resolve(struct fact_options *o, const char *file, struct facts *ret, struct error *err);
void fact_options_release(struct fact_options *o);

#endif
