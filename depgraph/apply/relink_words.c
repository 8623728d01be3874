/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relink_words.c: a recorded line with edits, and its outputs moved elsewhere.
 *
 * Moving outputs is a rewriting of words by the options that name files to write. A compiler's line holds the linker's
 * options inside -Wl,a,b and behind -Xlinker, where an option and its value may be two words, so "the next
 * word of this language is a file" is the state that is kept.
 */
#include "base/path.h"
#include "depgraph/apply/relink_private.h"
#include "depgraph/link/line_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX ((size_t)1 << 20)

/* ---- edits -------------------------------------------------------------------------------------------------- */

bool relink_is_action(const json_t *action)
{
	const char *what = json_string_value(json_object_get(action, "do"));

	return what && !strcmp(what, "relink");
}

bool relink_has_line(const json_t *action)
{
	return relink_is_action(action) && json_array_size(json_object_get(action, "line")) > 0;
}

char *relink_output(const json_t *action)
{
	const json_t *line = json_object_get(action, "line");
	const char *directory = json_string_value(json_object_get(action, "directory")), *word, *name = NULL;
	size_t i, n = json_array_size(line);

	for (i = 0; i < n; i++) {
		word = json_string_value(json_array_get(line, i));
		if (!word || strncmp(word, "-o", 2) != 0)
			continue;
		name = word[2] ? word + 2 : json_string_value(json_array_get(line, i + 1));
	}
	if (!name)
		return NULL;
	return name[0] == '/' || !directory ? strdup(name) : path_join(directory, name);
}

bool relink_same_line(const json_t *a, const json_t *b)
{
	return relink_is_action(a) && relink_is_action(b) && json_equal(json_object_get(a, "line"), json_object_get(b, "line")) &&
	       json_equal(json_object_get(a, "directory"), json_object_get(b, "directory"));
}

static bool strings_only(const json_t *array, bool required)
{
	size_t i;
	const json_t *item;

	if (!array)
		return !required;
	if (!json_is_array(array) || json_array_size(array) > WORDS_MAX)
		return false;
	json_array_foreach((json_t *)(uintptr_t)array, i, item)
		if (!json_is_string(item) || strlen(json_string_value(item)) != json_string_length(item))
			return false;
	return true;
}

static int malformed(struct error *err, const char *what)
{
	return error_set(err, -EINVAL, "", "the plan's relink action is malformed: %s", what);
}

static int check_action(const json_t *first, const json_t *a, struct error *err)
{
	if (!relink_is_action(a) || !strings_only(json_object_get(a, "line"), true) || !json_array_size(json_object_get(a, "line")))
		return malformed(err, "\"line\" is no list of words (a plan that was made without --link-line has none)");
	if (!json_is_string(json_object_get(a, "directory")))
		return malformed(err, "\"directory\" is missing");
	if (!strings_only(json_object_get(a, "add"), false) || !strings_only(json_object_get(a, "append"), false) ||
	    !strings_only(json_object_get(a, "needed"), false))
		return malformed(err, "\"add\", \"append\" or \"needed\" is no list of words");
	return relink_same_line(first, a) ? 0 : malformed(err, "two actions are not of the same link line");
}

/* words[i] = NULL: dropped. */
static int drop_words(const json_t *a, const char **words, size_t count, const char *const *originals, struct error *err)
{
	const json_t *drop = json_object_get(a, "drop"), *item;
	size_t i, k;

	if (drop && !json_is_array(drop))
		return malformed(err, "\"drop\" is no list");
	json_array_foreach((json_t *)(uintptr_t)drop, i, item) {
		if (json_is_integer(item)) {
			if (json_integer_value(item) < 1 || (json_int_t)count <= json_integer_value(item))
				return malformed(err, "\"drop\" names a word that is not there");
			words[json_integer_value(item)] = NULL;
			continue;
		}
		if (!json_is_string(item))
			return malformed(err, "\"drop\" holds neither numbers nor words");
		for (k = 1; k < count; k++)
			if (!strcmp(originals[k], json_string_value(item)))
				words[k] = NULL;
	}
	return 0;
}

static int replace_words(const json_t *a, const char **words, size_t count, struct error *err)
{
	const json_t *replace = json_object_get(a, "replace"), *pair;
	size_t i;

	if (replace && !json_is_array(replace))
		return malformed(err, "\"replace\" is no list");
	json_array_foreach((json_t *)(uintptr_t)replace, i, pair) {
		json_int_t at = json_integer_value(json_array_get(pair, 0));
		const char *word = json_string_value(json_array_get(pair, 1));

		if (!word || at < 1 || (json_int_t)count <= at)
			return malformed(err, "\"replace\" names a word that is not there");
		if (words[at])
			words[at] = word;
	}
	return 0;
}

