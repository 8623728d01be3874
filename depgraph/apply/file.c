/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.c: one file's debug sections and GPU code.
 *
 *	digest     is it the file that the plan was made for? beside all that follows, for both read all of it
 *	objcopy    debug sections, into a first copy: before GPU code, since objcopy would fill its holes again
 *	GPU code   into a second; or this is the only one
 *	verify     read anew, compared with what it was made from, loaded beside the original
 *
 * What the first copy may differ in from the original is objcopy's business: of it, loading and dynamic symbols are checked.
 */
#include "depgraph/apply/jobs.h"

#include "analyzers/elf_file.h"
#include "base/path.h"
#include "base/terminal.h"
#include "depgraph/apply/load.h"
#include "depgraph/apply/measure.h"
#include "depgraph/apply/objcopy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* One file on its way. */
struct work {
	const struct job_run *run;
	const struct job *j;
	struct error *err;
	const char *name; /* of the output */
	struct content *original;
	struct stat status;
	struct content *from; /* what the GPU code is taken out of: the original, or objcopy's copy */
	char *stage;          /* objcopy's copy */
	char *path;           /* of the output, until it is published */
	struct gpu_edit *edit;
	struct apply_output *out;
};

static void work_release(struct work *w)
{
	gpu_edit_free(w->edit);
	content_unref(w->from);
	content_unref(w->original);
	if (w->stage)
		(void)unlink(w->stage);
	free(w->stage);
	free(w->path);
}

static int open_original(struct work *w)
{
	int r = content_open(AT_FDCWD, w->j->path, &w->original, w->err);

	if (r < 0)
		return r;
	if (stat(w->j->path, &w->status) < 0)
		return error_set(w->err, -errno, w->j->path, "cannot be opened");
	w->from = content_ref(w->original);
	return 0;
}

static int plan_edit(struct work *w, struct error *err)
{
	const struct apply_options *o = w->run->o;
	struct gpu_edit_options options = {
		.targets = &w->j->targets,
		.drops = w->j->drops,
		.drop_count = w->j->drop_count,
		.drop_all = w->j->drop_all,
		.drop_ptx = w->j->drop_ptx,
		.shrink = o->shrink,
		.compress = w->j->compress,
		.level = o->level,
		.pool = o->pool,
		.stop = interrupted,
	};

	return gpu_edit_plan(w->from, &options, &w->edit, err);
}

/* ---- debug sections ------------------------------------------------------------------------------------------ */

static int call_objcopy(struct work *w, const char *const *words)
{
	AUTO_FREE char *here = publish_path(w->run->publish, "");

	return here ? objcopy_run(words, here, interrupted, NULL, w->err) : error_set(w->err, -ENOMEM, w->j->path, "out of memory");
}

/* The debug sections into NAME.debug, which is an output of its own. */
static int split_debug(struct work *w, const char *absolute)
{
	AUTO_FREE char *name = NULL;
	AUTO_FREE char *path = NULL;
	const char *words[] = { "objcopy", "--only-keep-debug", absolute, NULL, NULL };
	struct apply_output *out;
	int r;

	if (asprintf(&name, "%s.debug", w->name) < 0) {
		name = NULL;
		return error_set(w->err, -ENOMEM, w->name, "out of memory");
	}
	r = publish_claim(w->run->publish, name, w->err);
	if (r < 0)
		return r;
	words[3] = name;
	r = call_objcopy(w, words);
	path = publish_path(w->run->publish, name);
	out = apply_add_output(w->run->report, w->j->path, name, "objcopy");
	if (r == 0 && path && out)
		r = measure_file(path, false, NULL, NULL, &out->after, w->err);
	if (r == 0 && out)
		apply_add_line(w->run->report, &out->notes, "the debug sections, for debuggers: keep it where they look");
	return r;
}

/* Into w->stage; a name that cannot be an output's. */
static int make_stage(struct work *w, const char *absolute)
{
	AUTO_FREE char *link = NULL;
	AUTO_FREE char *compress = NULL;
	const char *words[8] = { "objcopy" };
	size_t n = 1;

	w->stage = publish_path(w->run->publish, ".stage");
	if (!w->stage || asprintf(&link, "--add-gnu-debuglink=%s.debug", w->name) < 0 ||
	    asprintf(&compress, "--compress-debug-sections=%s", w->j->debug_format ? w->j->debug_format : "zlib") < 0)
		return error_set(w->err, -ENOMEM, w->name, "out of memory");
	if (w->j->debug == DEBUG_SPLIT) {
		words[n++] = "--strip-debug";
		words[n++] = link;
	} else if (w->j->debug == DEBUG_COMPRESS) {
		words[n++] = compress;
	}
	if (w->j->strip) {
		words[n++] = "--strip-all";
		if (w->j->debug != DEBUG_SPLIT)
			words[n++] = "--keep-section=.debug_*";
	}
	words[n++] = absolute;
	words[n++] = ".stage";
	return call_objcopy(w, words);
}

