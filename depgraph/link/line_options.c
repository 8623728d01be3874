/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line_options.c: what the words of a link line mean.
 *
 * A compiler's line holds words of two languages: its own, and the linker's behind -Wl, and -Xlinker.  Both are
 * first laid out as one sequence of tokens, each with its language and the word it came from, since a linker
 * option and its value may stand in two words (-Wl,-rpath -Wl,/opt).  Then one walk keeps the state of the positional
 * options (--whole-archive, --as-needed, -Bstatic, groups) and notes the inputs with the state in force.
 *
 * Options that are not known and take a separate value would make that value an input: the tables name those of
 * GNU ld, gold, lld, mold, and of gcc and clang.  An input of a wrong kind is skipped by those who open it.
 *
 * Sources: ld(1), ld.lld(1), mold(1), gcc(1) "Link Options", clang's options reference.
 */
#include "base/path.h"
#include "depgraph/link/line_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct token {
	const char *text;
	size_t word;
	size_t piece; /* of -Wl,...; SIZE_MAX: the whole word */
	bool linker;
};

#define STATES_MAX 64

struct walk {
	struct link_line *l;
	struct token *tokens;
	size_t count, capacity, at;
	unsigned flags;
	unsigned saved[STATES_MAX]; /* --push-state */
	size_t saved_count;
};

/* ---- programs ---------------------------------------------------------------------------------------------- */

static bool one_of(const char *text, size_t n, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == n && !memcmp(*words, text, n))
			return true;
	return false;
}

/* "x86_64-linux-gnu-g++-12" is "g++". */
static const char *program_name(const char *word, size_t *ret_n)
{
	const char *name = path_base(word), *p;
	size_t n = strlen(name), digits = n;

	while (digits && ((name[digits - 1] >= '0' && name[digits - 1] <= '9') || name[digits - 1] == '.'))
		digits--;
	if (digits < n && digits && name[digits - 1] == '-')
		n = digits - 1;
	for (p = name + n; p > name && p[-1] != '-'; p--)
		;
	*ret_n = n - (size_t)(p - name);
	return p;
}

static const char *const linkers[] = { "ld", "ld.bfd", "ld.gold", "ld.lld", "ld.mold", "lld", "gold", "mold", "collect2", "real-ld", NULL };

bool link_line_is_linker(const char *word)
{
	size_t n;
	const char *name = program_name(word, &n);

	return one_of(name, n, linkers);
}

bool link_line_is_driver(const char *word)
{
	static const char *const drivers[] = { "cc",	  "c++",      "gcc",   "g++",  "clang", "clang++", "nvcc", "icx",
					       "icpx",	  "gfortran", "hipcc", "emcc", "em++",	"gccgo",   "gdc",  "gnatlink",
					       "amdclang", "amdclang++", NULL };
	size_t n;
	const char *name = program_name(word, &n);

	return one_of(name, n, drivers);
}

bool link_line_links(char *const *words, size_t count)
{
	static const char *const not_linking[] = { "-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", "--version", "-dumpversion",
						   "-dumpmachine", "-print-prog-name=ld", NULL };
	bool inputs = false;
	size_t i;

	for (i = 1; i < count; i++) {
		if (one_of(words[i], strlen(words[i]), not_linking))
			return false;
		inputs = inputs || words[i][0] != '-' || !strncmp(words[i], "-l", 2);
	}
	return inputs;
}

static void linker_from(struct link_line *l, const char *name, size_t n)
{
	static const struct {
		const char *name;
		enum linkmap_dialect linker;
	} known[] = { { "bfd", LINKMAP_GNU },	  { "ld.bfd", LINKMAP_GNU }, { "gold", LINKMAP_GOLD }, { "ld.gold", LINKMAP_GOLD },
		      { "lld", LINKMAP_LLD },	  { "ld.lld", LINKMAP_LLD }, { "mold", LINKMAP_MOLD }, { "ld.mold", LINKMAP_MOLD } };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].name) == n && !memcmp(known[i].name, name, n)) {
			l->linker = known[i].linker;
			l->linker_told = true;
		}
}

/* ---- tokens ------------------------------------------------------------------------------------------------- */

