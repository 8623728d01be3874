/* SPDX-License-Identifier: Apache-2.0 */
/* verbs.h: the verbs of depgraph, one file each (cmd_NAME.c). */
#ifndef DEPGRAPH_VERBS_H
#define DEPGRAPH_VERBS_H

#include "base/verb.h"

extern const struct verb size_verb, diff_verb, why_verb, prune_verb, gpu_verb, apply_verb, python_verb, record_verb, check_verb,
	graph_verb;

enum { DEPGRAPH_OK = 0, DEPGRAPH_FOUND = 1, DEPGRAPH_TROUBLE = 2 };

#endif
