/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/size/command.h"

#include "base/path.h"
#include "base/terminal.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

#define LIMIT_DEFAULT 20
#define KEPT_LARGEST (32 << 20)
#define LIMIT_UNSET UINT64_MAX
#define NAMESPACE_DEPTH_MAX 64

void size_command_defaults(void *options)
{
	struct size_command *c = options;

	c->by = "section";
	c->order = "file";
	c->colour = "auto";
	c->limit = LIMIT_UNSET;
	c->namespace_depth = 2;
}

/* Arrays of megabytes come and go with every key: memory that is kept is not faulted in again, which is a third of the time. */
static void keep_memory(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, KEPT_LARGEST);
	(void)mallopt(M_TRIM_THRESHOLD, KEPT_LARGEST);
}

int size_command_check(struct size_command *c, struct error *err)
{
	int r = size_keys_parse(c->by, c->options.by, &c->options.depth, err);

	keep_memory();
	if (r < 0)
		return r;
	if (terminal_set_colour(c->colour) < 0)
		return error_set(err, -EINVAL, "--color", "takes auto, always or never, not \"%s\"", c->colour);
	if (size_order_parse(c->order, &c->view.order) < 0)
		return error_set(err, -EINVAL, "--sort", "takes file, loaded or name, not \"%s\"", c->order);
	if (c->json && c->csv && !strcmp(c->json, "-") && !strcmp(c->csv, "-"))
		return error_set(err, -EINVAL, "size", "standard output takes one report: give --json or --csv a FILE");
	if (c->namespace_depth > NAMESPACE_DEPTH_MAX)
		return error_set(err, -EINVAL, "--namespace-depth", "is at most %d", NAMESPACE_DEPTH_MAX);
	if (c->limit == LIMIT_UNSET)
		c->limit = c->json || c->csv ? 0 : LIMIT_DEFAULT;
	c->options.map = c->map;
	c->options.namespace_depth = (unsigned)c->namespace_depth;
	c->view.limit = c->limit;
	c->view.min_bytes = c->min_bytes;
	c->view.mangled = c->mangled;
	c->view.unchanged = c->all;
	return 0;
}

static int stream_json(FILE *f, void *ctx)
{
	return size_tell_json(f, ctx);
}

static int stream_csv(FILE *f, void *ctx)
{
	return size_tell_csv(f, ctx);
}

/* true in *taken: standard output has it. */
static int write_report(const char *path, int (*stream)(FILE *f, void *ctx), const struct size_telling *t, bool *taken,
			struct error *err)
{
	struct size_telling copy = *t;
	bool standard = path && strcmp(path, "-") == 0;
	int r;

	if (!path)
		return 0;
	*taken = *taken || standard;
	r = standard ? stream(stdout, &copy) : write_stream_atomically(path, stream, &copy);
	return r < 0 ? error_set(err, r, standard ? "standard output" : path, "cannot be written") : 0;
}

int size_command_tell(const struct size_command *c, const struct size_telling *t, struct error *err)
{
	bool taken = false;
	int r = write_report(c->json, stream_json, t, &taken, err);

	if (!r)
		r = write_report(c->csv, stream_csv, t, &taken, err);
	if (!r && !taken)
		r = size_tell_terminal(stdout, t);
	if (!r && fflush(stdout) != 0)
		r = -errno;
	return r < 0 ? error_set(err, r, "standard output", "cannot be written") : 0;
}