static int token_add(struct walk *w, const char *text, size_t word, size_t piece, bool linker)
{
	if (w->count == w->capacity) {
		size_t capacity = w->capacity ? w->capacity * 2 : 64;
		struct token *tokens = reallocarray(w->tokens, capacity, sizeof(*tokens));

		if (!tokens)
			return -ENOMEM;
		w->tokens = tokens;
		w->capacity = capacity;
	}
	w->tokens[w->count++] = (struct token){ text, word, piece, linker };
	return 0;
}

/* The pieces of "-Wl,a,b". */
static int pieces_add(struct walk *w, size_t word)
{
	const char *p = w->l->argv[word] + 4, *comma;
	size_t piece;

	for (piece = 0;; piece++, p = comma + 1) {
		char *text;
		int r;

		comma = strchrnul(p, ',');
		text = arena_strndup(&w->l->arena, p, (size_t)(comma - p));
		r = text ? token_add(w, text, word, piece, true) : -ENOMEM;
		if (r < 0 || !*comma)
			return r;
	}
}

static int tokens_of(struct walk *w)
{
	struct link_line *l = w->l;
	size_t i;
	int r = 0;

	for (i = 1; i < l->argc && r == 0; i++) {
		if (!l->driver)
			r = token_add(w, l->argv[i], i, SIZE_MAX, true);
		else if (!strncmp(l->argv[i], "-Wl,", 4))
			r = pieces_add(w, i);
		else if (!strcmp(l->argv[i], "-Xlinker") && i + 1 < l->argc)
			r = token_add(w, l->argv[i + 1], i + 1, SIZE_MAX, true), i++;
		else
			r = token_add(w, l->argv[i], i, SIZE_MAX, false);
	}
	return r;
}

/* ---- inputs ------------------------------------------------------------------------------------------------- */

int link_line_add_input(struct link_line *l, const struct link_line_input *input)
{
	struct link_line_input *items;

	if ((l->input_count & (l->input_count + 1)) == 0) { /* 0, 1, 3, 7...: full */
		items = reallocarray(l->inputs, (l->input_count + 1) * 2, sizeof(*items));
		if (!items)
			return -ENOMEM;
		l->inputs = items;
	}
	l->inputs[l->input_count++] = *input;
	return 0;
}

/* The input that the tokens [from, at] write. */
static int add_input(struct walk *w, const char *word, size_t from, unsigned flags)
{
	const struct token *first = &w->tokens[from], *last = &w->tokens[w->at];
	struct link_line_input input = { .word = word, .first = first->word, .count = last->word - first->word + 1,
					 .flags = w->flags | flags };

	/* -Xlinker before it goes with it. */
	if (first->linker && first->piece == SIZE_MAX && w->l->driver) {
		input.first--;
		input.count++;
	}
	if (first->piece != SIZE_MAX && first->word == last->word) {
		input.piece = first->piece;
		input.pieces = last->piece - first->piece + 1;
	}
	return word ? link_line_add_input(w->l, &input) : -ENOMEM;
}

static int add_library(struct walk *w, const char *name, size_t from)
{
	return add_input(w, arena_printf(&w->l->arena, "-l%s", name), from, LINK_LINE_LIBRARY);
}

static int add_search(struct link_line *l, const char *directory)
{
	const char **items;

	if ((l->search_count & (l->search_count + 1)) == 0) {
		items = reallocarray(l->search, (l->search_count + 1) * 2, sizeof(*items));
		if (!items)
			return -ENOMEM;
		l->search = items;
	}
	l->search[l->search_count++] = directory;
	return 0;
}

/* ---- options ------------------------------------------------------------------------------------------------ */

/* The value of an option: joined to it (NULL: it never is), or the next token of its language. NULL: none. */
static const char *value_of(struct walk *w, const char *joined)
{
	if (joined && (*joined || joined[-1] == '=')) /* "--sysroot=" is an empty one */
		return joined;
	if (w->at + 1 < w->count && w->tokens[w->at + 1].linker == w->tokens[w->at].linker)
		return w->tokens[++w->at].text;
	return NULL;
}

