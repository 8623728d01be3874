/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.c: the records of a link.
 *
 * Text is taken line by line, because what compilers print around their commands (-v) is
 * no shell's language, and an apostrophe in it must not swallow the rest.  Lines that end in a backslash are one with
 * the next.  In each line the commands between && and ; are looked at one by one, and the last command that links, of all lines, is
 * the link: builds print it last, and collect2's line comes after those of the compiler proper.
 *
 * A text without any command that consists of names of objects and libraries is a trace.
 */
#include "base/buffer.h"
#include "base/content.h"
#include "depgraph/link/line_private.h"
#include "depgraph/targets/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_MAX ((uint64_t)256 << 20)
#define RESPONSES_MAX 2000 /* as GCC's */

struct words {
	const char **items;
	size_t count, capacity;
};

static int words_add(struct words *w, const char *text)
{
	if (!text)
		return -ENOMEM;
	if (w->count + 1 >= w->capacity) {
		size_t capacity = w->capacity ? w->capacity * 2 : 64;
		const char **items = capacity > LINK_LINE_WORDS_MAX ? NULL : reallocarray(w->items, capacity, sizeof(*items));

		if (!items)
			return -ENOMEM;
		w->items = items;
		w->capacity = capacity;
	}
	w->items[w->count++] = text;
	w->items[w->count] = NULL;
	return 0;
}

void link_line_free(struct link_line *l)
{
	if (!l)
		return;
	free(l->argv);
	free(l->inputs);
	free(l->search);
	arena_release(&l->arena);
	free(l);
}

/* ---- @response files ---------------------------------------------------------------------------------------- */

struct response {
	struct link_line *l;
	struct words *words;
	unsigned left; /* files that may still be read */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* One word into `out` (at least as long as the rest of the text); returns its length. */
static size_t response_word(const char **p, const char *end, char *out)
{
	char quote = 0;
	size_t n = 0;

	for (; *p < end && (quote || !is_blank(**p)); (*p)++) {
		if (**p == '\\' && *p + 1 < end)
			out[n++] = *++*p;
		else if (quote && **p == quote)
			quote = 0;
		else if (!quote && (**p == '\'' || **p == '"'))
			quote = **p;
		else
			out[n++] = **p;
	}
	return n;
}

static int expand_word(struct response *r, const char *word);

static int expand_text(struct response *r, const char *p, size_t size)
{
	const char *end = p + strnlen(p, size);
	AUTO_FREE char *word = malloc(size + 1);
	int result = 0;

	if (!word)
		return -ENOMEM;
	while (result == 0) {
		size_t n;

		while (p < end && is_blank(*p))
			p++;
		if (p == end)
			break;
		n = response_word(&p, end, word);
		result = expand_word(r, arena_strndup(&r->l->arena, word, n));
	}
	return result;
}

/* A response that cannot be read stays as it is, as with GCC. */
static int expand_word(struct response *r, const char *word)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	const char *path;

	if (!word)
		return -ENOMEM;
	if (word[0] != '@' || !word[1] || !r->left)
		return words_add(r->words, word);
	/* Not on the stack: they nest as deep as there may be files. */
	path = word[1] == '/' ? word + 1 : arena_printf(&r->l->arena, "%s/%s", r->l->directory, word + 1);
	if (!path)
		return -ENOMEM;
	if (content_open(AT_FDCWD, path, &c, NULL) < 0 || content_size(c) > RECORD_MAX)
		return words_add(r->words, word);
	r->left--;
	return expand_text(r, (const char *)content_data(c), content_size(c));
}

/* ---- finding the command -------------------------------------------------------------------------------------- */

struct search {
	struct link_line *l;
	struct words found;      /* in l's arena */
	const char *directory;   /* of the command that was found; NULL: not told */
	bool driver;
};

static const char *joined_directory(struct search *s, const char *base, const char *directory)
{
	return directory[0] == '/' || !base ? arena_printf(&s->l->arena, "%s", directory) :
					      arena_printf(&s->l->arena, "%s/%s", base, directory);
}

#define PREFIX_MAX 12 /* words before the tool: variables, ccache, "libtool: link:" */

/* Where the tool stands in a command; SIZE_MAX: there is none. */
static size_t tool_at(char *const *words, size_t count)
{
	size_t i;

	for (i = 0; i < count && i < PREFIX_MAX; i++) {
		if (link_line_is_linker(words[i]) || link_line_is_driver(words[i]))
			return i;
		if (words[i][0] == '-')
			break;
	}
	return SIZE_MAX;
}

