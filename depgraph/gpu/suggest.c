/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suggest.c: GPU code that could go, of the files given.
 *
 *	gpu-architecture  code that no declared target can select (keep.h); one for each target and file. Proved
 *	                  by the rules of selection, for the targets declared
 *	gpu-ptx           PTX that the driver would not choose on them: proved; PTX that only later GPUs need: heuristic
 *	gpu-compress      what nvcc left as it is: measured, by compressing it as zstd's default level does. Of
 *	                  more than MEASURED_MAX bytes every nth entry stands for its neighbours. Observed: it is the same
 *	                  code, but takes a driver that reads zstd
 *	gpu-lto-ir, gpu-relocatable  what is only used when something is linked or compiled at run time: heuristic
 *
 * An action names what to drop and the targets; what is dropped is what both say, since for PTX
 * the rule depends on the rest of the container:
 *
 *	{"do": "gpu", "file": F, "drop": [{"arch": 75, "variant": "", "kind": "cubin"}], "targets": ["sm_90"],
 *	 "drop_ptx": false, "mode": "punch"}
 *	{"do": "gpu", "file": F, "compress": true}
 */
#include "depgraph/gpu/suggest_private.h"

#include "base/buffer.h"
#include "base/json.h"

#include <errno.h>
#include <string.h>

#define TARGETS_MAX 256 /* of one file; the largest library has 15 */

/* ---- claims and words ---------------------------------------------------------------------------------------- */

bool gpu_search_loaded(const struct gpu_search *s, const struct gpu_entry *e)
{
	const struct gpu_section *x = &s->code->sections[s->code->containers[e->container].section];

	return s->input->elf && x->index < s->input->elf->section_count &&
	       s->input->elf->sections[x->index].flags & SHF_ALLOC;
}

void gpu_search_claim(struct gpu_search *s, struct suggestion *g, uint32_t i, uint64_t saved)
{
	const struct gpu_entry *e = &s->code->entries[i];
	const struct gpu_container *c = &s->code->containers[e->container];
	struct content *file = s->code->sections[c->section].content;
	uint64_t loaded = gpu_search_loaded(s, e) ? saved : 0;
	uint32_t space = s->space;

	if (file != s->input->content) /* a member of a thin archive */
		space = suggestions_space(&s->p->found, content_name(file));
	/* In a compressed bundle an entry has no place of its own. */
	suggestion_claim(&s->p->found, g, space, c->compressed ? c->off : e->off, c->compressed ? c->bytes : e->bytes, saved,
			 loaded);
}

static void name_file(struct gpu_search *s, struct suggestion *g)
{
	suggestion_set(&s->p->found, &g->file, "%s", s->input->path);
}

/* ---- actions ------------------------------------------------------------------------------------------------- */

static json_t *dropped_json(const struct gpu_entry *e)
{
	json_t *j = json_object();
	int error = json_put(j, "arch", e->arch ? json_integer(e->arch) : json_text(e->target));

	error = error ? error : json_put(j, "variant", e->variant ? json_bytes(&e->variant, 1) : json_string(""));
	error = error ? error : json_put(j, "kind", json_string(gpu_kind_name(e->kind)));
	if (error) {
		json_decref(j);
		return NULL;
	}
	return j;
}

