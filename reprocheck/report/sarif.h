/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sarif.h: what a cause is in SARIF 2.1.0.
 *
 * All return NULL (or -ENOMEM) when memory was missing; json_put() passes that on.
 */
#ifndef REPROCHECK_REPORT_SARIF_H
#define REPROCHECK_REPORT_SARIF_H

#include "base/json_stream.h"
#include "base/sarif.h"
#include "reprocheck/causes/causes.h"

#include <stdbool.h>

#define SARIF_FINGERPRINT "reprocheckFinding/v1"

/* A cause as a reportingDescriptor; level: "error", "warning" or "note". */
json_t *sarif_rule(const struct cause *cause, const char *level);
/* Sets "suppressions" of a result that is known or excluded; 0 or -ENOMEM. */
int sarif_put_suppression(json_t *result, bool baseline, bool excluded);

#endif
