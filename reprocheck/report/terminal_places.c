/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/report/terminal_places.h"

#include "base/buffer.h"
#include "base/terminal.h"

#include <inttypes.h>
#include <string.h>

#define PLACES_MAX 5 /* of a finding, below -vv */

static void print_length(FILE *f, const struct place *p)
{
	char a[32], b[32];

	if (p->a_len == p->b_len)
		(void)fprintf(f, "%s byte%s", format_count(p->a_len, a), plural(p->a_len));
	else if (p->a_len == 0)
		(void)fprintf(f, "%s byte%s more in B", format_count(p->b_len, b), plural(p->b_len));
	else if (p->b_len == 0)
		(void)fprintf(f, "%s byte%s only in A", format_count(p->a_len, a), plural(p->a_len));
	else
		(void)fprintf(f, "%s -> %s bytes", format_count(p->a_len, a), format_count(p->b_len, b));
}

static void print_location(FILE *f, const struct space *s, const struct place *p)
{
	(void)fprintf(f, "    %s-->%s ", style(f, STYLE_BLUE), style(f, STYLE_RESET));
	terminal_put(f, space_title(s));
	if (p->path && p->path[0]) {
		(void)fputs("//", f);
		terminal_put(f, p->path);
	}
	(void)fprintf(f, " at 0x%" PRIx64, p->a_off);
	if (p->b_off != p->a_off)
		(void)fprintf(f, " (B: 0x%" PRIx64 ")", p->b_off);
	(void)fputs(", ", f);
	print_length(f, p);
	if (p->symbol) {
		(void)fputs(", ", f);
		terminal_put(f, p->symbol);
	}
	if (p->source) {
		(void)fputs(", ", f);
		terminal_put(f, p->source);
	}
	(void)putc('\n', f);
}

static void print_side(FILE *f, char sign, enum style colour, const char *text, struct shared_ends shared)
{
	size_t len = strlen(text), middle = len - shared.prefix - shared.suffix;

	(void)fprintf(f, "        %s%c ", style(f, colour), sign);
	terminal_text(f, text, shared.prefix);
	(void)fputs(style(f, STYLE_BOLD), f);
	terminal_text(f, text + shared.prefix, middle);
	(void)fprintf(f, "%s%s", style(f, STYLE_RESET), style(f, colour));
	terminal_text(f, text + len - shared.suffix, shared.suffix);
	(void)fprintf(f, "%s\n", style(f, STYLE_RESET));
}

static void print_texts(FILE *f, const char *a, const char *b)
{
	struct shared_ends shared = { 0 };

	if (a && b)
		shared = shared_ends(a, b);
	if (a)
		print_side(f, '-', STYLE_RED, a, shared);
	if (b)
		print_side(f, '+', STYLE_GREEN, b, shared);
}

/* Context comes in lines of its own. */
static void print_context(FILE *f, char sign, const char *text)
{
	while (text && *text) {
		size_t n = strcspn(text, "\n");

		(void)fprintf(f, "        %s%c| ", style(f, STYLE_DIM), sign);
		terminal_text(f, text, n);
		(void)fprintf(f, "%s\n", style(f, STYLE_RESET));
		text += n + (text[n] == '\n');
	}
}

static void print_place(FILE *f, const struct space *s, const struct place *p, unsigned verbosity)
{
	print_location(f, s, p);
	if (p->detail) {
		(void)fprintf(f, "        %s=%s ", style(f, STYLE_CYAN), style(f, STYLE_RESET));
		terminal_put(f, p->detail);
		(void)putc('\n', f);
	}
	print_texts(f, p->a_text, p->b_text);
	if (verbosity >= 2) {
		print_context(f, 'A', p->a_context);
		print_context(f, 'B', p->b_context);
	}
}

void terminal_places(FILE *f, const struct ranked_finding *r, unsigned verbosity)
{
	const struct finding *n = r->finding;
	char number[32];
	size_t i;

	for (i = 0; i < n->places_kept && (i < PLACES_MAX || verbosity >= 2); i++)
		print_place(f, r->space, &n->places[i], verbosity);
	if (i < n->place_count) {
		(void)fprintf(f, "        %s... and %s more place%s of ", style(f, STYLE_DIM),
			      format_count(n->place_count - i, number), plural(n->place_count - i));
		terminal_put(f, n->id);
		(void)fprintf(f, "%s\n", style(f, STYLE_RESET));
	}
}
