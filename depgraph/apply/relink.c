/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relink.c: the steps: words, a directory of its own, the link, the comparison, and only then a name in `out`.
 */
#include "base/path.h"
#include "depgraph/apply/relink_private.h"
#include "depgraph/link/line_private.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct relink {
	const json_t *const *actions;
	size_t action_count;
	const struct relink_options *o;
	struct relink_line edited, original; /* words are the actions' */
	const char **words;                  /* owned: of `edited` */
	struct link_line *read;              /* the edited line, understood */
	struct arena arena;
	char *out;      /* absolute */
	char *work;     /* new directory in it; NULL: not made */
	struct relink_outputs outputs;
	const char *before;
	struct buffer said;
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void relink_release(struct relink *r)
{
	if (r->work)
		(void)nftw(r->work, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(r->work);
	free(r->out);
	free(r->words);
	link_line_free(r->read);
	arena_release(&r->arena);
	buffer_release(&r->said);
}

void relink_report_release(struct relink_report *r)
{
	free(r->output);
	free(r->map);
	free(r->command);
	*r = (struct relink_report){ 0 };
}

static char *quoted(const struct relink_line *line)
{
	struct buffer b = BUFFER_INIT((size_t)64 << 20);
	size_t i;

	for (i = 0; i < line->count; i++) {
		if (i)
			buffer_putc(&b, ' ');
		buffer_shell_word(&b, line->words[i]);
	}
	return buffer_detach(&b);
}

/* ---- before the link ----------------------------------------------------------------------------------------- */

/* The line once more as link_line reads it: flags, and which word is which library. */
static int understand(struct relink *r, struct error *err)
{
	json_t *array = json_array();
	char *text;
	size_t i;
	int result;

	for (i = 0; i < r->edited.count; i++)
		(void)json_array_append_new(array, json_text(r->edited.words[i]));
	text = json_dumps(array, JSON_COMPACT);
	json_decref(array);
	if (!text)
		return error_set(err, -ENOMEM, "", "no memory");
	result = link_line_parse(text, strlen(text), "the edited link line", r->edited.directory, &r->read, err);
	free(text);
	return result;
}

static int take_words(struct relink *r, struct error *err)
{
	const json_t *line;
	size_t i, n;
	int result = relink_words(r->actions, r->action_count, &r->words, &n, err);

	if (result < 0)
		return result;
	r->edited = (struct relink_line){ r->words, n, json_string_value(json_object_get(r->actions[0], "directory")) };
	line = json_object_get(r->actions[0], "line");
	r->original = (struct relink_line){ .count = json_array_size(line), .directory = r->edited.directory };
	r->original.words = arena_array(&r->arena, r->original.count + 1, sizeof(*r->original.words));
	if (!r->original.words)
		return error_set(err, -ENOMEM, "", "no memory");
	for (i = 0; i < r->original.count; i++)
		r->original.words[i] = json_string_value(json_array_get(line, i));
	return understand(r, err);
}

static int make_directory(struct relink *r, const char *name, struct error *err)
{
	char path[4200];

	(void)snprintf(path, sizeof(path), "%s/%s", r->work, name);
	return mkdir(path, 0700) < 0 ? error_set(err, -errno, path, "cannot make this directory") : 0;
}

static int make_work(struct relink *r, struct error *err)
{
	static const char *const parts[] = { "output", "map", "control", "control/output", "control/map" };
	AUTO_FREE char *template = NULL;
	size_t i;
	int result = 0;

	r->out = realpath(r->o->out, NULL);
	if (!r->out)
		return error_set(err, -errno, r->o->out, "the output directory cannot be used");
	template = path_join(r->out, ".relink-XXXXXX");
	if (!template)
		return error_set(err, -ENOMEM, r->out, "no memory");
	if (!mkdtemp(template))
		return error_set(err, -errno, r->out, "a directory cannot be made in it");
	r->work = steal_pointer(template);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]) && result == 0; i++)
		result = make_directory(r, parts[i], err);
	return result;
}