static size_t put_strings(const json_t *array, const char **out, size_t n)
{
	size_t i;
	const json_t *item;

	json_array_foreach((json_t *)(uintptr_t)array, i, item)
		out[n++] = json_string_value(item);
	return n;
}

static int edited(const json_t *const *actions, size_t count, const char **words, const char *const *originals, size_t n,
		  struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; i < count && r == 0; i++) {
		r = drop_words(actions[i], words, n, originals, err);
		if (r == 0)
			r = replace_words(actions[i], words, n, err);
	}
	return r;
}

/* program, added words, what is left of the line, appended words */
static size_t assemble(const json_t *const *actions, size_t count, const char *const *words, size_t n, const char **out)
{
	size_t i, k = 0;

	out[k++] = words[0];
	for (i = 0; i < count; i++)
		k = put_strings(json_object_get(actions[i], "add"), out, k);
	for (i = 1; i < n; i++)
		if (words[i])
			out[k++] = words[i];
	for (i = 0; i < count; i++)
		k = put_strings(json_object_get(actions[i], "append"), out, k);
	return k;
}

int relink_words(const json_t *const *actions, size_t count, const char ***ret, size_t *ret_count, struct error *err)
{
	AUTO_FREE const char **words = NULL;
	AUTO_FREE const char **originals = NULL;
	AUTO_FREE const char **out = NULL;
	size_t i, n, total;
	int r;

	if (!count)
		return malformed(err, "there is none");
	for (i = 0; i < count; i++) {
		r = check_action(actions[0], actions[i], err);
		if (r < 0)
			return r;
	}
	n = total = json_array_size(json_object_get(actions[0], "line"));
	for (i = 0; i < count; i++)
		total += json_array_size(json_object_get(actions[i], "add")) + json_array_size(json_object_get(actions[i], "append"));
	words = calloc(n, sizeof(*words));
	originals = calloc(n, sizeof(*originals));
	out = calloc(total + 1, sizeof(*out));
	if (!words || !originals || !out)
		return error_set(err, -ENOMEM, "", "no memory");
	(void)put_strings(json_object_get(actions[0], "line"), words, 0);
	memcpy(originals, words, n * sizeof(*words));
	r = edited(actions, count, words, originals, n, err);
	if (r < 0)
		return r;
	*ret_count = assemble(actions, count, words, n, out);
	*ret = steal_pointer(out);
	return 0;
}

/* ---- outputs ------------------------------------------------------------------------------------------------ */

enum written { NOTHING, OUTPUT, MAP, OTHER };

struct redirect {
	const struct relink_line *line;
	struct relink_line *new;
	struct relink_outputs *outputs;
	struct arena *arena;
	const char *into;
	bool driver;
	unsigned others;
	enum written next, next_linker; /* what the next word of the language is */
};

static const char *moved(struct redirect *r, enum written what, const char *path)
{
	const char *base = path_base(path);

	/* These keep nothing. Other names below /dev may be files: /dev/shm is a place to build in. */
	if (!strcmp(path, "-") || !strcmp(path, "/dev/null") || !strcmp(path, "/dev/stdout") || !strcmp(path, "/dev/stderr"))
		return path;
	if (what == OTHER)
		return arena_printf(r->arena, "%s/other-%u", r->into, r->others++);
	if (what == MAP) {
		r->outputs->original_map = path;
		return r->outputs->map = arena_printf(r->arena, "%s/map/%s", r->into, *base ? base : "map");
	}
	r->outputs->original = path;
	return r->outputs->output = arena_printf(r->arena, "%s/output/%s", r->into, *base ? base : "a.out");
}

/* Options that name a file to write: with "=" or the value in the next word. */
static enum written written_by(const char *option, size_t n, bool linker)
{
	static const struct {
		const char *name;
		enum written what;
	} linkers[] = {
		{ "o", OUTPUT }, { "output", OUTPUT }, { "Map", MAP }, { "map", MAP }, { "dependency-file", OTHER },
		{ "why-extract", OTHER }, { "print-archive-stats", OTHER }, { "archive-stats", OTHER }, { "lto-obj-path", OTHER },
		{ "out-implib", OTHER }, { "reproduce", OTHER }, { "time-trace-file", OTHER }, { "print-symbol-order", OTHER },
		{ "print-symbol-counts", OTHER }, { "repro-file", OTHER },
	};
	size_t i;

