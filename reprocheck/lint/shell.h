/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lint_shell.h: between the two halves of the shell reader: lint_shell_words.c (blanks,
 * here-documents, expansions, words) and lint_rules_shell.c (redirections, compound
 * commands, pipelines, lists).  They call each other, because $( ) holds commands.
 */
#ifndef REPROCHECK_LINT_SHELL_H
#define REPROCHECK_LINT_SHELL_H

#include "reprocheck/lint/rules.h"

#include <ctype.h>

#define HEREDOCS_MAX 8

struct heredoc {
	char delimiter[64];
	bool quoted, strip;
	node into;
};

struct shell {
	struct lint *l;
	struct piece piece;
	size_t i;
	unsigned depth;
	bool backquoted; /* an unescaped ` ends this */
	struct heredoc heredocs[HEREDOCS_MAX];
	unsigned heredoc_count;
};

/* What ends a list. */
enum ending { END_TEXT, END_PAREN, END_BACKQUOTE, END_BRACE, END_DONE, END_FI, END_ESAC, END_ITEM };

/* The character `ahead` of where it is read; -1: the end. */
static inline int shell_peek(const struct shell *s, size_t ahead)
{
	return ahead < s->piece.n - s->i ? (unsigned char)s->piece.p[s->i + ahead] : -1;
}

static inline uint64_t shell_here(const struct shell *s)
{
	return piece_offset(&s->piece, s->i);
}

static inline bool shell_is_name(int c)
{
	return c == '_' || (c > 0 && isalnum(c));
}

void shell_skip_blanks(struct shell *s); /* and a comment */
/* The end of a line; what here-documents were announced on it are read. */
void shell_pass_newline(struct shell *s);
bool shell_ends_word(const struct shell *s, int c);
void shell_read_word(struct shell *s, struct word *w);
/* $(( )) and (( )), behind the parentheses. */
void shell_read_arithmetic(struct shell *s, struct word *w, size_t dollar);
/* Commands up to their end; the node of what they print. */
node shell_read_nested(struct shell *s, enum ending ending);
void shell_read_list(struct shell *s, enum ending ending, node out);

#endif
