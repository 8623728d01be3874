/* SPDX-License-Identifier: Apache-2.0 */
/* A plan from anywhere: read, and gathered into jobs as `apply` does; nothing is done. */
#include "depgraph/apply/jobs.h"

#include <stddef.h>
#include <stdint.h>

#define INPUT_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(apply_plan_freep) struct apply_plan *plan = NULL;
	CLEANUP(apply_report_release) struct apply_report report = APPLY_REPORT_INIT;
	CLEANUP(jobs_release) struct jobs jobs = { 0 };
	const struct string_list none = { 0 };
	const struct apply_options options = { .only = &none, .targets = &none, .accept_observed = true, .relink = true };

	if (size > INPUT_MAX || apply_plan_parse("plan", (const char *)data, size, &plan, NULL) < 0)
		return 0;
	(void)jobs_gather(plan, &options, &report, &jobs, NULL);
	return 0;
}
