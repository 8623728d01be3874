/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lint_tokens.h: logical lines of Python and Starlark as tokens.
 *
 * After Python's reference, 2: comments, strings with prefixes, three quotes,
 * lines joined by brackets and backslashes.  A logical line ends where a newline stands outside brackets;
 * a very long one is given in pieces.
 *
 *	struct python_lines r = { .l = l };
 *	while (python_line(&r)) ... r.tokens[0 .. r.count)
 */
#ifndef REPROCHECK_LINT_TOKENS_H
#define REPROCHECK_LINT_TOKENS_H

#include "reprocheck/lint/rules.h"

enum token_kind { TOKEN_NAME, TOKEN_NUMBER, TOKEN_STRING, TOKEN_OPERATOR };
struct token {
	enum token_kind kind;
	bool raw, format; /* prefixes of a string: r, f */
	uint16_t depth;   /* of brackets around it */
	uint32_t close;   /* of an opening bracket: the token that closes it; 0: none does */
	uint64_t at, end; /* in the file; of a string, between the quotes */
};

#define TOKENS_MAX   20000
#define BRACKETS_MAX 200
struct python_lines {
	struct lint *l;
	size_t i;
	struct token *tokens;
	size_t count, cap;
	uint16_t depth;
	uint32_t open
		[BRACKETS_MAX]; /* tokens that opened the brackets around here, plus one; 0: in an earlier piece */
};

bool python_line(struct python_lines *r);
bool token_says(const struct python_lines *r, size_t i,
		const char *s); /* a name or operator; false beyond the end */

#endif
