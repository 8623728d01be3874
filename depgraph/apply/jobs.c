/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/apply/jobs.h"

#include "depgraph/apply/relink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define JOBS_MAX 4096
#define DROPS_MAX 4096

static void job_release(struct job *j)
{
	free(j->suggestions);
	free(j->drops);
	gpu_targets_release(&j->targets);
}

void jobs_release(struct jobs *j)
{
	size_t i;

	for (i = 0; i < j->count; i++)
		job_release(&j->items[i]);
	free(j->items);
	*j = (struct jobs){ 0 };
}

/* Room for one more; false: no memory, or too many. */
static bool room(void **items, size_t *capacity, size_t count, size_t size, size_t max)
{
	size_t more = *capacity ? *capacity * 2 : 16;
	void *grown;

	if (count < *capacity)
		return true;
	grown = count < max ? reallocarray(*items, more, size) : NULL;
	if (!grown)
		return false;
	*items = grown;
	*capacity = more;
	return true;
}

static struct job *new_job(struct jobs *j, enum job_kind kind, const char *path)
{
	if (!room((void **)&j->items, &j->capacity, j->count, sizeof(*j->items), JOBS_MAX))
		return NULL;
	j->items[j->count] = (struct job){ .kind = kind, .path = path, .targets = GPU_TARGETS_INIT };
	return &j->items[j->count++];
}

struct job *jobs_of(struct jobs *j, enum job_kind kind, const char *path)
{
	size_t i;

	for (i = 0; i < j->count; i++)
		if (j->items[i].kind == kind && strcmp(j->items[i].path, path) == 0)
			return &j->items[i];
	return new_job(j, kind, path);
}

static struct job *job_of_line(struct jobs *j, const json_t *action)
{
	size_t i;

	for (i = 0; i < j->count; i++)
		if (j->items[i].kind == JOB_RELINK && relink_same_line(j->items[i].suggestions[0]->action, action))
			return &j->items[i];
	return new_job(j, JOB_RELINK, NULL);
}

static int add_suggestion(struct job *j, const struct apply_suggestion *s, struct error *err)
{
	if (!room((void **)&j->suggestions, &j->capacity, j->count, sizeof(*j->suggestions), APPLY_PLAN_ROWS_MAX))
		return error_set(err, -ENOMEM, s->id, "out of memory");
	j->suggestions[j->count++] = s;
	return 0;
}

/* ---- GPU code ------------------------------------------------------------------------------------------------ */

static bool kind_of(const char *word, enum gpu_kind *ret)
{
	enum gpu_kind k;

	for (k = GPU_PTX; word && k <= GPU_OTHER; k++)
		if (strcmp(word, gpu_kind_name(k)) == 0) {
			*ret = k;
			return true;
		}
	return false;
}

/* {"arch": 75, "variant": "a", "kind": "cubin"}; of AMD arch is the processor's name. */
static bool read_drop(const json_t *j, struct gpu_drop *d)
{
	const json_t *arch = json_object_get(j, "arch");
	const char *variant = json_string_value(json_object_get(j, "variant")), *name = json_string_value(arch);

	if (!kind_of(json_string_value(json_object_get(j, "kind")), &d->kind) || !variant || strlen(variant) > 1)
		return false;
	d->variant = variant[0];
	if (name)
		return name[0] && strlen(name) < sizeof(d->target) ? (memcpy(d->target, name, strlen(name) + 1), true) : false;
	if (!json_is_integer(arch) || json_integer_value(arch) <= 0 || json_integer_value(arch) > 100000)
		return false;
	d->arch = (uint32_t)json_integer_value(arch);
	return true;
}