static int debug_sections(struct work *w)
{
	AUTO_FREE char *absolute = realpath(w->j->path, NULL);
	int r;

	if (!absolute)
		return error_set(w->err, -errno, w->j->path, "cannot be found");
	r = w->j->debug == DEBUG_SPLIT ? split_debug(w, absolute) : 0;
	if (r == 0)
		r = make_stage(w, absolute);
	if (r < 0)
		return r;
	content_unref(w->from);
	w->from = NULL;
	return content_open(AT_FDCWD, w->stage, &w->from, w->err);
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

static int write_edit(struct work *w, int fd, struct error *err)
{
	AUTO_FD int source = open(w->stage ? w->stage : w->j->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct error e = { 0 };
	struct stat st;
	int r;

	/* Its mapping is what was checked: another file of that name must not be what is copied. */
	if (source >= 0 && !w->stage &&
	    (fstat(source, &st) < 0 || st.st_dev != w->status.st_dev || st.st_ino != w->status.st_ino)) {
		(void)close(source);
		source = -1;
	}
	r = image_write(&w->edit->image, source, fd, interrupted, NULL, &e);
	return r < 0 ? error_set(err, r, w->name, "%s", e.message) : 0;
}

static int write_copy(struct work *w, const char *path, struct error *err)
{
	struct publish *p = w->run->publish;
	AUTO_FD int fd = -1;
	int r;

	if (!w->edit) { /* objcopy's copy is the output */
		r = publish_claim(p, w->name, err);
		return r == 0 && rename(w->stage, path) < 0 ? error_set(err, -errno, w->name, "cannot be made") : r;
	}
	fd = publish_create(p, w->name, w->status.st_mode, err);
	if (fd < 0)
		return fd;
	r = write_edit(w, fd, err);
	if (r < 0)
		return r;
	return fsync(fd) < 0 ? error_set(err, -errno, w->name, "cannot be made durable") : 0;
}

/* ---- verifying ----------------------------------------------------------------------------------------------- */

static int verify_edit(struct work *w, struct error *err)
{
	CLEANUP(content_unrefp) struct content *copy = NULL;
	AUTO_FD int fd = openat(w->run->publish->fd, w->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct gpu_edit_checks t;
	struct apply_report *r = w->run->report;
	int e = content_open(w->run->publish->fd, w->name, &copy, err);

	if (e == 0)
		e = gpu_edit_verify(w->edit, copy, fd, &t, err);
	if (e < 0)
		return e;
	apply_add_line(r, &w->out->checks, "%" PRIu64 " containers and %" PRIu64 " entries that stay are the same bytes%s", t.containers,
		       t.entries, t.decoded ? " when decompressed" : "");
	if (w->edit->shrink && w->edit->elf)
		apply_add_line(r, &w->out->checks,
			       "every other address holds what it held; %" PRIu64 " references follow their containers; segments and "
			       "sections agree",
			       t.rewritten);
	else
		apply_add_line(r, &w->out->checks, "every other byte of the file is the same");
	return content_recheck(w->original, err);
}

static bool is_loadable(struct content *c)
{
	CLEANUP(elf_file_freep) struct elf_file *elf = NULL;
	uint32_t i;

	if (!elf_file_probe(content_data(c), content_size(c)) || elf_file_open(c, 0, content_size(c), &elf, NULL) < 0 ||
	    elf->type != ET_DYN || !elf->dynamic)
		return false;
	for (i = 0; i < elf->segment_count; i++)
		if (elf->segments[i].type == PT_INTERP)
			return false;
	return true;
}

static int verify_load(struct work *w, const char *path)
{
	struct apply_report *r = w->run->report;
	struct load_result load;
	int e;

	if (w->run->o->no_load || !is_loadable(w->original)) {
		apply_add_line(r, &w->out->notes, w->run->o->no_load ? "not loaded, as asked" : "not loaded: it is no shared library");
		return 0;
	}
	e = load_compare(w->j->path, path, interrupted, NULL, &load, w->err);
	if (e < 0)
		return e;
	if (load.loads)
		apply_add_line(r, &w->out->checks, "dlopen loads it, as it does the original");
	else
		apply_add_line(r, &w->out->notes, "dlopen answers as for the original: %s", load.reason);
	return 0;
}

static void tell_edit(struct work *w)
{
	struct apply_report *r = w->run->report;
	const struct gpu_edit *e = w->edit;
	char n[32], m[32];
	uint32_t i;

	apply_add_line(r, &w->out->notes, "%u of %u GPU entries go, %s bytes", e->dropped, e->dropped + e->kept,
		       format_count(e->dropped_bytes, n));
	if (e->recompressed.entries)
		apply_add_line(r, &w->out->notes,
			       "%u cubins compressed from %s to %s bytes: they need a driver of CUDA 12.4 or later",
			       e->recompressed.entries, format_count(e->recompressed.before, n),
			       format_count(e->recompressed.after, m));
	for (i = 0; i < e->note_count; i++)
		apply_add_line(r, &w->out->notes, "%s", e->notes[i]);
}

static const char *does(const struct work *w)
{
	bool debug = w->j->debug != DEBUG_KEEP || w->j->strip;

	return debug && w->j->gpu ? "objcopy, gpu" : debug ? "objcopy" : "gpu";
}

static int start_output(struct work *w, struct error *err)
{
	struct apply_report *r = w->run->report;
	size_t i;

	w->out = apply_add_output(r, w->j->path, w->name, does(w));
	if (!w->out)
		return error_set(err, -ENOMEM, w->name, "out of memory");
	for (i = 0; i < w->j->count; i++)
		apply_add_line(r, &w->out->ids, "%s", w->j->suggestions[i]->id);
	if (w->edit)
		tell_edit(w);
	return measure_file(w->j->path, w->run->o->measure, interrupted, NULL, &w->out->before, err);
}

/* Of a dry run: what would be written. */
static void predict(struct work *w)
{
	if (w->edit) {
		w->out->after.apparent = image_file_size(&w->edit->image);
		w->out->after.on_disk = image_data_size(&w->edit->image);
	}
}

/* The copy, up to all that can be said of it without loading it. */
static int make_copy(struct work *w, struct error *err)
{
	int r = w->j->gpu && !w->edit ? plan_edit(w, err) : 0;

	if (r == 0)
		r = start_output(w, err);
	if (r == 0 && w->run->o->dry_run)
		predict(w);
	if (r < 0 || w->run->o->dry_run)
		return r;
	r = write_copy(w, w->path, err);
	return r == 0 && w->edit ? verify_edit(w, err) : r;
}

/*
 * The digest reads all of the file, and so does what makes the copy: side by side.  Nothing is published before both
 * have ended well, and what the wrong file holds is of no interest: the digest's error comes first.
 */
struct both {
	struct work *w;
	struct error errors[2];
};

static int one_of_both(void *ctx, size_t i)
{
	struct both *b = ctx;
	const struct job_run *run = b->w->run;

	if (i == 0)
		return run->plan ? apply_plan_check(run->plan, b->w->j->path, b->w->original, &b->errors[0]) : 0;
	(void)make_copy(b->w, &b->errors[1]);
	return 0; /* the digest is asked in any case */
}

static int check_and_make(struct work *w)
{
	struct both b = { .w = w };
	int r = pool_for(w->run->o->pool, 2, one_of_both, &b), i;

	for (i = 0; i < 2; i++)
		if (b.errors[i].code) {
			*w->err = b.errors[i];
			return b.errors[i].code;
		}
	return r;
}

int job_file(const struct job_run *run, const struct job *j, struct error *err)
{
	CLEANUP(work_release) struct work w = { .run = run, .j = j, .err = err, .name = path_base(j->path) };
	bool debug = j->debug != DEBUG_KEEP || j->strip;
	int r = open_original(&w);

	if (r == 0 && !run->o->dry_run) {
		w.path = publish_path(run->publish, w.name);
		r = w.path ? 0 : error_set(err, -ENOMEM, w.name, "out of memory");
	}
	if (r == 0 && debug && !run->o->dry_run) { /* another program reads it: only what is known to be the right file */
		r = run->plan ? apply_plan_check(run->plan, j->path, w.original, err) : 0;
		if (r == 0)
			r = debug_sections(&w);
		if (r == 0)
			r = make_copy(&w, err);
	} else if (r == 0) {
		r = check_and_make(&w);
	}
	if (r < 0 || run->o->dry_run)
		return r;
	r = verify_load(&w, w.path);
	r = r < 0 ? r : measure_file(w.path, run->o->measure, interrupted, NULL, &w.out->after, err);
	if (r >= 0 && w.out->after.apparent >= w.out->before.apparent && w.out->after.on_disk >= w.out->before.on_disk)
		apply_add_line(run->report, &w.out->notes, "the copy is no smaller than the original: keep the original");
	return r;
}
