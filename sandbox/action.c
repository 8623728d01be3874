/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The caller's side of an action: it prepares a plan, starts the world's first process, reads what the command
 * prints, keeps an eye on the time and on its own caller, and in the end gathers what came of it.
 *
 * The end of the control socket is the end of the world's first process, since nobody else holds the other side; so one
 * poll() waits for everything.  To stop a command is to ask first: the first process kills the command and
 * ends in order, with the report complete.  If it does not within STOP_MS, or is still building the world, it is killed.
 */
#include "sandbox/action.h"

#include "base/cleanup.h"
#include "sandbox/capture.h"
#include "sandbox/collect.h"
#include "sandbox/inside.h"
#include "sandbox/prepare.h"
#include "sandbox/spawn.h"
#include "sandbox/trace.h"
#include "sandbox/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STOP_MS 2000
#define TICK_MS 50

/* What action_run() hands out; the room goes with it, for the outputs may lie there. */
struct kept {
	struct action_result result; /* first */
	struct rundir room;
};

struct run {
	const struct action *action;
	struct prepared prepared;
	struct report *report;
	struct kept *kept;
	struct action_result *result; /* of kept */
	struct capture out, err;
	int control, records;
	int outputs, shared;
	int *written;                 /* of action->writable */
	size_t written_count;
	pid_t pid;                    /* 0: waited for */
	double begun, kill_at;        /* kill_at 0: not stopping */
	bool stopping;
};

void action_result_free(struct action_result *r)
{
	struct kept *k = (struct kept *)r;
	size_t i;

	if (!r)
		return;
	if (r->outputs >= 0)
		(void)close(r->outputs);
	for (i = 0; i < r->elsewhere_count; i++)
		free(r->elsewhere[i]);
	free(r->elsewhere);
	buffer_release(&r->out.head);
	buffer_release(&r->out.tail);
	buffer_release(&r->err.head);
	buffer_release(&r->err.tail);
	process_list_release(&r->processes);
	rundir_release(&k->room);
	free(k);
}

static void close_if(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void run_release(struct run *r)
{
	int status;
	size_t i;

	if (r->pid > 0) {
		(void)kill(r->pid, SIGKILL);
		(void)spawn_wait(r->pid, &status);
	}
	for (i = 0; i < r->written_count; i++)
		close_if(&r->written[i]);
	free(r->written);
	close_if(&r->outputs);
	close_if(&r->shared);
	close_if(&r->control);
	close_if(&r->records);
	close_if(&r->prepared.plan.control);
	close_if(&r->prepared.plan.out);
	close_if(&r->prepared.plan.err);
	capture_release(&r->out);
	capture_release(&r->err);
	report_free(r->report);
	prepared_release(&r->prepared);
	if (r->kept)
		action_result_free(&r->kept->result);
}

/* ---- starting ---------------------------------------------------------------------------------------------- */

static int open_pipe(struct capture *c, int *ret_write)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	capture_begin(c, fds[0]);
	*ret_write = fds[1];
	return 0;
}

static int open_channels(struct run *r, struct error *err)
{
	struct plan *p = &r->prepared.plan;
	int pair[2], q = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, -errno, NULL, "cannot make a socket");
	r->control = pair[0];
	p->control = pair[1];
	r->records = p->records = memfd_create("records", MFD_CLOEXEC);
	if (r->records < 0)
		return error_set(err, -errno, NULL, "cannot make a file in memory");
	if (!r->action->tty) {
		q = open_pipe(&r->out, &p->out);
		if (!q)
			q = open_pipe(&r->err, &p->err);
	}
	return q < 0 ? error_set(err, q, NULL, "cannot make a pipe") : 0;
}

static int allocate(struct run *r, size_t log_max, struct error *err)
{
	size_t i, n = r->action->writable_count;

	r->kept = calloc(1, sizeof(*r->kept));
	r->report = report_new();
	r->written = calloc(n ? n : 1, sizeof(*r->written));
	if (!r->kept || !r->report || !r->written) {
		if (r->kept)
			r->kept->result.outputs = r->kept->room.fd = -1;
		return error_set(err, -ENOMEM, NULL, "no memory");
	}
	r->kept->room = (struct rundir)RUNDIR_NONE;
	r->result = &r->kept->result;
	r->result->outputs = -1;
	for (i = 0; i < n; i++)
		r->written[i] = -1;
	r->prepared.plan.report = r->report;
	(void)capture_init(&r->out, log_max, &r->result->out);
	(void)capture_init(&r->err, log_max, &r->result->err);
	return 0;
}

