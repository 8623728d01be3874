/* SPDX-License-Identifier: Apache-2.0 */
/* The records of the watcher, which an action that got the better of it may have written. */
#include "sandbox/watch.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct process_list list = { 0 };
	size_t i;

	if (watch_read(data, size, &list, NULL) < 0) {
		if (list.count || list.observation_count)
			abort();
		return 0;
	}
	/* What readers of a list rely on. */
	for (i = 0; i < list.count; i++)
		if ((list.items[i].parent != SIZE_MAX && list.items[i].parent >= i) || !list.items[i].program ||
		    !list.items[i].command || list.items[i].kind > PROGRAM_UNKNOWN)
			abort();
	for (i = 0; i < list.observation_count; i++)
		if (list.observations[i].process >= list.count || list.observations[i].len > OBSERVED_MAX ||
		    list.observations[i].source >= SOURCE_COUNT)
			abort();
	process_list_release(&list);
	return 0;
}
