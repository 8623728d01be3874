/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/targets/command.h"

#include "base/content.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESPONSE_DEPTH 4
#define RESPONSE_MAX ((uint64_t)64 << 20)

void command_words_release(struct command_words *w)
{
	free(w->words);
	free(w->memory);
	*w = (struct command_words){ 0 };
}

/* ---- words -------------------------------------------------------------------------------------------------- */

struct word_reader {
	const char *p, *end;
	char *out;
	char **words;
	size_t count;
};

/* Inside double quotes a backslash quotes only these. */
static void quoted(struct word_reader *w, char quote)
{
	for (w->p++; w->p < w->end && *w->p != quote; w->p++) {
		if (quote == '"' && *w->p == '\\' && w->p + 1 < w->end && strchr("\"\\$`\n", w->p[1]) && w->p[1])
			w->p++;
		*w->out++ = *w->p;
	}
	if (w->p < w->end)
		w->p++;
}

/* "&&", "||", ";", "|", "&", a newline: each ends a command. */
static bool operator_word(struct word_reader *w)
{
	char c = *w->p;

	if (c != '&' && c != '|' && c != ';' && c != '\n')
		return false;
	w->words[w->count++] = w->out;
	*w->out++ = ';';
	*w->out++ = '\0';
	while (w->p < w->end && *w->p == c)
		w->p++;
	return true;
}

static void plain_word(struct word_reader *w)
{
	w->words[w->count++] = w->out;
	while (w->p < w->end && !strchr(" \t\r\n&|;", *w->p)) {
		if (*w->p == '\'' || *w->p == '"') {
			quoted(w, *w->p);
			continue;
		}
		if (*w->p == '\\' && w->p + 1 < w->end)
			w->p++;
		*w->out++ = *w->p++;
	}
	*w->out++ = '\0';
}

/* Words are never longer than the text: each takes at least a byte of it, and an operator two bytes for one. */
int command_words(const char *text, size_t n, struct command_words *ret)
{
	struct command_words w = { 0 };
	struct word_reader r;

	n = strnlen(text, n);
	w.memory = malloc(n * 2 + 2);
	w.words = calloc(n + 1, sizeof(*w.words));
	if (!w.memory || !w.words) {
		command_words_release(&w);
		return -ENOMEM;
	}
	r = (struct word_reader){ .p = text, .end = text + n, .out = w.memory, .words = w.words };
	while (r.p < r.end) {
		if (*r.p == ' ' || *r.p == '\t' || *r.p == '\r')
			r.p++;
		else if (!operator_word(&r))
			plain_word(&r);
	}
	w.count = r.count;
	*ret = w;
	return 0;
}

/* ---- what a word is ----------------------------------------------------------------------------------------- */

static bool ends_with(const char *s, size_t n, const char *suffix)
{
	size_t k = strlen(suffix);

	return n > k && !memcmp(s + n - k, suffix, k);
}

bool command_is_object(const char *path, size_t n)
{
	return ends_with(path, n, ".o") || ends_with(path, n, ".lo") || ends_with(path, n, ".obj");
}

bool command_is_library(const char *path, size_t n)
{
	const char *so;

	if (ends_with(path, n, ".a") || ends_with(path, n, ".so"))
		return true;
	so = n > 4 ? memmem(path, n, ".so.", 4) : NULL;
	for (so = so ? so + 4 : NULL; so && so < path + n; so++)
		if (*so != '.' && (*so < '0' || *so > '9'))
			return false;
	return so != NULL;
}

static bool is_source(const char *s, size_t n)
{
	static const char *const suffixes[] = { ".c", ".cc", ".cpp", ".cxx", ".C", ".c++", ".s", ".S", ".asm", ".cu", ".m", ".mm",
						".f", ".f90", ".F90", ".d", ".go", ".rs", ".hip", ".i", ".ii" };
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
		if (ends_with(s, n, suffixes[i]))
			return true;
	return false;
}

/* The tool's name without directory, target triple and version: "x86_64-linux-gnu-g++-12" -> "g++". */
static size_t tool_name(const char *word, const char **ret)
{
	const char *name = path_base(word), *dash;
	size_t n = strlen(name);

	while (n && ((name[n - 1] >= '0' && name[n - 1] <= '9') || name[n - 1] == '.' || name[n - 1] == '-'))
		n--;
	for (dash = name + n; dash > name && dash[-1] != '-'; dash--)
		;
	*ret = dash;
	return n - (size_t)(dash - name);
}

static bool tool_is(const char *word, const char *const *names)
{
	const char *name;
	size_t n = tool_name(word, &name);

	for (; *names; names++)
		if (strlen(*names) == n && !memcmp(*names, name, n))
			return true;
	return false;
}

static bool is_archiver(const char *word)
{
	static const char *const names[] = { "ar", NULL };

	return tool_is(word, names);
}