/* `out` is where the inputs are not: an output that would replace the original is refused. */
static int check_place(struct relink *r, struct error *err)
{
	char original[4200];
	AUTO_FREE char *target = path_join(r->out, path_base(r->outputs.output));
	struct stat a, b;

	if (!target)
		return error_set(err, -ENOMEM, r->out, "no memory");
	link_line_path(r->read, r->outputs.original ? r->outputs.original : "a.out", original, sizeof(original));
	if (stat(target, &a) == 0 && stat(original, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		return error_set(err, -EINVAL, target, "this is the original output: choose another directory");
	return 0;
}

/* ---- the link ------------------------------------------------------------------------------------------------- */

static unsigned limit(const struct relink *r)
{
	return r->o->seconds ? r->o->seconds : RELINK_SECONDS;
}

static int link_edited(struct relink *r, struct relink_report *report, struct error *err)
{
	struct relink_line line;
	int result = relink_redirect(&r->edited, r->work, &r->arena, &line, &r->outputs);

	if (result < 0)
		return error_set(err, result, "", "no memory");
	result = check_place(r, err);
	if (result < 0)
		return result;
	report->command = quoted(&line);
	if (!report->command)
		return error_set(err, -ENOMEM, "", "no memory");
	return relink_run(&line, limit(r), &r->said, err);
}

/* The original output, or what the line without edits makes. */
static int find_before(struct relink *r, struct error *err)
{
	char *path = arena_alloc(&r->arena, 4200);
	struct relink_outputs outputs;
	struct relink_line line;
	int result;

	if (!path)
		return error_set(err, -ENOMEM, "", "no memory");
	if (r->o->before) {
		r->before = r->o->before;
		return 0;
	}
	link_line_path(r->read, r->outputs.original ? r->outputs.original : "a.out", path, 4200);
	r->before = path;
	if (access(path, R_OK) == 0)
		return 0;
	(void)snprintf(path, 4200, "%s/control", r->work);
	result = relink_redirect(&r->original, path, &r->arena, &line, &outputs);
	if (result < 0)
		return error_set(err, result, "", "no memory");
	r->before = outputs.output;
	return relink_run(&line, limit(r), &r->said, err);
}

/* ---- after it ------------------------------------------------------------------------------------------------- */

static bool any_as_needed(const struct link_line *l)
{
	size_t i;

	for (i = 0; i < l->argc; i++)
		if (strstr(l->argv[i], "--as-needed"))
			return true;
	return false;
}

static size_t gather(const struct relink *r, const char *key, const char **out)
{
	size_t i, k, n = 0;
	const json_t *item;

	for (i = 0; i < r->action_count; i++)
		json_array_foreach(json_object_get(r->actions[i], key), k, item) {
			const char *text = json_string_value(item);

			if (!text && json_is_integer(item))
				text = r->original.words[json_integer_value(item)];
			if (text && out)
				out[n] = text;
			n += text != NULL;
		}
	return n;
}

static int compare(struct relink *r, struct relink_report *report, struct error *err)
{
	struct relink_compare c = { .before = r->before, .after = r->outputs.output, .as_needed = any_as_needed(r->read),
				    .exports_promised = r->read->shared || r->read->export_dynamic };
	const char **dropped = arena_array(&r->arena, gather(r, "drop", NULL) + 1, sizeof(*dropped));
	const char **needed = arena_array(&r->arena, gather(r, "needed", NULL) + 1, sizeof(*needed));

	if (!dropped || !needed)
		return error_set(err, -ENOMEM, "", "no memory");
	c.dropped_count = gather(r, "drop", dropped);
	c.needed_count = gather(r, "needed", needed);
	c.dropped = dropped;
	c.needed = needed;
	return relink_compare(&c, report, err);
}

/* Into `out` under its own name; the kernel's buffers first, so that a full disk is told before the name is there. */
static int publish(const struct relink *r, const char *from, char **ret, struct error *err)
{
	AUTO_FREE char *to = path_join(r->out, path_base(from));
	AUTO_FD int fd = open(from, O_RDONLY | O_CLOEXEC);

	if (!to)
		return error_set(err, -ENOMEM, r->out, "no memory");
	if (fd < 0 || fsync(fd) < 0 || rename(from, to) < 0)
		return error_set(err, -errno, to, "cannot be written");
	*ret = steal_pointer(to);
	return 0;
}

static int publish_all(struct relink *r, struct relink_report *report, struct error *err)
{
	int result = publish(r, r->outputs.output, &report->output, err);

	if (result == 0 && r->outputs.map && access(r->outputs.map, R_OK) == 0)
		result = publish(r, r->outputs.map, &report->map, err);
	if (result < 0 && report->output)
		(void)unlink(report->output);
	return result;
}

int relink_apply(const json_t *const *actions, size_t count, const struct relink_options *o, struct relink_report *ret,
		 struct error *err)
{
	CLEANUP(relink_release) struct relink r = { .actions = actions, .action_count = count, .o = o,
						    .arena = ARENA_INIT((size_t)1 << 30), .said = BUFFER_INIT(1 << 20) };
	CLEANUP(relink_report_release) struct relink_report report = { 0 };
	int result = take_words(&r, err);

	if (result == 0)
		result = make_work(&r, err);
	if (result == 0)
		result = link_edited(&r, &report, err);
	if (result == 0)
		result = find_before(&r, err);
	if (result == 0)
		result = compare(&r, &report, err);
	if (result == 0 && (report.ok || o->keep_anyway))
		result = publish_all(&r, &report, err);
	if (result < 0)
		return result;
	*ret = report;
	report = (struct relink_report){ 0 };
	return 0;
}
