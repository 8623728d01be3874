/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sarif.h: the pieces of SARIF 2.1.0 that every report is made of.
 *
 * All return NULL (or -ENOMEM) when memory was missing; json_put() passes that on.
 */
#ifndef REPROCHECK_REPORT_SARIF_H
#define REPROCHECK_REPORT_SARIF_H

#include "reprocheck/causes/causes.h"
#include "reprocheck/report/json_stream.h"

#include <stdbool.h>

#define SARIF_SCHEMA \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#define SARIF_FINGERPRINT "reprocheckFinding/v1"

/* A relative reference (RFC 3986): everything but unreserved characters and '/' is escaped. */
json_t *sarif_uri(const char *name);
/* Names of the input may stand in it: '{' would begin a placeholder only in ids, which are not used. */
json_t *sarif_message(const char *text);
/* A cause as a reportingDescriptor; level: "error", "warning" or "note". */
json_t *sarif_rule(const struct cause *cause, const char *level);
/* Sets "suppressions" of a result that is known or excluded; 0 or -ENOMEM. */
int sarif_put_suppression(json_t *result, bool baseline, bool excluded);

#endif
