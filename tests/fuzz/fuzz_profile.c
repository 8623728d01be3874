/* SPDX-License-Identifier: Apache-2.0 */
/* A profile: what is accepted can be merged with itself and found again. */
#include "depgraph/record/profile.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(profile_freep) struct profile *p = NULL, *q = NULL;
	struct error err = { 0 };
	size_t i, runs;

	(void)profile_probe(data, size);
	if (profile_parse(data, size, "fuzz", &p, &err) < 0) {
		if (!err.code)
			abort();
		return 0;
	}
	if (profile_parse(data, size, "fuzz", &q, NULL) < 0)
		abort();
	runs = profile_run_count(p);
	if (profile_merge(p, q) < 0 || p->count != q->count || profile_run_count(p) != 2 * runs)
		abort();
	for (i = 0; i < p->count; i++)
		if (*p->files[i].path != '/' || strcmp(profile_find(p, p->files[i].path)->path, p->files[i].path) != 0)
			abort();
	return 0;
}
