/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/record/record.h"

#include "base/buffer.h"
#include "base/content.h"
#include "depgraph/record/profile.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMAND_MAX 65536
#define PYTHONS_MAX 16

struct recording {
	const struct record_options *o;
	struct timespec started;
	struct profile *profile; /* what was there, with --append */
};

/* ---- the run --------------------------------------------------------------------------------------------------- */

static json_t *command_text(char *const *argv)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(COMMAND_MAX);
	size_t i;

	for (i = 0; argv[i] && !b.error; i++) {
		if (i)
			(void)buffer_putc(&b, ' ');
		(void)buffer_shell_word(&b, argv[i]);
	}
	return json_bytes(buffer_str(&b), b.len);
}

static json_t *time_text(time_t t)
{
	struct tm tm;
	char text[32];

	(void)gmtime_r(&t, &tm);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

/* "3.11" of /usr/lib/python3.11/os.py; false: not a file of an interpreter's library. */
static bool python_of(const char *path, char out[16])
{
	const char *p = strstr(path, "/python3.");
	size_t n;

	if (!p)
		return false;
	p += strlen("/python");
	n = 2 + strspn(p + 2, "0123456789");
	if (n < 3 || n >= 16 || (p[n] && p[n] != '/'))
		return false;
	memcpy(out, p, n);
	out[n] = '\0';
	return true;
}

static json_t *pythons(const struct files_seen *seen)
{
	json_t *found = json_array();
	size_t i, k;

	for (i = 0; i < seen->count; i++) {
		char version[16];

		if (!python_of(seen->items[i].path, version))
			continue;
		for (k = 0; k < json_array_size(found); k++)
			if (!strcmp(json_string_value(json_array_get(found, k)), version))
				break;
		if (k == json_array_size(found) && k < PYTHONS_MAX)
			(void)json_array_append_new(found, json_string(version));
	}
	return found;
}

static json_t *blind_programs(const struct files_seen *seen)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < seen->blind_count; i++) {
		json_t *j = json_object();

		(void)json_put(j, "program", json_text(seen->blind[i].program));
		(void)json_put(j, "why", json_string(seen->blind[i].why));
		(void)json_array_append_new(list, j);
	}
	return list;
}

static int put_number(json_t *j, const char *key, uint64_t n)
{
	return json_put(j, key, json_integer((json_int_t)n));
}

static int put_host(json_t *j)
{
	char system[3 * sizeof(((struct utsname *)0)->sysname) + 4];
	struct utsname u;
	int r;

	if (uname(&u) < 0)
		return 0;
	(void)snprintf(system, sizeof(system), "%s %s %s", u.sysname, u.release, u.machine);
	r = json_put(j, "host", json_text(u.nodename));
	return r < 0 ? r : json_put(j, "system", json_text(system));
}

static int put_how_it_ended(json_t *j, int status)
{
	return WIFSIGNALED(status) ? put_number(j, "signal", (uint64_t)WTERMSIG(status)) :
				     put_number(j, "status", (uint64_t)WEXITSTATUS(status));
}

static int put_what_was_seen(json_t *j, const struct files_seen *seen)
{
	int r = json_put(j, "python", pythons(seen));

	if (!r)
		r = put_number(j, "programs", seen->programs);
	if (!r)
		r = json_put(j, "blind", blind_programs(seen));
	if (!r)
		r = put_number(j, "unread", seen->unread);
	if (!r)
		r = put_number(j, "elsewhere", seen->elsewhere);
	if (!r)
		r = put_number(j, "dropped", seen->dropped);
	return r ? r : json_put(j, "leftover", json_boolean(seen->leftover));
}

static int add_run(struct profile *p, const struct recording *c, const struct files_seen *seen, int status)
{
	json_t *j = json_object();
	char directory[PATH_MAX];
	int r = json_put(j, "command", command_text(c->o->argv));

	if (!r && getcwd(directory, sizeof(directory)))
		r = json_put(j, "directory", json_text(directory));
	if (!r)
		r = json_put(j, "tool", json_string("depgraph " VERSION));
	if (!r)
		r = json_put(j, "started", time_text(c->started.tv_sec));
	if (!r)
		r = json_put(j, "seconds", json_real(seen->seconds));
	if (!r)
		r = put_how_it_ended(j, status);
	if (!r)
		r = put_host(j);
	if (!r)
		r = put_what_was_seen(j, seen);
	if (r < 0) {
		json_decref(j);
		return r;
	}
	return json_array_append_new(p->runs, j) < 0 ? -ENOMEM : 0;
}

/* ---- its files ------------------------------------------------------------------------------------------------- */

static void take_digest(const char *path, struct profile_file *f)
{
	CLEANUP(content_unrefp) struct content *c = NULL;

	if (content_open(AT_FDCWD, path, &c, NULL) < 0)
		return;
	f->size = content_size(c);
	f->has_digest = sha256_of(content_data(c), content_size(c), &f->digest) == 0 && !content_damaged(c);
	content_done(c, 0, content_size(c));
}

static int add_files(struct profile *p, const struct recording *c, const struct files_seen *seen)
{
	size_t i;
	int r = 0;

	for (i = 0; !r && i < seen->count; i++) {
		const struct file_use *u = &seen->items[i];
		struct profile_file f = { .path = u->path, .reads = u->reads, .writes = u->writes, .execs = u->execs,
					  .runs = 1, .made = u->made };

		if (!c->o->no_digests && !u->writes)
			take_digest(u->path, &f);
		r = profile_add(p, &f);
	}
	return r;
}

static int finish(void *ctx, const struct files_seen *seen, int status, struct error *err)
{
	struct recording *c = ctx;
	CLEANUP(profile_freep) struct profile *p = NULL;
	int r = profile_new(&p);

	if (!r)
		r = add_run(p, c, seen, status);
	if (!r)
		r = add_files(p, c, seen);
	if (!r && c->profile)
		r = profile_merge(c->profile, p);
	if (r < 0)
		return error_set(err, r, c->o->output, "the profile cannot be made");
	return profile_write(c->profile ? c->profile : p, c->o->output, err);
}

int record_run(const struct record_options *o, struct files_outcome *ret, struct error *err)
{
	struct recording c = { .o = o };
	CLEANUP(profile_freep) struct profile *before = NULL;
	int r;

	*ret = (struct files_outcome){ 0 };
	if (o->append && access(o->output, F_OK) == 0) {
		r = profile_read(o->output, &before, err);
		if (r < 0)
			return r;
	}
	c.profile = before;
	(void)clock_gettime(CLOCK_REALTIME, &c.started);
	return files_run(o->argv, finish, &c, ret, err);
}