	if (!linker)
		return (n == 2 && !memcmp(option, "-o", 2)) || (n == 8 && !memcmp(option, "--output", 8)) ? OUTPUT :
		       n == 3 && !memcmp(option, "-MF", 3)					 ? OTHER :
												   NOTHING;
	if (n < 2 || option[0] != '-')
		return NOTHING;
	option++;
	n--;
	if (n > 1 && option[0] == '-') {
		option++;
		n--;
	}
	for (i = 0; i < sizeof(linkers) / sizeof(linkers[0]); i++)
		if (strlen(linkers[i].name) == n && !memcmp(linkers[i].name, option, n))
			return linkers[i].what;
	return NOTHING;
}

static const char *rewritten(struct redirect *r, const char *text, bool linker)
{
	enum written *next = linker ? &r->next_linker : &r->next, what = *next;
	const char *equals = strchr(text, '='), *path;
	static const char resolution[] = "-plugin-opt=-fresolution=";

	*next = NOTHING;
	if (what != NOTHING)
		return moved(r, what, text);
	if (!strncmp(text, resolution, strlen(resolution)))
		return arena_printf(r->arena, "%s%s/resolution", resolution, r->into);
	if (equals && text[0] == '-') {
		what = written_by(text, (size_t)(equals - text), linker);
		if (what == NOTHING)
			return text;
		path = moved(r, what, equals + 1);
		return path ? arena_printf(r->arena, "%.*s%s", (int)(equals + 1 - text), text, path) : NULL;
	}
	*next = written_by(text, strlen(text), linker);
	if (!linker && *next == NOTHING && !strncmp(text, "-o", 2) && text[2]) {
		path = moved(r, OUTPUT, text + 2);
		return path ? arena_printf(r->arena, "-o%s", path) : NULL;
	}
	return text;
}

static const char *rewritten_pieces(struct redirect *r, const char *word)
{
	struct buffer out = BUFFER_INIT(1 << 20);
	const char *p = word + 4, *comma, *result = NULL;

	buffer_puts(&out, "-Wl");
	for (;; p = comma + 1) {
		const char *piece, *new;

		comma = strchrnul(p, ',');
		piece = arena_strndup(r->arena, p, (size_t)(comma - p));
		new = piece ? rewritten(r, piece, true) : NULL;
		if (!new)
			break;
		buffer_printf(&out, ",%s", new);
		if (!*comma) {
			result = out.error ? NULL : arena_strndup(r->arena, buffer_str(&out), out.len);
			break;
		}
	}
	buffer_release(&out);
	return result;
}

static const char *rewritten_word(struct redirect *r, size_t at)
{
	const char *word = r->line->words[at];

	if (!at || (r->driver && !strcmp(word, "-Xlinker")))
		return word;
	if (!r->driver)
		return rewritten(r, word, true);
	if (!strncmp(word, "-Wl,", 4))
		return rewritten_pieces(r, word);
	return rewritten(r, word, !strcmp(r->line->words[at - 1], "-Xlinker"));
}

/* These write beside the output whatever is said. */
static bool is_left_out(const char *word)
{
	return !strncmp(word, "-save-temps", 11) || !strncmp(word, "--save-temps", 12);
}

int relink_redirect(const struct relink_line *line, const char *into, struct arena *arena, struct relink_line *ret,
		    struct relink_outputs *ret_outputs)
{
	struct relink_line new = { .directory = line->directory };
	struct relink_outputs outputs = { 0 };
	struct redirect r = { .line = line, .new = &new, .outputs = &outputs, .arena = arena, .into = into };
	size_t i;

	r.driver = !link_line_is_linker(line->words[0]);
	new.words = arena_array(arena, line->count + 3, sizeof(*new.words));
	if (!new.words)
		return -ENOMEM;
	for (i = 0; i < line->count; i++) {
		if (is_left_out(line->words[i]))
			continue;
		new.words[new.count] = rewritten_word(&r, i);
		if (!new.words[new.count++])
			return -ENOMEM;
	}
	if (!outputs.output) {
		new.words[new.count++] = "-o";
		new.words[new.count++] = moved(&r, OUTPUT, "a.out");
		if (!outputs.output)
			return -ENOMEM;
	}
	*ret = new;
	*ret_outputs = outputs;
	return 0;
}
