/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_experiment.h: what an experiment adds to the JSON report.
 */
#ifndef REPROCHECK_REPORT_JSON_EXPERIMENT_H
#define REPROCHECK_REPORT_JSON_EXPERIMENT_H

#include "base/json_stream.h"
#include "reprocheck/report/summary.h"

json_t *json_axes(axis_set axes); /* ["time", "timezone"]; NULL: no memory */
json_t *json_proof(const struct proof *p);
/* The member "experiment" of the open object. */
void json_experiment(struct json_stream *j, const struct comparison *c, const struct summary *s);

#endif
