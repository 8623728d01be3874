/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h: a command run once, and what it opened as a profile.
 *
 *	r = record_run(&options, &outcome, &err);
 *
 * The profile is written when the command has ended, by the recorder (sandbox/files.h): it is written too
 * when the caller is killed meanwhile.
 */
#ifndef DEPGRAPH_RECORD_RECORD_H
#define DEPGRAPH_RECORD_RECORD_H

#include "base/error.h"
#include "sandbox/files.h"

#include <stdbool.h>

struct record_options {
	char *const *argv;
	const char *output;
	bool no_digests;
	bool append; /* add to the profile that is there */
};

int record_run(const struct record_options *o, struct files_outcome *ret, struct error *err);

#endif