bool command_is_tool(const char *word)
{
	static const char *const names[] = { "cc", "c++", "gcc", "g++", "clang", "clang++", "ld", "lld", "gold", "mold", "ld.lld", "ld.gold",
					     "ld.bfd", "nvcc", "icx", "icpx", "hipcc", "gfortran", "ar", "emcc", "em++", NULL };

	return tool_is(word, names);
}

/* ---- what a command does ------------------------------------------------------------------------------------ */

struct reading {
	struct target_builder *b;
	const struct command_origin *origin;
	const char *output, *source, *depfile;
	bool compile, makes_depfile, shared;
	struct command_list {
		char **items;
		size_t count, capacity;
	} inputs, libraries, directories; /* files; -lX; -L; into the words, or into responses */
	struct command_words responses[RESPONSE_DEPTH * 4];
	unsigned response_count;
	int error;
};

static void list_add(struct reading *r, struct command_list *l, char *item)
{
	if (l->count == l->capacity) {
		size_t capacity = l->capacity ? l->capacity * 2 : 32;
		char **items = reallocarray(l->items, capacity, sizeof(*items));

		if (!items) {
			r->error = -ENOMEM;
			return;
		}
		l->items = items;
		l->capacity = capacity;
	}
	l->items[l->count++] = item;
}

static void scan_words(struct reading *r, char *const *words, size_t count, unsigned depth);

/* @FILE, relative to the command's directory. Not there (they are often removed): nothing is said. */
static void response_file(struct reading *r, const char *name, unsigned depth)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	struct command_words *w = &r->responses[r->response_count];
	char path[4096];

	if (depth >= RESPONSE_DEPTH || r->response_count == sizeof(r->responses) / sizeof(*r->responses))
		return;
	(void)snprintf(path, sizeof(path), "%s%s%s", *name != '/' && r->origin->directory ? r->origin->directory : "",
		       *name != '/' && r->origin->directory ? "/" : "", name);
	if (content_open(AT_FDCWD, path, &c, NULL) < 0 || content_size(c) > RESPONSE_MAX)
		return;
	if (command_words((const char *)content_data(c), content_size(c), w) < 0) {
		r->error = -ENOMEM;
		return;
	}
	r->response_count++;
	scan_words(r, w->words, w->count, depth + 1);
}

/* Options whose value is the next word and is no file of the link. */
static bool takes_value(const char *word)
{
	static const char *const options[] = { "-I", "-isystem", "-iquote", "-idirafter", "-include", "-imacros", "-D", "-U", "-x", "-MT", "-MQ",
					       "-Xlinker", "-Xclang", "-Xassembler", "-Xcompiler", "-target", "-arch", "-T", "-soname", "-h",
					       "-rpath", "-rpath-link", "-dynamic-linker", "-m", "-z", "-e", "-u", "--param", "-isysroot",
					       "--sysroot", "-Map", "-plugin", "-plugin-opt", "-gencode", "-ccbin" };
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (!strcmp(word, options[i]))
			return true;
	return false;
}

/* -o FILE, -MF FILE, -lX, -L DIR, joined or apart. Returns the words used beyond this one; SIZE_MAX: none of these. */
static size_t named_option(struct reading *r, char *const *words, size_t left)
{
	char *w = words[0], *next = left > 1 ? words[1] : NULL;

	if (!strcmp(w, "-o") && next) {
		r->output = next;
		return 1;
	}
	if (!strcmp(w, "-MF") && next) {
		r->depfile = next;
		return 1;
	}
	if (!strncmp(w, "-L", 2)) {
		list_add(r, &r->directories, w[2] || !next ? w + 2 : next);
		return !w[2] && next;
	}
	if (!strncmp(w, "-l", 2)) {
		list_add(r, &r->libraries, w[2] || !next ? w + 2 : next);
		return !w[2] && next;
	}
	return SIZE_MAX;
}

static void scan_words(struct reading *r, char *const *words, size_t count, unsigned depth)
{
	size_t i;

	for (i = 0; i < count && !r->error; i++) {
		char *w = words[i];
		size_t n = strlen(w), used = w[0] == '-' ? named_option(r, words + i, count - i) : SIZE_MAX;

		if (used != SIZE_MAX)
			i += used;
		else if (!strcmp(w, "-c") || !strcmp(w, "-S") || !strcmp(w, "-E"))
			r->compile = true;
		else if (!strcmp(w, "-MD") || !strcmp(w, "-MMD"))
			r->makes_depfile = true;
		else if (!strcmp(w, "-shared"))
			r->shared = true;
		else if (takes_value(w))
			i++;
		else if (w[0] == '@' && w[1])
			response_file(r, w + 1, depth);
		else if (w[0] != '-' && is_source(w, n))
			r->source = w;
		else if (w[0] != '-' && (command_is_object(w, n) || command_is_library(w, n)))
			list_add(r, &r->inputs, w);
	}
}