/* Options of linkers with a separate value that say nothing about inputs. One or two dashes, no "=". */
static const char *const valued_linker[] = {
	"m", "T", "u", "z", "e", "h", "I", "b", "y", "Y", "A", "F", "f", "G", "R", "a", "c", "P", "O",
	"soname", "rpath", "rpath-link", "dynamic-linker", "format", "plugin", "plugin-opt", "defsym", "version-script", "dynamic-list",
	"undefined", "require-defined", "wrap", "init", "fini", "hash-size", "Ttext", "Tdata", "Tbss", "Ttext-segment", "Trodata-segment",
	"Tldata-segment", "script", "default-script", "dT", "retain-symbols-file", "oformat", "section-start", "sort-section",
	"auxiliary", "filter", "entry", "trace-symbol", "assert", "exclude-libs", "image-base", "mllvm", "just-symbols",
	"dependency-file", "hash-style", "unresolved-symbols", "thread-count", "architecture", "version-exports-section", NULL,
};

static const char *const valued_driver[] = {
	"-T", "-u", "-z", "-e", "-x", "-I", "-D", "-U", "-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-iprefix",
	"-isysroot", "-MF", "-MT", "-MQ", "-B", "-target", "-arch", "-wrapper", "-aux-info", "--param", "-Xassembler",
	"-Xpreprocessor", "-mllvm", "-Xclang", "-Xarch_host", "-Xcompiler", "-ccbin", "-gencode", "-dumpbase", "-dumpdir",
	"-dumpbase-ext", "-gcc-toolchain", NULL,
};

static void positional(struct walk *w, unsigned flag, bool on)
{
	w->flags = on ? w->flags | flag : w->flags & ~flag;
}

/* --whole-archive and the like; false: it is none of these. */
static bool state_option(struct walk *w, const char *name)
{
	static const struct {
		const char *name;
		unsigned flag;
		bool on;
	} states[] = {
		{ "whole-archive", LINK_LINE_WHOLE_ARCHIVE, true }, { "no-whole-archive", LINK_LINE_WHOLE_ARCHIVE, false },
		{ "as-needed", LINK_LINE_AS_NEEDED, true },	    { "no-as-needed", LINK_LINE_AS_NEEDED, false },
		{ "Bstatic", LINK_LINE_STATIC, true },		    { "dn", LINK_LINE_STATIC, true },
		{ "non_shared", LINK_LINE_STATIC, true },	    { "Bdynamic", LINK_LINE_STATIC, false },
		{ "dy", LINK_LINE_STATIC, false },		    { "call_shared", LINK_LINE_STATIC, false },
		{ "start-lib", LINK_LINE_LAZY, true },		    { "end-lib", LINK_LINE_LAZY, false },
		{ "start-group", LINK_LINE_GROUP, true },	    { "(", LINK_LINE_GROUP, true },
		{ "end-group", LINK_LINE_GROUP, false },	    { ")", LINK_LINE_GROUP, false },
	};
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (!strcmp(states[i].name, name)) {
			positional(w, states[i].flag, states[i].on);
			return true;
		}
	if (!strcmp(name, "push-state") && w->saved_count < STATES_MAX)
		w->saved[w->saved_count++] = w->flags;
	else if (!strcmp(name, "pop-state") && w->saved_count)
		w->flags = w->saved[--w->saved_count];
	else
		return false;
	return true;
}

/* Facts about the whole link; false: it is none of these. */
static bool whole_option(struct link_line *l, const char *name)
{
	if (!strcmp(name, "shared") || !strcmp(name, "Bshareable"))
		l->shared = true;
	else if (!strcmp(name, "r") || !strcmp(name, "relocatable") || !strcmp(name, "i"))
		l->relocatable = true;
	else if (!strcmp(name, "pie") || !strcmp(name, "pic-executable"))
		l->pie = true;
	else if (!strcmp(name, "gc-sections"))
		l->gc_sections = true;
	else if (!strcmp(name, "no-gc-sections"))
		l->gc_sections = false;
	else if (!strcmp(name, "E") || !strcmp(name, "export-dynamic") || !strncmp(name, "dynamic-list", 12) ||
		 !strncmp(name, "export-dynamic-symbol", 21))
		l->export_dynamic = true;
	else if (!strcmp(name, "t") || !strcmp(name, "trace"))
		l->traced = true;
	else
		return false;
	return true;
}

