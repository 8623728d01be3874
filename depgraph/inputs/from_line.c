/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/inputs/from_line.h"

#include "depgraph/link/line.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* -T script, --script=script, also inside -Wl,... */
static bool has_script(const struct link_line *line)
{
	size_t i;

	for (i = 0; i < line->argc; i++)
		if (strncmp(line->argv[i], "-T", 2) == 0 || strstr(line->argv[i], ",-T") || strstr(line->argv[i], "--script"))
			return true;
	return false;
}

static bool is_plain(const struct link_line *line)
{
	size_t i;

	for (i = 0; i < line->input_count; i++)
		if (line->inputs[i].flags & (LINK_LINE_WHOLE_ARCHIVE | LINK_LINE_LAZY))
			return false;
	return !line->traced && !line->relocatable && !has_script(line);
}

static int add_output(struct inputs *in, const struct link_line *line, struct error *err)
{
	char path[PATH_MAX];

	if (!line->output || inputs_first(in, INPUT_PROGRAM) || inputs_first(in, INPUT_SHARED) ||
	    access(link_line_path(line, line->output, path, sizeof(path)), R_OK) != 0)
		return 0;
	return inputs_add(in, path, err);
}

static bool unknown_code_shows(const struct inputs *in)
{
	const struct input *output = inputs_output(in);

	return output && output->elf && elf_file_entries(output->elf, output->elf->symtab) > 0;
}

static int add_inputs(struct inputs *in, const struct link_line *line, struct error *err)
{
	char path[PATH_MAX];
	size_t i;
	int r = 0;

	for (i = 0; i < line->input_count && r >= 0; i++)
		if (line->inputs[i].path && access(link_line_path(line, line->inputs[i].path, path, sizeof(path)), R_OK) == 0)
			r = inputs_add_found(in, path, line->inputs[i].path, err);
	return r;
}

int inputs_from_line(struct inputs *in, struct error *err)
{
	CLEANUP(link_line_freep) struct link_line *line = NULL;
	int r;

	if (!in->link_line || in->map)
		return 0;
	r = link_line_read(in->link_line, in->directory, &line, err);
	r = r < 0 ? r : add_output(in, line, err);
	if (r < 0 || inputs_first(in, INPUT_OBJECT) || inputs_first(in, INPUT_ARCHIVE) || !is_plain(line) ||
	    !unknown_code_shows(in))
		return r;
	return add_inputs(in, line, err);
}
