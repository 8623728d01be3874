/* SPDX-License-Identifier: Apache-2.0 */
/* line_edit.c: edits of a link line, told to people and to relink.h. */
#include "base/buffer.h"
#include "depgraph/link/line_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *link_line_place(const struct link_line *l, size_t input, char *out, size_t size)
{
	const struct link_line_input *in = &l->inputs[input];
	struct buffer word = BUFFER_INIT(1 << 16);

	buffer_shell_word(&word, in->word);
	if (!l->argc)
		(void)snprintf(out, size, "remove %s from the link line", buffer_str(&word));
	else if (in->pieces)
		(void)snprintf(out, size, "remove %s from inside word %zu of the link line (%s)", buffer_str(&word), in->first + 1,
			       l->argv[in->first]);
	else
		(void)snprintf(out, size, "remove %s, word %zu of the link line", buffer_str(&word), in->first + 1);
	buffer_release(&word);
	return out;
}

/* "-Wl,a,b,c" without the pieces of these inputs; what is left of it is "-Wl" when all go. */
static json_t *rest_of_word(const struct link_line *l, size_t word, const size_t *drop, size_t drop_count)
{
	struct buffer out = BUFFER_INIT(1 << 20);
	const char *p = l->argv[word] + 4, *comma;
	size_t piece, i;
	json_t *text;

	buffer_puts(&out, "-Wl");
	for (piece = 0;; piece++, p = comma + 1) {
		bool goes = false;

		comma = strchrnul(p, ',');
		for (i = 0; i < drop_count; i++) {
			const struct link_line_input *in = &l->inputs[drop[i]];

			goes = goes || (in->first == word && in->pieces && piece >= in->piece && piece < in->piece + in->pieces);
		}
		if (!goes) {
			buffer_putc(&out, ',');
			buffer_append(&out, p, (size_t)(comma - p));
		}
		if (!*comma)
			break;
	}
	text = out.error ? NULL : json_bytes(buffer_str(&out), out.len);
	buffer_release(&out);
	return text;
}

static void drop_input(const struct link_line *l, const size_t *drop, size_t drop_count, size_t at, json_t *indices,
		       json_t *replace)
{
	const struct link_line_input *in = &l->inputs[drop[at]];
	json_t *rest, *pair;
	size_t i;

	for (i = 0; !in->pieces && i < in->count; i++)
		(void)json_array_append_new(indices, json_integer((json_int_t)(in->first + i)));
	if (!in->pieces)
		return;
	rest = rest_of_word(l, in->first, drop, drop_count);
	if (rest && !strcmp(json_string_value(rest), "-Wl")) {
		json_decref(rest);
		(void)json_array_append_new(indices, json_integer((json_int_t)in->first));
		return;
	}
	pair = json_array();
	(void)json_array_append_new(pair, json_integer((json_int_t)in->first));
	(void)json_array_append_new(pair, rest);
	(void)json_array_append_new(replace, pair);
}

static json_t *strings(const char *const *items, size_t count)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < count; i++)
		(void)json_array_append_new(array, json_text(items[i]));
	return array;
}

json_t *link_line_action(const struct link_line *l, const size_t *drop, size_t drop_count, const char *const *add,
			 size_t add_count)
{
	AUTO_FREE char *directory = realpath(l->directory, NULL); /* a plan may be applied from elsewhere */
	json_t *indices, *replace, *action;
	size_t i;

	if (!l->argc)
		return NULL;
	action = json_object();
	indices = json_array();
	replace = json_array();
	for (i = 0; i < drop_count; i++)
		drop_input(l, drop, drop_count, i, indices, replace);
	(void)json_put(action, "do", json_text("relink"));
	(void)json_put(action, "line", strings(l->argv, l->argc));
	(void)json_put(action, "directory", json_text(directory ? directory : l->directory));
	(void)json_put(action, "drop", indices);
	if (json_array_size(replace))
		(void)json_put(action, "replace", replace);
	else
		json_decref(replace);
	(void)json_put(action, "add", strings(add, add_count));
	return action;
}
