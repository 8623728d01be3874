/* SPDX-License-Identifier: Apache-2.0 */
/* verbs.h: the verbs of reprocheck, one file each (cmd_NAME.c). */
#ifndef REPROCHECK_VERBS_H
#define REPROCHECK_VERBS_H

#include "base/verb.h"

extern const struct verb diff_verb, run_verb, log_verb, lint_verb, show_verb, explain_verb, causes_verb;

#endif
