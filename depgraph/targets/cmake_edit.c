/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One word out of one call in a CMakeLists.txt, as a unified diff.
 *
 * A call is NAME ( arguments ); an argument is a bare word, "quoted" or [[bracketed]], comments begin with '#' (cmake-language(7)). Only a
 * bare or quoted argument that is exactly the name goes; with it the blanks before it, and the whole line when nothing
 * else stands there.  Something else (a variable, a generator expression) is for the user to edit.
 */
#include "depgraph/targets/analysis.h"

#include "base/buffer.h"
#include "base/content.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTEXT 3
#define LISTFILE_MAX ((uint64_t)16 << 20)

struct text {
	const char *p;
	size_t n;
};

static size_t line_start(const struct text *t, uint32_t line)
{
	size_t at = 0;

	for (; line > 1 && at < t->n; line--) {
		const char *end = memchr(t->p + at, '\n', t->n - at);

		if (!end)
			return t->n;
		at = (size_t)(end - t->p) + 1;
	}
	return at;
}

static size_t end_of_line(const struct text *t, size_t at)
{
	const char *end = memchr(t->p + at, '\n', t->n - at);

	return end ? (size_t)(end - t->p) + 1 : t->n;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The argument at `at`: its end. */
static size_t argument_end(const struct text *t, size_t at)
{
	if (t->p[at] == '"') {
		for (at++; at < t->n && t->p[at] != '"'; at++)
			at += t->p[at] == '\\';
		return at < t->n ? at + 1 : t->n;
	}
	while (at < t->n && !is_blank(t->p[at]) && !strchr("()#\"", t->p[at]))
		at++;
	return at;
}

/* From the call's beginning: where the argument is that says `name`, behind the first one (the target itself). */
static bool find_argument(const struct text *t, size_t at, const char *name, size_t *ret_start, size_t *ret_end)
{
	size_t n = strlen(name), depth = 0, count = 0;

	while (at < t->n) {
		char c = t->p[at];
		size_t end;

		if (c == '#') {
			at = end_of_line(t, at);
			continue;
		}
		if (is_blank(c) || c == '(' || c == ')') {
			depth += c == '(';
			if (c == ')' && (!depth || !--depth))
				return false;
			at++;
			continue;
		}
		end = argument_end(t, at);
		if (end == at)
			end++;
		if (depth && count++) {
			size_t quote = c == '"';

			if (end - at == n + 2 * quote && !memcmp(t->p + at + quote, name, n)) {
				*ret_start = at;
				*ret_end = end;
				return true;
			}
		}
		at = end;
	}
	return false;
}

static void put_lines(struct buffer *out, char mark, const struct text *t, size_t from, size_t end)
{
	while (from < end) {
		size_t next = end_of_line(t, from);

		buffer_putc(out, mark);
		buffer_append(out, t->p + from, next - from);
		if (t->p[next - 1] != '\n')
			buffer_puts(out, "\n\\ No newline at end of file\n");
		from = next;
	}
}

static uint32_t lines_between(const struct text *t, size_t from, size_t end)
{
	uint32_t lines = 0;

	for (; from < end; from = end_of_line(t, from))
		lines++;
	return lines;
}

/* The line without [start, end) and the blanks before it; nothing when only blanks are left. */
static void put_changed(struct buffer *out, const struct text *t, size_t line, size_t next, size_t start, size_t end)
{
	size_t i;
	bool rest = false;

	while (start > line && (t->p[start - 1] == ' ' || t->p[start - 1] == '\t'))
		start--;
	for (i = line; i < next; i++)
		rest = rest || (!is_blank(t->p[i]) && (i < start || i >= end));
	if (!rest)
		return;
	buffer_putc(out, '+');
	buffer_append(out, t->p + line, start - line);
	buffer_append(out, t->p + end, next - end);
	if (t->p[next - 1] != '\n')
		buffer_puts(out, "\n\\ No newline at end of file\n");
}

static char *make_diff(const struct text *t, const char *file, size_t start, size_t end)
{
	struct buffer out = BUFFER_INIT((size_t)1 << 24), changed = BUFFER_INIT((size_t)1 << 24);
	size_t line = start, next = end_of_line(t, end - 1), before, after = next;
	uint32_t number, lines_before, i;
	char *text;

	while (line && t->p[line - 1] != '\n')
		line--;
	number = lines_between(t, 0, line) + 1;
	lines_before = number > CONTEXT ? CONTEXT : number - 1;
	before = line_start(t, number - lines_before);
	for (i = 0; i < CONTEXT && after < t->n; i++)
		after = end_of_line(t, after);
	put_changed(&changed, t, line, next, start, end);
	buffer_printf(&out, "--- a/%s\n+++ b/%s\n@@ -%u,%u +%u,%u @@\n", file, file, number - lines_before,
		      lines_between(t, before, after), number - lines_before,
		      lines_between(t, before, after) - (changed.len ? 0 : lines_between(t, line, next)));
	put_lines(&out, ' ', t, before, line);
	put_lines(&out, '-', t, line, next);
	buffer_append(&out, buffer_str(&changed), changed.len);
	put_lines(&out, ' ', t, next, after);
	text = changed.error ? NULL : buffer_detach(&out);
	buffer_release(&changed);
	buffer_release(&out);
	return text;
}

char *cmake_edit_diff(const char *directory, const char *file, uint32_t line, const char *name)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	struct text t;
	char path[4096];
	size_t start, end;

	(void)snprintf(path, sizeof(path), "%s%s%s", *file != '/' && directory ? directory : "", *file != '/' && directory ? "/" : "", file);
	if (!line || content_open(AT_FDCWD, path, &c, NULL) < 0 || content_size(c) > LISTFILE_MAX)
		return NULL;
	t = (struct text){ (const char *)content_data(c), content_size(c) };
	if (!find_argument(&t, line_start(&t, line), name, &start, &end))
		return NULL;
	return make_diff(&t, *file == '/' ? file + 1 : file, start, end);
}