static json_t *targets_json(const struct gpu_targets *t)
{
	json_t *list = json_array();
	uint32_t i;

	for (i = 0; i < t->count; i++)
		if (json_array_append_new(list, json_text(t->devices[i].name)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *action_drop(const struct gpu_search *s, const struct gpu_entry *e)
{
	json_t *j = json_object(), *list = json_array();
	int error = json_array_append_new(list, dropped_json(e));

	error = json_put(j, "do", json_string("gpu")) || error;
	error = json_put(j, "file", json_text(s->input->path)) || error;
	error = json_put(j, "drop", list) || error;
	error = json_put(j, "targets", targets_json(&s->targets)) || error;
	error = json_put(j, "drop_ptx", json_boolean(s->p->options->drop_ptx)) || error;
	error = json_put(j, "mode", json_string("punch")) || error;
	if (error) {
		json_decref(j);
		s->p->found.error = -ENOMEM;
		return NULL;
	}
	return j;
}

/* ---- architectures ------------------------------------------------------------------------------------------- */

static void describe_edit(struct gpu_search *s, struct suggestion *g, const struct gpu_entry *e)
{
	const char *copy = "without a rebuild: depgraph apply PLAN -o DIR makes a copy without it";

	if (!e->arch)
		suggestion_set(&s->p->found, &g->edit, "when you build it: leave out --offload-arch=%s\n%s", e->target, copy);
	else if (e->kind == GPU_PTX)
		suggestion_set(&s->p->found, &g->edit,
			       "when you build it: leave out -gencode arch=compute_%u%.1s,code=compute_%u%.1s "
			       "(CMAKE_CUDA_ARCHITECTURES: %u%.1s-virtual)\n%s",
			       e->arch, &e->variant, e->arch, &e->variant, e->arch, &e->variant, copy);
	else
		suggestion_set(&s->p->found, &g->edit,
			       "when you build it: leave out -gencode arch=compute_%u%.1s,code=sm_%u%.1s "
			       "(CMAKE_CUDA_ARCHITECTURES: %u%.1s-real)\n%s",
			       e->arch, &e->variant, e->arch, &e->variant, e->arch, &e->variant, copy);
}

/* One suggestion for all that is like `e` and was judged alike. */
static struct suggestion *start_drop(struct gpu_search *s, const struct gpu_entry *e, enum gpu_reason why)
{
	struct suggestions *l = &s->p->found;
	enum suggestion_kind kind = e->kind == GPU_PTX ? SUGGEST_GPU_PTX : SUGGEST_GPU_ARCHITECTURE;
	char subject[512];
	struct suggestion *g;

	snprintf(subject, sizeof(subject), "%s in %s", e->target, s->input->path);
	g = suggestions_add(l, kind, EVIDENCE_PROVED, subject);
	suggestion_set(l, &g->because, "%s (declared: %s)", gpu_keep_reason(why), s->declared);
	suggestion_set(l, &g->verify, "depgraph gpu --check --targets %s COPY", s->declared);
	suggestion_set(l, &g->risk, "GPUs that were not declared as targets%s",
		       e->kind == GPU_PTX && s->p->options->drop_ptx ? ", newer ones among them" : "");
	describe_edit(s, g, e);
	name_file(s, g);
	if (!g->action)
		g->action = action_drop(s, e);
	return g;
}

static bool is_like(const struct gpu_entry *a, const struct gpu_entry *b)
{
	return a->kind == b->kind && a->arch == b->arch && a->variant == b->variant && strcmp(a->target, b->target) == 0;
}

static int suggest_dropped(struct gpu_search *s)
{
	const struct gpu_code *c = s->code;
	AUTO_FREE bool *done = calloc((size_t)c->entry_count + 1, sizeof(*done));
	uint32_t i, k, kinds = 0;
	struct suggestion *g;

	if (!done)
		return -ENOMEM;
	for (i = 0; i < c->entry_count; i++) {
		if (done[i] || s->keep->verdicts[i].keep)
			continue;
		if (kinds++ == TARGETS_MAX) {
			prune_note(s->p, "%s: code for more than %d different targets; the others were not looked at",
				   s->input->path, TARGETS_MAX);
			break;
		}
		g = start_drop(s, &c->entries[i], s->keep->verdicts[i].reason);
		for (k = i; k < c->entry_count; k++) {
			if (done[k] || s->keep->verdicts[k].keep || !is_like(&c->entries[i], &c->entries[k]))
				continue;
			done[k] = true;
			gpu_search_claim(s, g, k, c->entries[k].bytes);
		}
	}
	return 0;
}

/* ---- what is used only when something is linked or compiled at run time --------------------------------------- */

typedef bool chosen(const struct gpu_search *s, uint32_t i);

static bool is_later_ptx(const struct gpu_search *s, uint32_t i)
{
	return s->keep && s->keep->verdicts[i].keep && s->keep->verdicts[i].reason == GPU_KEEP_LATER;
}

static bool is_lto_ir(const struct gpu_search *s, uint32_t i)
{
	return s->code->entries[i].kind == GPU_LTO_IR;
}

static bool is_in_section(const struct gpu_search *s, uint32_t i, const char *name)
{
	return strcmp(s->code->sections[s->code->containers[s->code->entries[i].container].section].name, name) == 0;
}

static bool is_relocatable(const struct gpu_search *s, uint32_t i)
{
	return is_in_section(s, i, "__nv_relfatbin");
}

static bool any_chosen(const struct gpu_search *s, chosen *is)
{
	uint32_t i;

	for (i = 0; i < s->code->entry_count; i++)
		if (is(s, i))
			return true;
	return false;
}

static struct suggestion *suggest_chosen(struct gpu_search *s, chosen *is, enum suggestion_kind kind)
{
	struct suggestion *g;
	uint32_t i;

	if (!any_chosen(s, is))
		return NULL;
	g = suggestions_add(&s->p->found, kind, EVIDENCE_HEURISTIC, s->input->path);
	for (i = 0; i < s->code->entry_count; i++)
		if (is(s, i))
			gpu_search_claim(s, g, i, s->code->entries[i].bytes);
	name_file(s, g);
	return g;
}

static void suggest_later_ptx(struct gpu_search *s)
{
	struct suggestion *g = suggest_chosen(s, is_later_ptx, SUGGEST_GPU_PTX);
	struct suggestions *l = &s->p->found;
	struct buffer path = BUFFER_INIT(1 << 16);

	if (!g)
		return;
	(void)buffer_shell_word(&path, s->input->path);
	suggestion_set(l, &g->because, "only GPUs that are newer than every declared target (%s) would use it", s->declared);
	suggestion_set(l, &g->edit, "say --drop-ptx, when such GPUs need not work");
	suggestion_set(l, &g->verify, "depgraph prune --drop-ptx --targets %s %s", s->declared, buffer_str(&path));
	buffer_release(&path);
	suggestion_set(l, &g->risk, "without it the program does not run on GPUs that come later");
}

static void suggest_lto_ir(struct gpu_search *s)
{
	struct suggestion *g = suggest_chosen(s, is_lto_ir, SUGGEST_GPU_LTO_IR);
	struct suggestions *l = &s->p->found;

	if (!g)
		return;
	suggestion_set(l, &g->because, "it is code for linking at run time, which a program does that passes device callbacks");
	suggestion_set(l, &g->edit, "none for a finished library; when you build it: leave out code=lto_XY of -gencode");
	suggestion_set(l, &g->verify, "run what uses the library's callbacks and user kernels");
	suggestion_set(l, &g->risk, "features that link device code at run time stop working");
}

static void suggest_relocatable(struct gpu_search *s)
{
	struct suggestions *l = &s->p->found;
	struct suggestion *g;

	if (s->input->kind != INPUT_PROGRAM && s->input->kind != INPUT_SHARED)
		return;
	g = suggest_chosen(s, is_relocatable, SUGGEST_GPU_RELOCATABLE);
	if (!g)
		return;
	suggestion_set(l, &g->because, "__nv_relfatbin holds what nvlink has linked into .nv_fatbin already: the driver reads it "
				       "only to link again, for a GPU that no linked code is for");
	suggestion_set(l, &g->edit, "when you build it: nvprune or objcopy the objects after nvcc -dlink, or link device code "
				    "without PTX");
	suggestion_set(l, &g->verify, "run on each target, with CUDA_FORCE_PTX_JIT unset");
	suggestion_set(l, &g->risk, "GPUs that no linked cubin is for");
}

/* ---- the search ---------------------------------------------------------------------------------------------- */

static void note_residue(struct gpu_search *s)
{
	uint32_t i;

	for (i = 0; i < s->code->section_count; i++) {
		const struct gpu_section *x = &s->code->sections[i];

		if (x->residue && (strcmp(x->name, ".nv_fatbin") == 0 || strcmp(x->name, "__nv_relfatbin") == 0))
			prune_note(s->p, "%s: %llu bytes of %s are no GPU code that is known here", s->input->path,
				   (unsigned long long)x->residue, x->name);
	}
}

static int search_input(struct gpu_search *s, struct error *err)
{
	const struct gpu_keep_options options = { .drop_ptx = s->p->options->drop_ptx };
	int r = gpu_read(s->input->content, &s->code, err);

	if (r < 0 || !s->code->entry_count)
		return r;
	s->space = suggestions_space(&s->p->found, s->input->path);
	note_residue(s);
	if (s->targets.count) {
		r = gpu_keep(s->code, &s->targets, &options, &s->keep, err);
		if (r >= 0)
			r = suggest_dropped(s);
		if (r < 0)
			return r;
		suggest_later_ptx(s);
	}
	suggest_lto_ir(s);
	suggest_relocatable(s);
	return gpu_suggest_compress(s, err);
}

static void search_next(struct gpu_search *s)
{
	gpu_keep_free(s->keep);
	gpu_free(s->code);
	s->keep = NULL;
	s->code = NULL;
}

static void search_release(struct gpu_search *s)
{
	search_next(s);
	gpu_targets_release(&s->targets);
	buffer_release(&s->words);
}

/* What is linked holds the code of its objects: they are not asked where it is there. */
static bool is_asked(const struct prune *p, const struct input *in)
{
	if (!in->given || !in->content)
		return false;
	switch (in->kind) {
	case INPUT_PROGRAM:
	case INPUT_SHARED:
	case INPUT_GPU:
		return true;
	case INPUT_OBJECT:
	case INPUT_ARCHIVE:
		return !inputs_output(p->in);
	default:
		return false;
	}
}

static int name_targets(struct gpu_search *s)
{
	uint32_t i;

	for (i = 0; i < s->targets.count; i++)
		(void)buffer_printf(&s->words, "%s%s", i ? "," : "", s->targets.devices[i].name);
	s->declared = buffer_str(&s->words);
	return s->words.error;
}

int gpu_suggest(struct prune *p, struct error *err)
{
	CLEANUP(search_release) struct gpu_search s = { .p = p, .words = BUFFER_INIT(1 << 20) };
	size_t i;
	int r = 0;

	if (p->options->gpu_targets)
		r = gpu_targets_add_list(&s.targets, p->options->gpu_targets, err);
	if (r >= 0)
		r = name_targets(&s);
	for (i = 0; r >= 0 && i < p->in->count; i++) {
		if (!is_asked(p, &p->in->items[i]))
			continue;
		s.input = &p->in->items[i];
		r = search_input(&s, err);
		if (r >= 0 && s.code->entry_count && !s.targets.count)
			prune_note(p, "%s holds GPU code: --targets sm_90 (what it has to run on) says which of it can go",
				   s.input->path);
		search_next(&s);
	}
	return r < 0 ? r : p->found.error;
}
