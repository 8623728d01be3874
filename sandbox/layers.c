/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/layers.h"

#include "base/cleanup.h"
#include "sandbox/copy.h"
#include "sandbox/cover.h"
#include "sandbox/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_inputs(const struct plan *p, struct error *err)
{
	int fd = open(p->inputs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? error_set(err, -errno, p->inputs, "cannot open the inputs") : fd;
}

/* ---- the working tree -------------------------------------------------------------------------------------- */

static int copy_inputs(const struct plan *p, int from, int to, struct error *err)
{
	const struct action *a = p->action;
	struct copy_options o = { .mtime_shift = a->mtime_shift, .atime_shift = a->atime_shift,
				  .reversed = a->copy_reversed, .own = p->chown, .uid = a->uid, .gid = a->gid };
	struct copy_result result = { 0 };
	double start = monotonic_seconds();
	int r = copy_tree(from, to, &o, &result, err);

	p->report->copy_seconds = monotonic_seconds() - start;
	p->report->copied_bytes = result.bytes;
	if (!r && result.unreadable && !*p->report->warning)
		(void)snprintf(p->report->warning, sizeof(p->report->warning),
			       "%llu of the inputs cannot be read: they are empty for the action",
			       (unsigned long long)result.unreadable);
	return r;
}

/* The lower side: the inputs, or a copy of them, named "copy". */
static int lower_of_tree(const struct root *r, int inputs, bool copy, struct error *err)
{
	AUTO_FD int to = -1;
	int q;

	if (!copy)
		return dup(inputs);
	to = root_directory(r, "copy", inputs);
	if (to < 0)
		return error_set(err, to, NULL, "cannot make room for a copy of the inputs");
	q = copy_inputs(r->plan, inputs, to, err);
	return q < 0 ? q : steal_fd(&to);
}

static int overlay_tree(const struct root *r, int lower, int upper, int work)
{
	if (!(r->plan->use & WORLD_OVERLAY))
		return -ENOSYS;
	return mount_overlay(lower, upper, work, r->plan->user_namespace);
}

/* The tree's mount; *ret_upper: what is written to it. */
static int make_tree(struct root *r, int *ret_upper, struct error *err)
{
	const struct plan *p = r->plan;
	AUTO_FD int inputs = open_inputs(p, err), upper = -1, work = -1, lower = -1;
	bool copy = p->copy || !(p->use & WORLD_OVERLAY) || mount_has_below(p->inputs) != 0;
	int mount;

	if (inputs < 0)
		return inputs;
	upper = root_directory(r, "tree", inputs);
	work = root_directory(r, "tree.work", -1);
	if (upper < 0 || work < 0)
		return error_set(err, upper < 0 ? upper : work, NULL, "cannot make room for what is written");
	if (p->chown && fchown(upper, p->action->uid, p->action->gid) < 0)
		return error_set(err, -errno, NULL, "cannot give the tree away");
	lower = lower_of_tree(r, inputs, copy, err);
	if (lower < 0)
		return lower;
	mount = overlay_tree(r, lower, upper, work);
	if (mount < 0 && !copy) { /* the inputs' file system may be the reason */
		cleanup_fd(&lower);
		lower = lower_of_tree(r, inputs, true, err);
		if (lower < 0)
			return lower;
		mount = overlay_tree(r, lower, upper, work);
	}
	if (mount >= 0) {
		*ret_upper = steal_fd(&upper);
		return mount;
	}
	report_lack(p->report, WORLD_OVERLAY, "no overlay of the inputs (%s): a copy stands in", strerror(-mount));
	p->report->whole = true;
	mount = copy_settle(r->scratch, &p->report->settled);
	if (mount < 0)
		return error_set(err, mount, NULL, "cannot read the time");
	*ret_upper = steal_fd(&lower);
	return mount_clone_alone(r->scratch, "copy", false);
}

/* ---- directories beside it --------------------------------------------------------------------------------- */

static int overlay_writable(const struct root *r, int lower, const char *upper, const char *work)
{
	AUTO_FD int upper_fd = -1, work_fd = -1;

	upper_fd = root_directory(r, upper, lower);
	work_fd = root_directory(r, work, -1);
	if (upper_fd < 0 || work_fd < 0)
		return upper_fd < 0 ? upper_fd : work_fd;
	return mount_overlay(lower, upper_fd, work_fd, r->plan->user_namespace);
}

/* An overlay does not show what is mounted below its lower side, and where that may not be uncovered it is refused. */
static int show_writable(struct root *r, const struct writable *w, const char *upper, const char *work)
{
	AUTO_FD int lower = open(w->from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_FREE char *path = realpath(w->from, NULL);

	if (lower < 0 || !path)
		return -errno;
	if (!(r->plan->use & WORLD_OVERLAY))
		return -ENOSYS;
	if (mount_has_below(path) > 0)
		return cover_make(r, lower, path, w->at, upper);
	return overlay_writable(r, lower, upper, work);
}

static int empty_writable(const struct root *r, const struct writable *w, const char *name)
{
	AUTO_FD int like = open(w->at, O_PATH | O_DIRECTORY | O_CLOEXEC), made = root_directory(r, name, like);

	if (made < 0)
		return made;
	root_age(made);
	if (r->plan->chown && fchown(made, r->plan->action->uid, r->plan->action->gid) < 0)
		return -errno;
	return mount_clone_alone(r->scratch, name, false);
}

static int add_writable(struct root *r, size_t i, struct error *err)
{
	const struct writable *w = &r->plan->action->writable[i];
	char upper[32], work[32];
	AUTO_FD int fd = -1;
	int mount = -ENOENT, q;

	(void)snprintf(upper, sizeof(upper), "w%zu", i);
	(void)snprintf(work, sizeof(work), "w%zu.work", i);
	if (w->from)
		mount = show_writable(r, w, upper, work);
	if (w->from && mount < 0) {
		report_lack(r->plan->report, 0, "%s is empty for the action (%s)", w->at,
			    mount == -E2BIG ? "something is mounted below it, and it has too many entries" : strerror(-mount));
		(void)snprintf(upper, sizeof(upper), "w%zu.empty", i);
	}
	if (mount < 0)
		mount = empty_writable(r, w, upper);
	if (mount < 0)
		return error_set(err, mount, w->at, "cannot make a directory that the action may write to");
	q = root_add(r, mount, w->at, ATTACH_DIRECTORY, err);
	if (q < 0)
		return q;
	fd = openat(r->scratch, upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : message_send(r->plan->control, MESSAGE_WRITABLE, fd);
}

static int add_shown(struct root *r, const struct writable *s, struct error *err)
{
	AUTO_FD int fd = open(s->from, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, -errno, s->from, "cannot show it to the action");
	return root_add(r, mount_clone(fd, "", true), s->at, S_ISDIR(st.st_mode) ? ATTACH_DIRECTORY : 0, err);
}

/* The inputs' own place, when they are shown elsewhere. */
static int add_hidden(struct root *r, struct error *err)
{
	AUTO_FD int fd = root_directory(r, "hidden", -1);

	if (fd < 0)
		return error_set(err, fd, NULL, "cannot make an empty directory");
	(void)fchmod(fd, 0555);
	return root_add(r, mount_clone_alone(r->scratch, "hidden", false), r->plan->hide,
			ATTACH_DIRECTORY | ATTACH_READ_ONLY, err);
}

int layers_add(struct root *r, struct error *err)
{
	const struct action *a = r->plan->action;
	AUTO_FD int upper = -1;
	int mount = make_tree(r, &upper, err), q;
	size_t i;

	if (mount < 0)
		return error_set(err, mount, r->plan->inputs, "cannot present the inputs");
	q = root_add(r, mount, a->directory, ATTACH_DIRECTORY | ATTACH_LAST, err);
	if (!q)
		q = message_send(r->plan->control, MESSAGE_OUTPUTS, upper);
	for (i = 0; !q && i < a->writable_count; i++)
		q = add_writable(r, i, err);
	for (i = 0; !q && i < a->shown_count; i++)
		q = add_shown(r, &a->shown[i], err);
	if (!q && r->plan->hide)
		q = add_hidden(r, err);
	if (!q && r->partly) /* after what weighs more: one remark is kept */
		report_lack(r->plan->report, 0, "something is mounted below %s: some of its files are read-only for the action",
			    r->partly);
	return q;
}

/* ---- without a mount namespace ----------------------------------------------------------------------------- */

static int stand_in(int room, const char *name)
{
	int fd;

	if (mkdirat(room, name, 0755) < 0)
		return -errno;
	fd = openat(room, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int stand_in_writable(const struct plan *p, int room)
{
	size_t i;
	int r = 0;

	for (i = 0; !r && i < p->action->writable_count; i++) {
		char name[32];
		AUTO_FD int fd = -1;

		(void)snprintf(name, sizeof(name), STAND_IN_WRITABLE, i);
		fd = stand_in(room, name);
		r = fd < 0 ? fd : 0;
		if (!r && p->chown && fchown(fd, p->action->uid, p->action->gid) < 0)
			r = -errno;
		if (!r)
			r = message_send(p->control, MESSAGE_WRITABLE, fd);
	}
	return r;
}

int layers_stand_in(const struct plan *p, struct error *err)
{
	AUTO_FD int inputs = open_inputs(p, err), room = -1, tree = -1;
	int r;

	if (inputs < 0)
		return inputs;
	room = open(p->room, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tree = room < 0 ? -errno : stand_in(room, STAND_IN_TREE);
	if (tree < 0)
		return error_set(err, tree, p->room, "cannot make room for a copy of the inputs");
	r = copy_inputs(p, inputs, tree, err);
	if (!r)
		r = stand_in_writable(p, room);
	if (!r)
		r = message_send(p->control, MESSAGE_OUTPUTS, tree);
	p->report->whole = true;
	if (!r)
		r = copy_settle(room, &p->report->settled);
	return r < 0 ? error_set(err, r, p->room, "cannot make directories for the action") : 0;
}
