/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The link model on any object or static library, by each linker's rules: it is built, marked and predicted,
 * whatever the input claims; what is in the output is of an object that is linked.
 */
#include "base/cleanup.h"
#include "depgraph/link/link.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define INPUT_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int put(const uint8_t *data, size_t size)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, data, size) != (ssize_t)size) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static void check(const struct link *l)
{
	struct link_prediction prediction;
	uint32_t i;

	for (i = 0; i < l->section_count; i++) {
		const struct link_section *s = &l->sections[i];

		if (s->object >= l->object_count || (s->in_output && !l->objects[s->object].linked))
			__builtin_trap();
		if (s->in_output && s->node >= l->graph->node_count)
			__builtin_trap();
	}
	(void)link_predict(l, &prediction);
}

static void build(struct inputs *in, const struct link_options *o)
{
	CLEANUP(link_freep) struct link *l = NULL;
	struct graph g = GRAPH_INIT;
	struct error err = { 0 };

	if (link_build(in, o, &g, &l, &err) >= 0 && l && link_mark(l, &err) >= 0)
		check(l);
	link_free(steal_pointer(l));
	graph_release(&g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum linkmap_dialect linkers[] = { LINKMAP_GNU, LINKMAP_GOLD, LINKMAP_LLD, LINKMAP_MOLD };
	CLEANUP(inputs_release) struct inputs in = INPUTS_INIT;
	struct link_options o = { .linker_told = true };
	struct error err = { 0 };
	char path[64];
	AUTO_FD int fd = -1;

	if (size < 1 || size > INPUT_MAX)
		return 0;
	fd = put(data, size);
	if (fd < 0)
		return 0;
	o.linker = linkers[data[size - 1] & 3];
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (inputs_add(&in, path, &err) >= 0 && in.items[0].kind != INPUT_MAP)
		build(&in, &o);
	return 0;
}
