/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sarif.h: the pieces of SARIF 2.1.0 (OASIS, 2020) that every report is made of.
 *
 * All return NULL when memory was missing; json_put() passes that on.
 */
#ifndef BASE_SARIF_H
#define BASE_SARIF_H

#include "base/json.h"

#define SARIF_SCHEMA \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/* A relative reference (RFC 3986): everything but unreserved characters and '/' is escaped. */
json_t *sarif_uri(const char *name);
/* Names of the input may stand in it: '{' would begin a placeholder only in ids, which are not used. */
json_t *sarif_message(const char *text);

#endif
