/* SPDX-License-Identifier: Apache-2.0 */
/* Words for targets: what is accepted has a name and is of one vendor; what is not is said to be wrong. */
#include "depgraph/gpu/targets.h"

#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(gpu_targets_release) struct gpu_targets t = GPU_TARGETS_INIT;
	AUTO_FREE char *words = size > 4096 ? NULL : strndup((const char *)data, size);
	struct error err = { 0 };
	uint32_t i;
	int r;

	if (!words)
		return 0;
	r = gpu_targets_add(&t, words, &err);
	if (r != err.code || (r < 0 && !err.message[0]) || t.nvidia + t.amd > t.count)
		__builtin_trap();
	for (i = 0; i < t.count; i++)
		if (!strlen(t.devices[i].name) || (!t.devices[i].cc && strncmp(t.devices[i].name, "gfx", 3) != 0))
			__builtin_trap();
	return 0;
}
