/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile_commands.json (CMake, Meson, Bear, clang -MJ) and `ninja -t compdb`, which is the same for all rules, links and
 * archives included:
 *
 *	[ { "directory": "/b", "file": "x.c", "output": "x.o", "command": "cc -c x.c -o x.o" | "arguments": ["cc", ...] } ... ]
 *
 * `command` is a line for a shell, `arguments` is a vector.  Source: clang.llvm.org, "JSON Compilation Database
 * Format Specification".
 */
#include "depgraph/targets/command.h"
#include "depgraph/targets/json_parts.h"
#include "depgraph/targets/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A separator in a vector is an argument of a tool, not an operator, and no tool of ours has such a one. */
static int read_arguments(struct target_builder *b, const json_t *list, const struct command_origin *origin)
{
	size_t n = json_array_size(list), i, count = 0;
	AUTO_FREE char **words = calloc(n + 1, sizeof(*words));
	int r;

	if (!words)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s)
			words[count++] = strdup(s);
	}
	r = command_read(b, words, count, origin);
	for (i = 0; i < count; i++)
		free(words[i]);
	return r;
}

static int read_entry(struct target_builder *b, const json_t *entry)
{
	size_t dn, cn;
	const char *directory = json_member_text(entry, "directory", &dn), *command = json_member_text(entry, "command", &cn);
	const json_t *arguments = json_object_get(entry, "arguments");
	struct command_origin origin = { .directory = dn ? target_builder_intern(b, directory, dn) : NULL };
	struct command_words words;
	int r;

	if (json_is_array(arguments))
		return read_arguments(b, arguments, &origin);
	if (!cn)
		return 0;
	r = command_words(command, cn, &words);
	if (r < 0)
		return r;
	r = command_read(b, words.words, words.count, &origin);
	command_words_release(&words);
	return r;
}

static int read_compdb(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	struct json_parts it = json_parts_of(s->data, s->size);
	struct json_part part;

	while (json_parts_next(&it, &part)) {
		CLEANUP(json_decrefp) json_t *j = NULL;
		int r = json_part_load(&it, &part, s->path, &j, err);

		if (r < 0)
			return r;
		if (!json_is_object(j))
			return json_error_at(s->data, part.off, s->path, "a compilation database is an array of objects", err);
		r = read_entry(b, j);
		if (r < 0)
			return r;
	}
	return it.failed ? json_parts_error(&it, s->path, err) : 0;
}

static bool probe(const char *p, size_t n, bool whole)
{
	size_t at = reader_skip_space(p, n);

	(void)whole;
	if (at >= n || p[at] != '[')
		return false;
	at++;
	at += reader_skip_space(p + at, n - at);
	return at < n && p[at] == '{' && reader_has(p, n, "\"directory\"") &&
	       (reader_has(p, n, "\"command\"") || reader_has(p, n, "\"arguments\""));
}

const struct targets_reader targets_compile_commands = { "compilation database", probe, read_compdb };
