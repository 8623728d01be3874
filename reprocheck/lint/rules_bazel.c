/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bazel and Buck: BUILD files, .bzl.
 *
 * Starlark has no clock, no random numbers and sorted globs; what varies stands in
 * strings: cmd = "..." of a genrule (with make's $$ and $(location x)),
 * command = "..." of run_shell(), copts, linkopts, and in stamp = 1.  Adjacent and added strings are one text;
 * escapes are undone with a map back to the file.
 */
#include "reprocheck/lint/tokens.h"

#include <string.h>

struct decoded {
	char *p;
	uint32_t *map;
	size_t n, cap;
	uint64_t base;
};

static void put(struct decoded *d, char c, uint64_t at)
{
	if (d->n < d->cap) {
		d->p[d->n] = c;
		d->map[d->n++] = (uint32_t)(at - d->base);
	}
}

/* A string's content with its escapes undone. */
static void decode(const struct lint *l, const struct token *t, struct decoded *d)
{
	uint64_t i;

	for (i = t->at; i < t->end; i++) {
		char c = l->text[i];

		if (c != '\\' || t->raw || i + 1 >= t->end) {
			put(d, c, i);
			continue;
		}
		c = l->text[++i];
		if (c == 'n')
			put(d, '\n', i);
		else if (c == 't')
			put(d, '\t', i);
		else if (c == '\\' || c == '"' || c == '\'')
			put(d, c, i);
		else if (c != '\n') { /* an unknown escape stays */
			put(d, '\\', i - 1);
			put(d, c, i);
		}
	}
}

/* Strings from token i on that belong together: "a" "b" + "c". Several of a list, select() or dict are read one by one. */
static size_t read_text(struct lint *l, const struct python_lines *r, size_t i, enum dialect dialect)
{
	struct decoded d = { .base = r->tokens[i].at };
	uint64_t last = d.base;
	size_t end = i, k;
	struct piece p;

	while (end < r->count &&
	       (r->tokens[end].kind == TOKEN_STRING ||
		(token_says(r, end, "+") && end + 1 < r->count && r->tokens[end + 1].kind == TOKEN_STRING))) {
		last = r->tokens[end].end;
		end++;
	}
	d.cap = (size_t)(last - d.base);
	if (d.cap == 0 || d.cap > LINT_PIECE_MAX)
		return end;
	d.p = arena_alloc(&l->scratch, d.cap);
	d.map = arena_array(&l->scratch, d.cap, sizeof(*d.map));
	if (!d.p || !d.map)
		return end;
	for (k = i; k < end; k++)
		if (r->tokens[k].kind == TOKEN_STRING)
			decode(l, &r->tokens[k], &d);
	p = (struct piece){ .p = d.p,
			    .n = d.n,
			    .base = d.base,
			    .map = d.map,
			    .dialect = dialect,
			    .space = 's',
			    .build_step = true };
	(void)shell_read(l, &p, 0);
	return end;
}

/* The end of the value behind `name =` at token i. */
static size_t value_end(const struct python_lines *r, size_t i)
{
	size_t end = i;

	while (end < r->count && !(r->tokens[end].depth <= r->tokens[i].depth &&
				   (token_says(r, end, ",") || token_says(r, end, ")") ||
				    token_says(r, end, "]") || token_says(r, end, "}"))))
		end++;
	return end;
}

static void read_commands(struct lint *l, const struct python_lines *r, size_t i, enum dialect dialect)
{
	size_t end = value_end(r, i);

	while (i < end)
		i = r->tokens[i].kind == TOKEN_STRING ? read_text(l, r, i, dialect) : i + 1;
}

static void read_flags(struct lint *l, const struct token *t)
{
	struct word w = { .offset = t->at, .end = t->end };

	word_put(l, &w, l->text + t->at, t->end - t->at);
	word_flags(l, &w);
}

/* stamp = 1 of a rule that is not a test and not a macro's default. */
static void read_stamp(struct lint *l, const struct python_lines *r, size_t i)
{
	if ((token_says(r, i + 2, "1") || token_says(r, i + 2, "True")) && !token_says(r, 0, "def"))
		if (token_says(r, i + 3, ",") || token_says(r, i + 3, ")"))
			flow_found(l, RULE_BAZEL_STAMP, r->tokens[i].at,
				   r->tokens[i + 2].end - r->tokens[i].at, NULL);
}

static void read_bazel_line(struct lint *l, const struct python_lines *r)
{
	size_t i;

	for (i = 0; i < r->count; i++) {
		bool keyword =
			r->tokens[i].kind == TOKEN_NAME && token_says(r, i + 1, "=") && i + 2 < r->count;

		if (r->tokens[i].kind == TOKEN_STRING)
			read_flags(l, &r->tokens[i]);
		if (!keyword || r->tokens[i].depth == 0)
			continue;
		if (token_says(r, i, "cmd") || token_says(r, i, "cmd_bash") || token_says(r, i, "bash"))
			read_commands(l, r, i + 2, DIALECT_MAKE);
		else if (token_says(r, i, "command"))
			read_commands(l, r, i + 2, DIALECT_SHELL);
		else if (token_says(r, i, "stamp"))
			read_stamp(l, r, i);
	}
}

int read_bazel(struct lint *l)
{
	struct python_lines r = { .l = l };

	while (!l->error && python_line(&r))
		read_bazel_line(l, &r);
	return l->error;
}
