/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h: a JSON report (report_json, docs/reprocheck-json.md) read back.
 *
 *	CLEANUP(record_freep) struct record *rec = NULL;
 *	r = record_read("run.json", &rec, &err);
 *	... any report of rec->comparison with rec->report ...
 *
 * Reports of what was read are those of the comparison that was written; in
 * particular report_json() writes the same document, byte for byte.
 *
 * The document is hostile input.  Its size, its number of values and the memory
 * for what it says are bounded; every member's type is checked; indices, positions and sums
 * must fit together (the conservation line holds in a record too).  Causes that this
 * version does not know are kept with the texts that the record has for them.
 *
 * A record that does not list all its findings (--max-findings) is refused: nothing it says would add up.
 */
#ifndef REPROCHECK_REPORT_RECORD_H
#define REPROCHECK_REPORT_RECORD_H

#include "base/cleanup.h"
#include "base/error.h"
#include "reprocheck/report/report.h"
#include "reprocheck/compare/result.h"

#include <stddef.h>

#define RECORD_SIZE_MAX (UINT64_C(256) << 20)

struct record {
	struct comparison *comparison; /* owned */
	struct report_options report; /* version, command line and facts as recorded; verbosity 0, no limit */
	struct facts facts;
};

/* -EBADMSG: not a record, or one that contradicts itself (err says where); -EFBIG; -ENOMEM; open's errors. */
int record_read(const char *path, struct record **ret, struct error *err);
/* The same of memory, `name` being what errors call it. */
int record_parse(const char *name, const char *data, size_t size, struct record **ret, struct error *err);
void record_free(struct record *r);
DEFINE_CLEANUP(struct record *, record_free)

#endif
