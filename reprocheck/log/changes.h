/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_changes.h: what differs between two commands, item by item.
 *
 * Arguments: what both have at their beginning and end is left out; when the
 * middles are of one length, those that differ are told position by position, otherwise the middles
 * are told as removed and added.  Variables are matched by name.
 */
#ifndef REPROCHECK_LOG_CHANGES_H
#define REPROCHECK_LOG_CHANGES_H

#include "reprocheck/log/array.h"
#include "reprocheck/log/details.h"

struct log_change {
	const char *name;  /* of a variable; NULL: an argument */
	size_t position[2]; /* of an argument, from 0 */
	const char *text[2]; /* NULL: not on that side */
};

/* Append struct log_change; texts stay the details'. 0 or -ENOMEM. */
int log_changed_args(const struct log_side_detail *a, const struct log_side_detail *b, struct log_array *ret);
int log_changed_pairs(const struct log_pair *a, size_t a_count, const struct log_pair *b, size_t b_count,
		      struct log_array *ret);

#endif