static void call_inside(struct plan *p)
{
	inside_main(p);
}

static int start(struct run *r, bool probe, size_t log_max, struct error *err)
{
	struct plan *p = &r->prepared.plan;
	int q = prepare(r->action, probe, &r->prepared, err);

	if (!q)
		q = allocate(r, log_max, err);
	if (!q)
		q = open_channels(r, err);
	if (!q)
		q = spawn_world(p, (const int[]){ p->control, p->out, p->err, p->records }, 4, r->control, call_inside,
				&r->pid, err);
	if (q < 0)
		return q;
	close_if(&p->out);
	close_if(&p->err);
	return 0;
}

/* ---- while it runs ----------------------------------------------------------------------------------------- */

static void stop(struct run *r)
{
	double now = monotonic_seconds();

	if (!r->stopping) {
		r->stopping = true;
		r->kill_at = now + STOP_MS / 1000.0;
		if (atomic_load(&r->report->running))
			(void)message_send(r->control, MESSAGE_STOP, -1);
		else
			r->kill_at = now;
	}
	if (r->kill_at && now >= r->kill_at) {
		(void)kill(r->pid, SIGKILL);
		r->kill_at = 0;
	}
}

/* The time-out counts from the command's start. */
static double deadline(const struct run *r)
{
	if (!r->action->timeout_ms || !atomic_load(&r->report->running))
		return 0;
	return r->report->started + (double)r->action->timeout_ms / 1000.0;
}

static void look_at_clock(struct run *r)
{
	double at = deadline(r);

	if (!r->stopping && r->action->interrupted && r->action->interrupted(r->action->interrupted_ctx)) {
		r->result->interrupted = true;
		stop(r);
	}
	if (!r->stopping && at && monotonic_seconds() >= at) {
		r->result->timed_out = true;
		stop(r);
	}
	if (r->stopping)
		stop(r);
}

static int timeout_of(const struct run *r)
{
	double at = r->stopping ? r->kill_at : deadline(r), left;

	if (r->action->interrupted || (r->action->timeout_ms && !at))
		return TICK_MS;
	if (!at)
		return -1;
	left = (at - monotonic_seconds()) * 1000;
	return left <= 0 ? 0 : left > 60000 ? 60000 : (int)left + 1;
}

/* False at its end. */
static bool hear(struct run *r)
{
	int fd, m = message_receive(r->control, &fd);

	if (m == -EINTR)
		return true;
	if (m <= 0)
		return false;
	if (m == MESSAGE_OUTPUTS && r->outputs < 0)
		r->outputs = steal_fd(&fd);
	else if (m == MESSAGE_SHARED && r->shared < 0)
		r->shared = steal_fd(&fd);
	else if (m == MESSAGE_WRITABLE && r->written_count < r->action->writable_count)
		r->written[r->written_count++] = steal_fd(&fd);
	else if (m == MESSAGE_TERMINAL && fd >= 0)
		capture_begin(&r->out, steal_fd(&fd));
	close_if(&fd);
	return true;
}

static void supervise(struct run *r)
{
	bool there = true;
	int status;

	while (there) {
		struct pollfd polled[3] = { { .fd = r->control, .events = POLLIN },
					    { .fd = r->out.fd, .events = POLLIN },
					    { .fd = r->err.fd, .events = POLLIN } };

		(void)poll(polled, 3, timeout_of(r));
		if (polled[1].revents)
			(void)capture_drain(&r->out);
		if (polled[2].revents)
			(void)capture_drain(&r->err);
		if (polled[0].revents)
			there = hear(r);
		look_at_clock(r);
	}
	(void)spawn_wait(r->pid, &status);
	r->pid = 0;
	(void)capture_drain(&r->out);
	(void)capture_drain(&r->err);
}

/* ---- afterwards -------------------------------------------------------------------------------------------- */

static void take_status(struct run *r)
{
	const struct report *report = r->report;
	struct action_result *a = r->result;
	int status = report->ended ? report->status : SIGKILL;

	if (WIFSIGNALED(status)) {
		a->signal = WTERMSIG(status);
		a->status = 128 + a->signal;
	} else {
		a->status = WEXITSTATUS(status);
	}
}

