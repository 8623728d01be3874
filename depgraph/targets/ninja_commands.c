/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `ninja -t commands [TARGET]`, or any recorded list of commands (make -n, a build log): one command a line, in the order
 * in which they would run.  Where they run is not said: paths stay relative to the build directory.
 */
#include "depgraph/targets/command.h"
#include "depgraph/targets/reader.h"

#include <stdlib.h>
#include <string.h>

static int read_lines(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	struct command_origin origin = { .file = s->path };
	uint64_t at = 0;
	int r = 0;

	(void)err;
	while (!r && at < s->size) {
		const char *end = memchr(s->data + at, '\n', s->size - at);
		size_t n = end ? (size_t)(end - s->data - at) : s->size - at;
		struct command_words words;

		origin.line++;
		r = command_words(s->data + at, n, &words);
		if (r < 0)
			break;
		r = command_read(b, words.words, words.count, &origin);
		command_words_release(&words);
		at += n + 1;
	}
	return r;
}

/* The first line that runs a tool of ours with an output, among the first few. */
static bool line_is_command(const char *p, size_t n)
{
	struct command_words w;
	bool tool = false, output = false;
	size_t i;

	if (n > READER_PROBE || memchr(p, '\0', n) || command_words(p, n, &w) < 0)
		return false;
	for (i = 0; i < w.count; i++) {
		bool first = i == 0 || !strcmp(w.words[i - 1], ";") || command_is_tool(w.words[0]) || strstr(w.words[0], "ccache");

		tool = tool || (first && command_is_tool(w.words[i]));
		output = output || !strcmp(w.words[i], "-o") || (tool && command_is_library(w.words[i], strlen(w.words[i])));
	}
	command_words_release(&w);
	return tool && output;
}

static bool probe(const char *p, size_t n, bool whole)
{
	size_t at = 0;
	int lines;

	for (lines = 0; lines < 8 && at < n; lines++) {
		const char *end = memchr(p + at, '\n', n - at);
		size_t length = end ? (size_t)(end - p) - at : n - at;

		if ((end || whole || length == n) && line_is_command(p + at, length))
			return true;
		at += length + 1;
	}
	return false;
}

const struct targets_reader targets_commands = { "commands", probe, read_lines };
