/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/lint/tokens.h"

#include <ctype.h>
#include <string.h>

static int peek(const struct python_lines *r, size_t ahead)
{
	return ahead < r->l->size - r->i ? (unsigned char)r->l->text[r->i + ahead] : -1;
}

static bool is_name(int c)
{
	return c == '_' || c >= 0x80 || (c > 0 && isalnum(c));
}

static void keep(struct python_lines *r, struct token t)
{
	if (r->count == r->cap && r->cap < TOKENS_MAX) {
		size_t cap = r->cap ? r->cap * 2 : 64;
		struct token *grown = arena_array(&r->l->scratch, cap, sizeof(*grown));

		if (!grown)
			return;
		if (r->count)
			memcpy(grown, r->tokens, r->count * sizeof(*grown));
		r->tokens = grown;
		r->cap = cap;
	}
	t.depth = r->depth;
	if (r->count < r->cap)
		r->tokens[r->count++] = t;
}

/* At the quote. */
static void read_string(struct python_lines *r, bool raw, bool format)
{
	char quote = (char)peek(r, 0);
	bool three = peek(r, 1) == quote && peek(r, 2) == quote;
	size_t begin;
	int c;

	r->i += three ? 3 : 1;
	begin = r->i;
	while ((c = peek(r, 0)) != -1) {
		if (c == quote && (!three || (peek(r, 1) == quote && peek(r, 2) == quote)))
			break;
		if (c == '\n' && !three)
			break;
		r->i += c == '\\' && peek(r, 1) != -1 ? 2 : 1;
	}
	keep(r,
	     (struct token){ .kind = TOKEN_STRING, .raw = raw, .format = format, .at = begin, .end = r->i });
	if (c == quote)
		r->i += three ? 3 : 1;
}

/* A name; or the prefix of a string. */
static void read_name(struct python_lines *r)
{
	size_t begin = r->i;
	bool raw = false, format = false;

	while (is_name(peek(r, 0)))
		r->i++;
	if ((peek(r, 0) == '"' || peek(r, 0) == '\'') && r->i - begin <= 2) {
		for (size_t k = begin; k < r->i; k++) {
			raw |= (r->l->text[k] | 0x20) == 'r';
			format |= (r->l->text[k] | 0x20) == 'f';
		}
		read_string(r, raw, format);
		return;
	}
	keep(r, (struct token){ .kind = isdigit((unsigned char)r->l->text[begin]) ? TOKEN_NUMBER : TOKEN_NAME,
				.at = begin,
				.end = r->i });
}

static void close_bracket(struct python_lines *r)
{
	r->depth -= r->depth > 0;
	if (r->depth < BRACKETS_MAX && r->open[r->depth] && r->open[r->depth] <= r->count)
		r->tokens[r->open[r->depth] - 1].close = (uint32_t)r->count;
}

static void open_bracket(struct python_lines *r)
{
	if (r->depth < BRACKETS_MAX)
		r->open[r->depth] = (uint32_t)r->count; /* it was kept already */
	r->depth += r->depth < UINT16_MAX;
}

static void read_operator(struct python_lines *r)
{
	int c = peek(r, 0);
	size_t n = peek(r, 1) == '=' && c && strchr("=!<>+-*/|&%^:", c) ? 2 : 1;

	if (c == ')' || c == ']' || c == '}')
		close_bracket(r);
	keep(r, (struct token){ .kind = TOKEN_OPERATOR, .at = r->i, .end = r->i + n });
	if (c == '(' || c == '[' || c == '{')
		open_bracket(r);
	r->i += n;
}

/* Whether the logical line goes on. */
static bool read_token(struct python_lines *r)
{
	int c = peek(r, 0);
	const char *newline;

	if (c == '\n') {
		r->i++;
		return r->depth > 0 || r->count == 0;
	}
	if (c == '#') {
		newline = memchr(r->l->text + r->i, '\n', r->l->size - r->i);
		r->i = newline ? (size_t)(newline - r->l->text) : r->l->size;
	} else if (c == '"' || c == '\'') {
		read_string(r, false, false);
	} else if (is_name(c)) {
		read_name(r);
	} else if (c == '\\' || c == 0 || isspace(c)) {
		r->i += c == '\\' && peek(r, 1) == '\n' ? 2 : 1;
	} else if (c == ';' && r->depth == 0) {
		r->i++;
		return false;
	} else {
		read_operator(r);
	}
	return r->count < TOKENS_MAX;
}

bool python_line(struct python_lines *r)
{
	arena_release(&r->l->scratch);
	r->tokens = NULL;
	r->count = r->cap = 0;
	memset(r->open, 0, sizeof(r->open));
	while (r->i < r->l->size && read_token(r))
		;
	if (r->i >= r->l->size && r->count == 0)
		return false;
	r->l->statement = r->count ? r->tokens[0].at : r->i;
	return true;
}

bool token_says(const struct python_lines *r, size_t i, const char *s)
{
	size_t n = strlen(s);

	return i < r->count && r->tokens[i].kind != TOKEN_STRING && r->tokens[i].end - r->tokens[i].at == n &&
	       !memcmp(r->l->text + r->tokens[i].at, s, n);
}
