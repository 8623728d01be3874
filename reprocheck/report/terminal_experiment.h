/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal_experiment.h: what an experiment adds to the terminal report.
 */
#ifndef REPROCHECK_REPORT_TERMINAL_EXPERIMENT_H
#define REPROCHECK_REPORT_TERMINAL_EXPERIMENT_H

#include "reprocheck/report/summary.h"

#include <stdio.h>

/* The first line: the answer. 0 or -ENOMEM. */
int terminal_verdict(FILE *f, const struct comparison *c, const struct summary *s);
/* Below a cause: its axes, its proofs, and who asked. 0 or -ENOMEM. */
int terminal_evidence(FILE *f, const struct cause_summary *s);
/* The same line for a directory entry. */
void terminal_axes(FILE *f, axis_set axes);
/* Interactions, fixes tried, the table of axes, network use, notes; with -v the runs and what the command printed. */
int terminal_experiment(FILE *f, const struct experiment *e, unsigned verbosity);

#endif