static bool named(const char *name, const char *option, const char **ret_joined)
{
	size_t n = strlen(option);

	if (strncmp(name, option, n) != 0 || (name[n] && name[n] != '='))
		return false;
	*ret_joined = name + n + (name[n] == '=');
	return true;
}

/* -lX, -LX, -oX and their long forms; 1: it was one. */
static int path_option(struct walk *w, const char *text, size_t from)
{
	struct link_line *l = w->l;
	const char *name = text + 1 + (text[1] == '-'), *joined, *value;
	bool dash = text[1] != '-';

	if ((dash && text[1] == 'l' && (joined = text + 2)) || named(name, "library", &joined)) {
		value = value_of(w, joined);
		return value ? add_library(w, value, from) ?: 1 : 1;
	}
	if ((dash && text[1] == 'L' && (joined = text + 2)) || named(name, "library-path", &joined)) {
		value = value_of(w, joined);
		return value ? add_search(l, value) ?: 1 : 1;
	}
	if (named(name, "sysroot", &joined)) {
		l->sysroot = value_of(w, joined);
		return 1;
	}
	if (w->tokens[from].linker && (named(name, "Map", &joined) || named(name, "map", &joined))) {
		l->map = value_of(w, joined);
		return 1;
	}
	/* "-omagic" is an option of ld, and an output of gcc. */
	if (named(name, "output", &joined) || (dash && text[1] == 'o' && (!text[2] || !w->tokens[from].linker) && (joined = text + 2))) {
		l->output = value_of(w, joined);
		return 1;
	}
	return 0;
}

static int linker_option(struct walk *w, const char *text, size_t from)
{
	const char *name = text + 1 + (text[1] == '-');
	int r;

	if (state_option(w, name) || whole_option(w->l, name))
		return 0;
	if (!strcmp(name, "static")) {
		w->l->static_link = true;
		positional(w, LINK_LINE_STATIC, true);
		return 0;
	}
	r = path_option(w, text, from);
	if (r != 0)
		return r < 0 ? r : 0;
	if (one_of(name, strlen(name), valued_linker))
		(void)value_of(w, NULL);
	return 0;
}

static int driver_option(struct walk *w, const char *text, size_t from)
{
	struct link_line *l = w->l;
	int r;

	if (!strcmp(text, "-static") || !strcmp(text, "-static-pie")) {
		l->static_link = true;
		positional(w, LINK_LINE_STATIC, true);
	} else if (!strcmp(text, "-shared") || !strcmp(text, "-r") || !strcmp(text, "-pie")) {
		whole_option(l, text + 1);
	} else if (!strcmp(text, "-rdynamic")) {
		l->export_dynamic = true;
	} else if (!strncmp(text, "-fuse-ld=", 9)) {
		const char *name = path_base(text + 9);

		linker_from(l, name, strlen(name));
	} else if (one_of(text, strlen(text), valued_driver)) {
		(void)value_of(w, NULL);
	} else {
		r = path_option(w, text, from);
		return r < 0 ? r : 0;
	}
	return 0;
}

static int walk_tokens(struct walk *w)
{
	int r = 0;

	for (w->at = 0; w->at < w->count && r == 0; w->at++) {
		const struct token *t = &w->tokens[w->at];
		size_t from = w->at;

		if (t->text[0] != '-' || !t->text[1])
			r = t->text[0] && t->text[0] != '-' ? add_input(w, t->text, from, 0) : 0;
		else
			r = t->linker ? linker_option(w, t->text, from) : driver_option(w, t->text, from);
	}
	return r;
}

int link_line_options(struct link_line *l)
{
	struct walk w = { .l = l };
	size_t n;
	const char *name;
	int r;

	if (!l->argc)
		return 0;
	if (l->argc > LINK_LINE_WORDS_MAX)
		return -EFBIG;
	name = program_name(l->argv[0], &n);
	linker_from(l, name, n);
	l->output = "a.out";
	r = tokens_of(&w);
	if (r == 0)
		r = walk_tokens(&w);
	free(w.tokens);
	if (!l->output)
		l->output = "a.out";
	return r;
}
