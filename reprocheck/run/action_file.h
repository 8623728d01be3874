/* SPDX-License-Identifier: Apache-2.0 */
/*
 * action_file.h: an action written down, to be run again elsewhere.
 *
 *	{
 *	  "version": 1,
 *	  "command": ["make", "app"],
 *	  "environment": {"PATH": "/usr/bin:/bin"},
 *	  "directory": "",
 *	  "inputs": [{"path": "Makefile", "digest": "<sha256>", "size": 123, "mode": "0644"},
 *	             {"path": "include", "link": "src/include"}],
 *	  "outputs": ["app"],
 *	  "platform": {"system": "Linux", "machine": "x86_64"}
 *	}
 *
 * Where the inputs lie is not part of it: they are found below a root that the
 * caller names, and their digests are checked before anything runs.  The
 * environment is the whole of the action's; variables that change from session to session are
 * worth removing by hand.  docs/reprocheck-action.md describes it.
 */
#ifndef REPROCHECK_RUN_ACTION_FILE_H
#define REPROCHECK_RUN_ACTION_FILE_H

#include "base/cleanup.h"
#include "base/error.h"
#include "reprocheck/run/lab.h"

struct action_file;

/* The strings of `ret_subject` belong to the file. inputs is not set. Refuses an action of another platform. */
int action_file_read(const char *path, struct action_file **ret, struct subject *ret_subject, struct error *err);
/* Every input below `root` is what the file says: -ESTALE names the first that is not. */
int action_file_check(struct action_file *f, const char *root, struct error *err);
void action_file_free(struct action_file *f);
DEFINE_CLEANUP(struct action_file *, action_file_free)

int action_file_write(const char *path, const struct subject *s, struct error *err);

#endif