static int take_command(struct search *s, char *const *words, size_t count, const char *directory)
{
	size_t i, at = tool_at(words, count);
	int r = 0;

	if (at == SIZE_MAX || !link_line_links(words + at, count - at))
		return 0;
	s->found.count = 0;
	s->directory = directory;
	s->driver = !link_line_is_linker(words[at]);
	for (i = at; i < count && r == 0; i++)
		r = words_add(&s->found, arena_printf(&s->l->arena, "%s", words[i]));
	return r;
}

/* One line: commands, with the "cd" before them. */
static int take_line(struct search *s, const char *text, size_t size)
{
	CLEANUP(command_words_release) struct command_words w = { 0 };
	const char *directory = NULL;
	size_t i, from;
	int r = command_words(text, size, &w);

	for (from = 0; from < w.count && r == 0; from = i + 1) {
		for (i = from; i < w.count && strcmp(w.words[i], ";") != 0; i++)
			;
		if (i - from == 2 && !strcmp(w.words[from], "cd")) {
			directory = joined_directory(s, directory, w.words[from + 1]);
			r = directory ? 0 : -ENOMEM;
		} else {
			r = take_command(s, w.words + from, i - from, directory);
		}
	}
	return r;
}

static bool may_link(const char *p, size_t n)
{
	/* Some tool's name is in every link; long logs are mostly other lines. */
	return memmem(p, n, "cc", 2) || memmem(p, n, "ld", 2) || memmem(p, n, "++", 2) || memmem(p, n, "clang", 5) ||
	       memmem(p, n, "collect2", 8) || memmem(p, n, "gold", 4) || memmem(p, n, "gfortran", 8) || memmem(p, n, "icx", 3);
}

static int take_text(struct search *s, const char *text, size_t size)
{
	CLEANUP(buffer_release) struct buffer line = BUFFER_INIT(RECORD_MAX);
	const char *p = text, *end = text + size;
	int r = 0;

	while (p < end && r == 0) {
		const char *stop = memchr(p, '\n', (size_t)(end - p)) ?: end;
		size_t n = (size_t)(stop - p);
		bool goes_on;

		if (n && p[n - 1] == '\r')
			n--;
		goes_on = n && p[n - 1] == '\\' && stop < end;
		buffer_append(&line, p, goes_on ? n - 1 : n);
		p = stop + 1;
		if (goes_on)
			continue;
		if (line.error)
			return line.error;
		if (may_link(buffer_str(&line), line.len))
			r = take_line(s, buffer_str(&line), line.len);
		line.len = 0;
	}
	return r;
}

/* ---- JSON ----------------------------------------------------------------------------------------------------- */

static int take_array(struct search *s, const json_t *array)
{
	size_t i;
	const json_t *item;
	int r = 0;

	s->found.count = 0;
	json_array_foreach((json_t *)(uintptr_t)array, i, item)
		if (r == 0)
			r = json_is_string(item) ? words_add(&s->found, arena_printf(&s->l->arena, "%s", json_string_value(item))) : -EBADMSG;
	s->driver = s->found.count && !link_line_is_linker(s->found.items[0]);
	return r;
}

static int take_json(struct search *s, json_t *root)
{
	const json_t *directory = json_object_get(root, "directory"), *arguments = json_object_get(root, "arguments");
	const json_t *command = json_object_get(root, "command");
	int r = -EBADMSG;

	if (json_is_string(directory))
		s->directory = arena_printf(&s->l->arena, "%s", json_string_value(directory));
	if (json_is_array(root) || json_is_array(arguments)) {
		r = take_array(s, json_is_array(root) ? root : arguments);
	} else if (json_is_string(command)) {
		const char *told = s->directory;

		r = take_line(s, json_string_value(command), json_string_length(command));
		s->directory = s->directory ? s->directory : told;
	}
	return r;
}

/* ---- traces --------------------------------------------------------------------------------------------------- */

static bool is_linked_file(const char *p, size_t n)
{
	struct linkmap_name name;

	if (linkmap_split_name((struct linkmap_text){ p, n }, &name))
		n = name.path.n;
	return command_is_object(p, n) || command_is_library(p, n);
}