static int add_drops(struct job *j, const struct apply_suggestion *s, struct error *err)
{
	const json_t *list = json_object_get(s->action, "drop");
	size_t i;

	if (list && !json_is_array(list))
		return error_set(err, -EBADMSG, s->id, "its action's \"drop\" is no list");
	for (i = 0; i < json_array_size(list); i++) {
		struct gpu_drop d = { 0 };

		if (!read_drop(json_array_get(list, i), &d))
			return error_set(err, -EBADMSG, s->id, "its action drops something that is not arch, variant and kind");
		if (!room((void **)&j->drops, &j->drop_capacity, j->drop_count, sizeof(*j->drops), DROPS_MAX))
			return error_set(err, -ENOMEM, s->id, "drops too much, or out of memory");
		j->drops[j->drop_count++] = d;
	}
	return 0;
}

/* The targets that the user tells win; all actions of a plan have the same. */
static int add_targets(struct job *j, const struct apply_suggestion *s, const struct apply_options *o, struct error *err)
{
	const json_t *list;
	size_t i;
	int r;

	if (j->targets.count || !json_object_get(s->action, "drop"))
		return 0;
	if (o->targets && o->targets->count)
		return gpu_targets_add_list(&j->targets, o->targets, err);
	r = apply_action_strings(s, "targets", &list, err);
	for (i = 0; r == 0 && i < json_array_size(list); i++)
		r = gpu_targets_add(&j->targets, json_string_value(json_array_get(list, i)), err);
	if (r == 0 && !j->targets.count)
		return error_set(err, -EBADMSG, s->id, "its action drops GPU code for no target");
	return r;
}

static int add_gpu(struct job *j, const struct apply_suggestion *s, const struct apply_options *o, struct error *err)
{
	int r = add_drops(j, s, err);

	if (r == 0)
		r = add_targets(j, s, o, err);
	j->gpu = true;
	j->drop_ptx = j->drop_ptx || o->drop_ptx || json_is_true(json_object_get(s->action, "drop_ptx"));
	j->compress = j->compress || o->compress || json_is_true(json_object_get(s->action, "compress"));
	return r;
}

/* ---- debug sections ------------------------------------------------------------------------------------------ */

static int add_debug(struct job *j, const struct apply_suggestion *s, struct error *err)
{
	const char *mode, *format = json_string_value(json_object_get(s->action, "format"));
	int r = apply_action_text(s, "mode", &mode, err);

	if (r < 0)
		return r;
	if (strcmp(mode, "split-debug") == 0) {
		j->debug = DEBUG_SPLIT;
	} else if (strcmp(mode, "strip") == 0) {
		j->strip = true;
	} else if (strcmp(mode, "compress-debug") == 0 && format && (strcmp(format, "zlib") == 0 || strcmp(format, "zstd") == 0)) {
		j->debug = j->debug == DEBUG_SPLIT ? DEBUG_SPLIT : DEBUG_COMPRESS; /* what is split off is not compressed first */
		j->debug_format = format;
	} else {
		return error_set(err, -EBADMSG, s->id, "its action's \"mode\" is not known");
	}
	return 0;
}

/* ---- selection ----------------------------------------------------------------------------------------------- */

static bool is_asked_for(const struct apply_suggestion *s, const struct string_list *only)
{
	size_t i;

	for (i = 0; i < only->count; i++)
		if (strcmp(only->items[i], s->id) == 0 || strcmp(only->items[i], s->kind) == 0)
			return true;
	return only->count == 0;
}

/* NULL: it is done. */
static const char *why_not(const struct apply_suggestion *s, const struct apply_options *o)
{
	if (s->evidence == EVIDENCE_HEURISTIC)
		return "heuristic: never applied";
	if (s->evidence == EVIDENCE_OBSERVED && !o->accept_observed)
		return "observed, not proved: --accept-observed applies it";
	if (!s->action)
		return "an edit by hand";
	if (strcmp(s->does, "relink") == 0 && !relink_has_line(s->action))
		return "an edit of the link line, by hand: the plan was made without --link-line";
	if (strcmp(s->does, "relink") == 0 && !o->relink)
		return "runs the recorded link command again: --relink applies it";
	return NULL;
}

