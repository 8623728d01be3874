/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are lines with commands in them: Dockerfiles (RUN) and ninja's (command =).
 *
 * A Dockerfile's line goes on after a backslash, and comment lines may stand in between; what RUN has goes to the
 * shell reader, unless it is JSON.  RUN <<END has its commands on the lines up to END, as a here-document
 * that the shell would read.  ninja joins lines by $ at their end.
 */
#include "reprocheck/lint/rules.h"

#include <ctype.h>
#include <string.h>

/* The end of a logical line from i on, joined by `joint` before the newline; *ret_next: where the next begins. */
static size_t logical_line(const struct lint *l, size_t i, char joint, bool comments, size_t *ret_next)
{
	for (;;) {
		const char *newline = memchr(l->text + i, '\n', l->size - i);
		size_t end = newline ? (size_t)(newline - l->text) : l->size, last = end, first = i;

		while (last > i && isspace((unsigned char)l->text[last - 1]))
			last--;
		while (first < last && isspace((unsigned char)l->text[first]))
			first++;
		*ret_next = newline ? end + 1 : end;
		if (!newline)
			return end;
		if (!(comments && first < last && l->text[first] == '#') &&
		    (last == i || l->text[last - 1] != joint))
			return end;
		i = end + 1;
	}
}

/* RUN <<END: to behind the line that is END alone. */
static size_t heredoc_end(const struct lint *l, size_t begin, size_t end, size_t next)
{
	const char *mark = memmem(l->text + begin, end - begin, "<<", 2);
	char name[64];
	size_t n = 0, i = mark ? (size_t)(mark - l->text) + 2 : end;

	i += i < end && l->text[i] == '-';
	i += i < end && (l->text[i] == '"' || l->text[i] == '\'');
	while (i < end && n < sizeof(name) && (isalnum((unsigned char)l->text[i]) || l->text[i] == '_'))
		name[n++] = l->text[i++];
	if (n == 0 || n == sizeof(name))
		return next;
	while (next < l->size) {
		const char *newline = memchr(l->text + next, '\n', l->size - next);
		size_t stop = newline ? (size_t)(newline - l->text) : l->size, line = next;

		while (line < stop && l->text[line] == '\t')
			line++;
		next = newline ? stop + 1 : stop;
		if (stop - line == n && !memcmp(l->text + line, name, n))
			break;
	}
	return next;
}

static void read_commands(struct lint *l, size_t begin, size_t end, enum dialect dialect)
{
	struct piece p = { .p = l->text + begin,
			   .n = end - begin,
			   .base = begin,
			   .dialect = dialect,
			   .space = 's',
			   .build_step = dialect == DIALECT_NINJA };

	if (p.n > LINT_PIECE_MAX)
		p.n = LINT_PIECE_MAX;
	(void)shell_read(l, &p, 0);
}

static size_t skip_blanks(const struct lint *l, size_t i, size_t end)
{
	while (i < end && (l->text[i] == ' ' || l->text[i] == '\t'))
		i++;
	return i;
}

/* Behind RUN: past its options, to what the shell gets. */
static size_t read_run(struct lint *l, size_t i, size_t end, size_t next)
{
	i = skip_blanks(l, i, end);
	while (i + 1 < end && l->text[i] == '-' && l->text[i + 1] == '-') {
		while (i < end && !isspace((unsigned char)l->text[i]))
			i++;
		i = skip_blanks(l, i, end);
	}
	if (i < end && l->text[i] == '[')
		return next;
	if (end - i > 2 && !memcmp(l->text + i, "<<", 2)) { /* all of it is the here-document */
		size_t after = heredoc_end(l, i, end, next);

		read_commands(l, next, after, DIALECT_SHELL);
		return after;
	}
	next = heredoc_end(l, i, end, next);
	read_commands(l, i, next > end + 1 ? next : end, DIALECT_SHELL);
	return next;
}

int read_dockerfile(struct lint *l)
{
	size_t i = 0, next, end, first;

	while (i < l->size && !l->error) {
		first = skip_blanks(l, i, l->size);
		if (first < l->size && l->text[first] == '#')
			end = logical_line(l, i, '\0', false, &next);
		else
			end = logical_line(l, i, '\\', true, &next);
		l->statement = i;
		if (end > first + 4 && !strncasecmp(l->text + first, "RUN", 3) &&
		    isspace((unsigned char)l->text[first + 3]))
			next = read_run(l, first + 4, end, next);
		arena_release(&l->scratch);
		i = next;
	}
	return l->error;
}

static bool is_command_line(const struct lint *l, size_t first, size_t end, size_t *ret_value)
{
	static const char name[] = "command";
	size_t i = first + sizeof(name) - 1;

	if (end - first < sizeof(name) || memcmp(l->text + first, name, sizeof(name) - 1) != 0)
		return false;
	i = skip_blanks(l, i, end);
	if (i >= end || l->text[i] != '=')
		return false;
	*ret_value = i + 1;
	return true;
}

int read_ninja(struct lint *l)
{
	size_t i = 0, next, end, first, value;

	while (i < l->size && !l->error) {
		end = logical_line(l, i, '$', false, &next);
		first = skip_blanks(l, i, end);
		l->statement = i;
		if (first > i && is_command_line(l, first, end, &value))
			read_commands(l, value, end, DIALECT_NINJA);
		arena_release(&l->scratch);
		i = next;
	}
	return l->error;
}
