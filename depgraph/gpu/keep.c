/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/gpu/keep.h"

#include <errno.h>
#include <string.h>

const char *gpu_keep_reason(enum gpu_reason r)
{
	static const char *const words[GPU_REASONS] = {
		[GPU_KEEP_RUNS] = "a declared target can run it",
		[GPU_KEEP_ONLY_PTX] = "the only code of its container that a declared target can use",
		[GPU_KEEP_ASKED_PTX] = "asked for by name",
		[GPU_KEEP_LATER] = "for devices that come later",
		[GPU_KEEP_LINKED] = "linked at run time for any later device",
		[GPU_KEEP_HOST] = "host code",
		[GPU_KEEP_UNKNOWN] = "of a kind that is not known",
		[GPU_KEEP_UNDECLARED] = "no target of this vendor was declared",
		[GPU_DROP_OTHER_MAJOR] = "no declared target is of its major architecture",
		[GPU_DROP_LATER_MINOR] = "every declared target is older",
		[GPU_DROP_VARIANT] = "made for one device or family that no declared target is of",
		[GPU_DROP_PTX_BETTER] = "the driver would choose other code of its container on every declared target and later",
		[GPU_DROP_PTX_TOLD] = "forward compatibility was not wanted",
		[GPU_DROP_LTO_TOLD] = "code to link at run time was not wanted",
		[GPU_DROP_PROCESSOR] = "made for a processor or mode that is not declared",
	};

	return words[r];
}

void gpu_keep_free(struct gpu_keep *k)
{
	if (!k)
		return;
	free(k->verdicts);
	free(k);
}

/* One container under judgement. */
struct judgement {
	const struct gpu_targets *t;
	const struct gpu_keep_options *o;
	const struct gpu_entry *entries;
	struct gpu_verdict *verdicts;
	uint32_t count;
};

static void decide(struct judgement *j, uint32_t i, bool keep, enum gpu_reason reason)
{
	j->verdicts[i] = (struct gpu_verdict){ keep, reason };
}

static bool any_runs(const struct judgement *j, const struct gpu_entry *e)
{
	uint32_t d;

	for (d = 0; d < j->t->count; d++)
		if (gpu_device_runs(&j->t->devices[d], e))
			return true;
	return false;
}

static enum gpu_reason why_not(const struct judgement *j, const struct gpu_entry *e)
{
	bool same_major = false, reaches = false;
	uint32_t d;

	for (d = 0; d < j->t->count; d++) {
		const struct gpu_device *device = &j->t->devices[d];

		if (device->ptx || device->cc / 10 != e->arch / 10)
			continue;
		same_major = true;
		reaches |= e->arch <= device->cc;
	}
	return !same_major ? GPU_DROP_OTHER_MAJOR : reaches ? GPU_DROP_VARIANT : GPU_DROP_LATER_MINOR;
}

static void judge_code(struct judgement *j, uint32_t i)
{
	const struct gpu_entry *e = &j->entries[i];

	if (!(e->arch ? j->t->nvidia : j->t->amd))
		decide(j, i, true, GPU_KEEP_UNDECLARED);
	else if (any_runs(j, e))
		decide(j, i, true, GPU_KEEP_RUNS);
	else
		decide(j, i, false, e->arch ? why_not(j, e) : GPU_DROP_PROCESSOR);
}

static void judge_entry(struct judgement *j, uint32_t i)
{
	switch (j->entries[i].kind) {
	case GPU_CUBIN:
	case GPU_HIP_CODE:
		judge_code(j, i);
		break;
	case GPU_PTX: /* the others of its container decide: judge_ptx() */
		decide(j, i, false, j->o->drop_ptx ? GPU_DROP_PTX_TOLD : GPU_DROP_PTX_BETTER);
		break;
	case GPU_LTO_IR:
		decide(j, i, !j->o->drop_lto_ir, j->o->drop_lto_ir ? GPU_DROP_LTO_TOLD : GPU_KEEP_LINKED);
		break;
	case GPU_HIP_HOST:
		decide(j, i, true, GPU_KEEP_HOST);
		break;
	default:
		decide(j, i, true, GPU_KEEP_UNKNOWN);
	}
}