static int gather_one(struct jobs *jobs, const struct apply_suggestion *s, const struct apply_options *o, struct error *err)
{
	bool gpu = strcmp(s->does, "gpu") == 0;
	struct job *j;
	const char *path;
	int r;

	if (strcmp(s->does, "relink") == 0) {
		j = job_of_line(jobs, s->action);
		return j ? add_suggestion(j, s, err) : error_set(err, -ENOMEM, s->id, "too many outputs");
	}
	if (strcmp(s->does, "remove-files") == 0) {
		r = apply_action_text(s, "root", &path, err);
		j = r == 0 ? jobs_of(jobs, JOB_TREE, path) : NULL;
	} else if (gpu || strcmp(s->does, "objcopy") == 0) {
		r = apply_action_text(s, "file", &path, err);
		j = r == 0 ? jobs_of(jobs, JOB_FILE, path) : NULL;
	} else {
		return error_set(err, -EBADMSG, s->id, "its action is not known here: \"%.40s\"", s->does);
	}
	if (r < 0)
		return r;
	if (!j)
		return error_set(err, -ENOMEM, s->id, "too many outputs");
	r = j->kind == JOB_TREE ? 0 : gpu ? add_gpu(j, s, o, err) : add_debug(j, s, err);
	return r < 0 ? r : add_suggestion(j, s, err);
}

static int check_only(const struct apply_plan *plan, const struct string_list *only, struct error *err)
{
	size_t i, k;

	for (i = 0; i < only->count; i++) {
		for (k = 0; k < plan->suggestion_count; k++)
			if (strcmp(only->items[i], plan->suggestions[k].id) == 0 ||
			    strcmp(only->items[i], plan->suggestions[k].kind) == 0)
				break;
		if (k == plan->suggestion_count)
			return error_set(err, -ENOENT, only->items[i], "no suggestion of the plan has this id or kind");
	}
	return 0;
}

/* The same file, whatever the two names are. */
static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool is_linked_again(const struct jobs *j, const char *path)
{
	size_t i;

	for (i = 0; i < j->count; i++) {
		AUTO_FREE char *output = j->items[i].kind == JOB_RELINK ?
						 relink_output(j->items[i].suggestions[0]->action) : NULL;

		if (output && same_file(output, path))
			return true;
	}
	return false;
}

/* What is linked again is another file then: edits of the old one would be a second output of its name. */
static void leave_linked_again(struct jobs *j, struct apply_report *report)
{
	size_t i, k, kept = 0;

	for (i = 0; i < j->count; i++) {
		struct job *job = &j->items[i];

		if (job->kind != JOB_FILE || !is_linked_again(j, job->path)) {
			struct job moved = j->items[kept];

			j->items[kept++] = *job;
			*job = moved;
			continue;
		}
		for (k = 0; k < job->count; k++)
			apply_skip(report, job->suggestions[k]->id, job->suggestions[k]->bytes,
				   "its file is linked again: make a plan for the new one, and apply that");
	}
	for (i = kept; i < j->count; i++)
		job_release(&j->items[i]);
	j->count = kept;
}

int jobs_gather(const struct apply_plan *plan, const struct apply_options *o, struct apply_report *report, struct jobs *ret,
		struct error *err)
{
	CLEANUP(jobs_release) struct jobs jobs = { 0 };
	size_t i;
	int r = check_only(plan, o->only, err);

	for (i = 0; r == 0 && i < plan->suggestion_count; i++) {
		const struct apply_suggestion *s = &plan->suggestions[i];
		const char *why;

		if (!is_asked_for(s, o->only))
			continue;
		why = why_not(s, o);
		if (why)
			apply_skip(report, s->id, s->bytes, why);
		else
			r = gather_one(&jobs, s, o, err);
	}
	if (r < 0)
		return r;
	leave_linked_again(&jobs, report);
	*ret = jobs;
	jobs = (struct jobs){ 0 };
	return 0;
}