/* gcc's rule: the output's name with its last suffix replaced by .d. */
static const char *default_depfile(const struct reading *r, char *out, size_t size)
{
	const char *base = path_base(r->output), *dot = strrchr(base, '.');

	(void)snprintf(out, size, "%.*s.d", (int)(dot ? dot - r->output : (ptrdiff_t)strlen(r->output)), r->output);
	return out;
}

static void add_compile(struct reading *r)
{
	struct target_object *o;
	char depfile[4096];

	if (!r->output || !r->source)
		return;
	if (r->makes_depfile && !r->depfile)
		r->depfile = default_depfile(r, depfile, sizeof(depfile));
	o = target_builder_object(r->b, r->output, strlen(r->output));
	o->source = target_builder_intern(r->b, r->source, strlen(r->source));
	o->directory = r->origin->directory;
	if (r->depfile)
		o->depfile = target_builder_intern(r->b, r->depfile, strlen(r->depfile));
}

static uint32_t command_target(struct reading *r, const char *output, const char *rule)
{
	uint32_t id = target_builder_target(r->b, output, strlen(output));
	const char *file = r->origin->line ? target_builder_intern(r->b, r->origin->file, strlen(r->origin->file)) : NULL;
	struct target *t = target_builder_at(r->b, id);

	t->described = true;
	t->rule = rule;
	t->system = TARGETS_COMMANDS;
	t->directory = r->origin->directory;
	t->file = file;
	t->line = r->origin->line;
	target_builder_item(r->b, id, TARGET_OUTPUTS, output, strlen(output));
	return id;
}

void command_link_input(struct target_builder *b, uint32_t t, const char *library, size_t n)
{
	uint32_t to = target_builder_target(b, library, n);

	target_builder_item(b, to, TARGET_OUTPUTS, library, n);
	target_builder_depend(b, t, to, "link line", TARGET_LINKS, 0);
}

/* -lX: whichever of the names that the linker would try turns out to be a target. */
static void add_library(struct reading *r, uint32_t t, const char *library)
{
	static const char *const suffixes[] = { ".so", ".a" };
	size_t i, k;

	for (i = 0; i < r->directories.count; i++)
		for (k = 0; k < 2; k++) {
			char path[4096];
			int n = snprintf(path, sizeof(path), "%s/lib%s%s", r->directories.items[i], library, suffixes[k]);

			if (n > 0 && (size_t)n < sizeof(path))
				target_builder_maybe(r->b, t, path, (size_t)n, "link line", TARGET_LINKS);
		}
}

static void add_link(struct reading *r)
{
	uint32_t t;
	size_t i;

	if (!r->output || (!r->inputs.count && !r->source))
		return;
	t = command_target(r, r->output, r->shared ? "shared library" : "link");
	for (i = 0; i < r->inputs.count; i++) {
		const char *input = r->inputs.items[i];
		size_t n = strlen(input);

		if (command_is_object(input, n))
			target_builder_item(r->b, t, TARGET_OUTPUTS, input, n);
		else
			command_link_input(r->b, t, input, n);
	}
	for (i = 0; i < r->libraries.count; i++)
		add_library(r, t, r->libraries.items[i]);
}

/* "ar qc libx.a a.o b.o": the first word is the operation, with or without '-'. */
static void add_archive(struct reading *r, char *const *words, size_t count)
{
	uint32_t t;
	size_t i;

	for (i = 1; i < count && !ends_with(words[i], strlen(words[i]), ".a") && !ends_with(words[i], strlen(words[i]), ".lo"); i++)
		;
	if (i >= count || (i == 1))
		return;
	t = command_target(r, words[i], "archive");
	scan_words(r, words + i + 1, count - i - 1, 0);
	for (i = 0; i < r->inputs.count; i++) {
		const char *input = r->inputs.items[i];
		size_t n = strlen(input);

		if (command_is_object(input, n))
			target_builder_item(r->b, t, TARGET_OUTPUTS, input, n);
	}
}

static int read_one(struct target_builder *b, char *const *words, size_t count, const struct command_origin *origin)
{
	struct reading r = { .b = b, .origin = origin };
	size_t i;

	if (is_archiver(words[0]))
		add_archive(&r, words, count);
	else {
		scan_words(&r, words + 1, count - 1, 0);
		if (r.compile)
			add_compile(&r);
		else if (!r.error)
			add_link(&r);
	}
	for (i = 0; i < r.response_count; i++)
		command_words_release(&r.responses[i]);
	free(r.inputs.items);
	free(r.libraries.items);
	free(r.directories.items);
	return r.error;
}

int command_read(struct target_builder *b, char *const *words, size_t count, const struct command_origin *origin)
{
	size_t i = 0;
	int r = 0;

	while (!r && i < count) {
		size_t end = i;

		while (end < count && strcmp(words[end], ";") != 0)
			end++;
		if (end > i)
			r = read_one(b, words + i, end - i, origin);
		i = end + 1;
	}
	return r ? r : target_builder_error(b);
}