static void take_report(struct run *r)
{
	const struct report *report = r->report;
	struct action_result *a = r->result;
	const char *missing = action_world_probe()->missing;

	take_status(r);
	a->filled = report->filled;
	a->leftover = report->leftover;
	a->copied_bytes = report->copied_bytes;
	a->copy_seconds = report->copy_seconds;
	a->seconds = report->command_seconds;
	if (!report->ended && report->started)
		a->seconds = monotonic_seconds() - report->started;
	a->setup_seconds = report->started ? report->started - r->begun - report->copy_seconds : 0;
	a->lacks = report->lacks | r->prepared.lacks;
	memcpy(a->warning, report->warning, sizeof(a->warning));
	if (!*a->warning && r->prepared.lacks)
		(void)snprintf(a->warning, sizeof(a->warning), "%.*s", (int)sizeof(a->warning) - 1, missing);
}

static int take_processes(struct run *r, struct error *err)
{
	struct process_list *list = &r->result->processes;
	struct stat st;
	void *p;
	int q;

	if (fstat(r->records, &st) < 0 || !st.st_size)
		return 0;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, r->records, 0);
	if (p == MAP_FAILED)
		return error_set(err, -errno, NULL, "cannot read which programs ran");
	q = r->action->trace ? trace_read(p, (size_t)st.st_size, list, err) : watch_read(p, (size_t)st.st_size, list, err);
	(void)munmap(p, (size_t)st.st_size);
	list->dropped += r->report->dropped;
	return q;
}

static int take_outputs(struct run *r, struct error *err)
{
	const struct action *a = r->action;
	size_t i;
	int q = 0;

	if (r->outputs >= 0 && r->report->whole)
		q = collect_changes(r->prepared.inputs, r->outputs, &r->report->settled);
	if (r->outputs >= 0)
		collect_mount_points(a, r->prepared.inputs, r->outputs);
	for (i = 0; !q && i < r->written_count; i++)
		if (r->written[i] >= 0)
			q = collect_elsewhere(a, r->written[i], a->writable[i].at, &r->report->settled, r->result);
	if (!q && r->shared >= 0)
		q = collect_elsewhere(a, r->shared, "/dev/shm", &r->report->settled, r->result);
	r->result->outputs = steal_fd(&r->outputs);
	return q < 0 ? error_set(err, q, NULL, "cannot gather what the action wrote") : 0;
}

static int finish(struct run *r, struct error *err)
{
	int q;

	if (r->report->error.code && !r->stopping) {
		if (err && !err->code)
			*err = r->report->error;
		return r->report->error.code;
	}
	if (!r->report->ended && !r->stopping)
		return error_set(err, -ECHILD, NULL, "the first process of the action's world was killed");
	take_report(r);
	q = capture_finish(&r->out);
	if (!q)
		q = capture_finish(&r->err);
	if (q < 0)
		return error_set(err, q, NULL, "cannot keep what the action printed");
	q = take_processes(r, err);
	return q < 0 ? q : take_outputs(r, err);
}

static int run(const struct action *a, bool probe, size_t log_max, struct action_result **ret, struct error *err)
{
	CLEANUP(run_release) struct run r = { .action = a, .control = -1, .records = -1, .outputs = -1, .shared = -1,
					      .out.fd = -1, .err.fd = -1, .prepared.room.fd = -1,
					      .prepared.plan = { .control = -1, .out = -1, .err = -1 } };
	int q;

	r.begun = monotonic_seconds();
	q = start(&r, probe, log_max, err);
	if (q < 0)
		return q;
	supervise(&r);
	q = finish(&r, err);
	if (q < 0)
		return q;
	r.kept->room = r.prepared.room;
	r.prepared.room = (struct rundir)RUNDIR_NONE;
	*ret = r.result;
	r.kept = NULL;
	return 0;
}

int action_run(const struct action *a, struct action_result **ret, struct error *err)
{
	return run(a, false, a->log_max, ret, err);
}

#define PROBE_MAX ((size_t)2 << 20)

int action_probe(const struct action *a, struct buffer *ret, struct error *err)
{
	CLEANUP(action_result_freep) struct action_result *result = NULL;
	int r = run(a, true, PROBE_MAX, &result, err);

	if (r < 0)
		return r;
	if (result->status)
		return error_set(err, -EIO, NULL, "the probe ended with status %d: %.120s", result->status,
				 buffer_str(&result->err.head));
	(void)buffer_append(ret, buffer_str(&result->out.head), result->out.head.len);
	(void)buffer_append(ret, buffer_str(&result->out.tail), result->out.tail.len);
	return ret->error;
}
