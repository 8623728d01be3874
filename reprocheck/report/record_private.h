/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_private.h: the parts of the record's reader.
 *
 * Getters check the type, copy what they return into the comparison's arena, and
 * give a harmless value after an error.  Errors are sticky: the first one is kept with
 * the place ("findings[3]: \"bytes\" is no number"), and callers look at r->error when they have read a whole.
 */
#ifndef REPROCHECK_REPORT_RECORD_PRIVATE_H
#define REPROCHECK_REPORT_RECORD_PRIVATE_H

#include "base/error.h"
#include "base/json.h"
#include "reprocheck/compare/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_CAUSES_MAX 4096 /* rows of causes[] */
#define RECORD_KEPT_MAX   256  /* causes that the table does not have */

struct reader {
	struct comparison *c;
	const char *file;
	struct error *err;
	int error;
	const char *list; /* where we are: "findings"; NULL: at the top */
	size_t index;
	const json_t *causes; /* the record's own rows */
	const struct cause *kept[RECORD_KEPT_MAX];
	size_t kept_count;
};

/* record_values.c */
int read_fail(struct reader *r, int error, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void *read_alloc(struct reader *r, size_t count, size_t size); /* zeroed; NULL only after an error */
const char *read_text(struct reader *r, const json_t *o, const char *key);     /* "" after an error */
const char *read_optional(struct reader *r, const json_t *o, const char *key); /* NULL where it is absent */
/* The same, of which reports print every byte as it is: a control character is an error. */
const char *read_plain(struct reader *r, const json_t *o, const char *key);
const char *read_plain_optional(struct reader *r, const json_t *o, const char *key);
uint64_t read_number(struct reader *r, const json_t *o, const char *key, uint64_t max);
int64_t read_integer(struct reader *r, const json_t *o, const char *key, int64_t absent);
double read_seconds(struct reader *r, const json_t *o, const char *key);
bool read_bool(struct reader *r, const json_t *o, const char *key);
const json_t *read_object(struct reader *r, const json_t *o, const char *key);
const json_t *read_array(struct reader *r, const json_t *o, const char *key);
const char **read_names(struct reader *r, const json_t *o, const char *key, size_t *ret_count);
axis_set read_axes(struct reader *r, const json_t *o, const char *key);
/* The index of the word among `count` that name() gives. */
unsigned read_word(struct reader *r, const json_t *o, const char *key, const char *(*name)(unsigned),
		   unsigned count);

/* record_findings.c */
const struct cause *read_cause(struct reader *r, const char *id);
void read_findings(struct reader *r, const json_t *doc);
void read_entries(struct reader *r, const json_t *doc);

/* record_experiment.c */
void read_proof(struct reader *r, const json_t *o, struct proof *ret);
void read_experiment(struct reader *r, const json_t *doc);

#endif
