/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prepare.h: from an action, as a caller describes it, to a plan, as the world's first process follows it (private to the sandbox).
 */
#ifndef SANDBOX_PREPARE_H
#define SANDBOX_PREPARE_H

#include "base/error.h"
#include "sandbox/inside.h"
#include "sandbox/rundir.h"

/* Wanted and not had, beyond what the report says. */
struct prepared {
	struct plan plan;       /* without descriptors and report */
	struct rundir room;     /* on disk, when plan.room is */
	unsigned lacks;
	char *inputs, *directory, *support, *program;
	char **env;
	const char *probe_argv[2];
	char host[256];
};

/* -EINVAL, -ENOENT, -ENOTDIR, -EACCES..., with a message. */
int prepare(const struct action *a, bool probe, struct prepared *ret, struct error *err);
void prepared_release(struct prepared *p);

#endif
