/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_report.h: two logs compared, told to a person or a program.
 *
 * The reports are a function of what they are given: no time of day, no
 * duration.  The form of the JSON is docs/reprocheck-log.md.
 */
#ifndef REPROCHECK_LOG_REPORT_H
#define REPROCHECK_LOG_REPORT_H

#include "reprocheck/log/open.h"

#include <stdio.h>

/* One that is listed, with all there is to say. */
struct log_listed {
	uint32_t match;
	const struct log_root *root; /* NULL: none */
	const struct log_detail *detail;
	struct log_opened_list opened;
};

struct log_report {
	const struct log_comparison *comparison;
	const char *paths[2];
	const struct log_listed *listed; /* by outcome, roots best first */
	size_t listed_count;
	bool opened; /* outputs were asked to be opened */
	const char *version;
	unsigned verbosity;
};

int log_report_terminal(FILE *f, const struct log_report *r);
int log_report_json(FILE *f, const struct log_report *r);

/* "arguments", "source inputs", ...: the names of the reasons that are set, NULL behind them. */
void log_reason_names(uint16_t reasons, const char *ret[LOG_REASON_COUNT + 1]);

#endif