static bool has_code(const struct judgement *j, const struct gpu_device *d)
{
	uint32_t i;

	for (i = 0; i < j->count; i++)
		if (j->entries[i].kind == GPU_CUBIN && gpu_device_runs(d, &j->entries[i]))
			return true;
	return false;
}

/*
 * Keeps the PTX that the driver would choose for a device: the newest it can compile; d NULL: the newest for a device that is
 * newer than all.  Of one architecture all are kept: a container may hold the PTX of several
 * sources.
 */
static void keep_ptx(struct judgement *j, const struct gpu_device *d, enum gpu_reason reason)
{
	uint32_t i, best = 0;

	for (i = 0; i < j->count; i++) {
		const struct gpu_entry *e = &j->entries[i];

		if (e->kind == GPU_PTX && e->arch > best && (d ? gpu_device_compiles(d, e) : !e->variant))
			best = e->arch;
	}
	for (i = 0; best && i < j->count; i++) {
		const struct gpu_entry *e = &j->entries[i];

		if (e->kind == GPU_PTX && e->arch == best && (d ? gpu_device_compiles(d, e) : !e->variant) &&
		    !j->verdicts[i].keep)
			decide(j, i, true, reason);
	}
}

static void judge_ptx(struct judgement *j)
{
	uint32_t d, i;

	for (i = 0; i < j->count && !j->t->nvidia; i++)
		if (j->entries[i].kind == GPU_PTX)
			decide(j, i, true, GPU_KEEP_UNDECLARED);
	for (d = 0; d < j->t->count; d++) {
		const struct gpu_device *device = &j->t->devices[d];

		if (device->ptx)
			keep_ptx(j, device, GPU_KEEP_ASKED_PTX);
		else if (device->cc && !has_code(j, device))
			keep_ptx(j, device, GPU_KEEP_ONLY_PTX);
	}
	if (!j->o->drop_ptx)
		keep_ptx(j, NULL, GPU_KEEP_LATER);
}

static void judge_container(struct judgement *j)
{
	uint32_t i;

	for (i = 0; i < j->count; i++)
		judge_entry(j, i);
	judge_ptx(j);
}

static void sum_up(const struct gpu_code *g, struct gpu_keep *k)
{
	uint32_t i;

	for (i = 0; i < k->count; i++) {
		if (k->verdicts[i].keep) {
			k->kept++;
			k->kept_bytes += g->entries[i].bytes;
		} else {
			k->dropped++;
			k->dropped_bytes += g->entries[i].bytes;
		}
	}
}

int gpu_keep(const struct gpu_code *g, const struct gpu_targets *t, const struct gpu_keep_options *options,
	     struct gpu_keep **ret, struct error *err)
{
	static const struct gpu_keep_options none;
	CLEANUP(gpu_keep_freep) struct gpu_keep *k = calloc(1, sizeof(*k));
	struct judgement j = { .t = t, .o = options ? options : &none };
	uint32_t c;

	if (!t->count)
		return error_set(err, -EINVAL, content_name(g->content), "no GPU targets were declared");
	if (k)
		k->verdicts = calloc((size_t)g->entry_count + 1, sizeof(*k->verdicts));
	if (!k || !k->verdicts)
		return error_set(err, -ENOMEM, content_name(g->content), "out of memory");
	k->count = g->entry_count;
	for (c = 0; c < g->container_count; c++) {
		if (!g->containers[c].count)
			continue;
		j.entries = g->entries + g->containers[c].first;
		j.verdicts = k->verdicts + g->containers[c].first;
		j.count = g->containers[c].count;
		judge_container(&j);
	}
	sum_up(g, k);
	*ret = steal_pointer(k);
	return 0;
}