/* "trace: x.o" (mold), "libx.a(y.o)" (gold, lld, mold), "(libx.a)y.o" and "-lz (/usr/lib/libz.so)" (older GNU ld), a path. */
static const char *traced_path(const char *p, size_t n, size_t *ret_n)
{
	struct linkmap_name name;
	const char *open;

	if (n > 7 && !memcmp(p, "trace: ", 7)) {
		p += 7;
		n -= 7;
	}
	if (n > 4 && p[0] == '-' && p[1] == 'l' && p[n - 1] == ')' && (open = memchr(p, '(', n))) {
		*ret_n = (size_t)(p + n - 1 - (open + 1));
		return open + 1;
	}
	if (n > 2 && p[0] == '(' && (open = memchr(p, ')', n))) {
		*ret_n = (size_t)(open - p - 1);
		return p + 1;
	}
	if (!is_linked_file(p, n) || memmem(p, n, " -", 2)) /* a command, not a path */
		return NULL;
	*ret_n = linkmap_split_name((struct linkmap_text){ p, n }, &name) ? name.path.n : n;
	return p;
}

static int take_trace(struct link_line *l, const char *text, size_t size)
{
	const char *p = text, *end = text + size;
	int r = 0;

	while (p < end && r == 0) {
		const char *stop = memchr(p, '\n', (size_t)(end - p)) ?: end, *path;
		size_t n = (size_t)(stop - p);

		if (n && p[n - 1] == '\r')
			n--;
		path = traced_path(p, n, &n);
		p = stop + 1;
		/* Members of an archive come one after the other: the archive once. */
		if (!path || (l->input_count && strlen(l->inputs[l->input_count - 1].word) == n &&
			      !memcmp(l->inputs[l->input_count - 1].word, path, n)))
			continue;
		path = arena_strndup(&l->arena, path, n);
		r = path ? link_line_add_input(l, &(struct link_line_input){ .word = path }) : -ENOMEM;
	}
	l->traced = true;
	return r;
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

static int set_directory(struct link_line *l, const char *told, const char *recorded)
{
	l->directory = arena_printf(&l->arena, "%s", told ? told : recorded ? recorded : ".");
	return l->directory ? 0 : -ENOMEM;
}

static int expand(struct search *s)
{
	struct words words = { 0 };
	struct response response = { s->l, &words, RESPONSES_MAX };
	size_t i;
	int r = 0;

	for (i = 0; i < s->found.count && r == 0; i++)
		r = expand_word(&response, s->found.items[i]);
	s->l->argv = words.items;
	s->l->argc = words.count;
	s->l->driver = s->driver;
	return r;
}

static int read_record(struct search *s, const char *text, size_t size, const char *directory)
{
	struct link_line *l = s->l;
	json_error_t error;
	json_t *json = json_loadb(text, size, 0, &error); /* an object or array, or NULL */
	int r = json ? take_json(s, json) : take_text(s, text, size);

	json_decref(json);
	if (r == 0)
		r = set_directory(l, directory, s->directory);
	if (r == 0)
		r = s->found.count ? expand(s) : take_trace(l, text, size);
	if (r == 0)
		r = link_line_options(l);
	return r < 0 ? r : link_line_resolve(l);
}

int link_line_parse(const char *text, size_t size, const char *name, const char *directory, struct link_line **ret,
		    struct error *err)
{
	CLEANUP(link_line_freep) struct link_line *l = calloc(1, sizeof(*l));
	struct search s = { .l = l };
	int r;

	if (!l)
		return error_set(err, -ENOMEM, name, "no memory");
	l->arena = (struct arena)ARENA_INIT((size_t)1 << 30);
	r = size > RECORD_MAX ? -EFBIG : read_record(&s, text, size, directory);
	free(s.found.items);
	if (r < 0)
		return error_set(err, r, name, "the link line cannot be read");
	if (!l->input_count)
		return error_set(err, -EBADMSG, name,
				 "no link command: expected a command line, cc -### or -v output, or the names that -Wl,--trace prints");
	*ret = steal_pointer(l);
	return 0;
}

int link_line_read(const char *path, const char *directory, struct link_line **ret, struct error *err)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	int r = content_open(AT_FDCWD, path, &c, err);

	if (r < 0)
		return r;
	return link_line_parse((const char *)content_data(c), content_size(c), path, directory, ret, err);
}
