/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `reprocheck explain CAUSE...`: what a cause looks like, what fixes it, what does not.
 */
#include "base/cleanup.h"
#include "base/terminal.h"
#include "reprocheck/causes/causes.h"
#include "reprocheck/causes/cause_text.h"
#include "base/json_stream.h"
#include "reprocheck/verbs.h"

#include <errno.h>
#include <string.h>

struct explain_options {
	bool json;
	const char *colour;
};

static const struct option_spec options[] = {
	{ "json", 0, OPT_FLAG, offsetof(struct explain_options, json), NULL, "print a JSON document", NULL },
	{ "color", 0, OPT_STRING, offsetof(struct explain_options, colour), "WHEN", "auto, always or never",
	  NULL },
	{ 0 },
};

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	return a < b ? (a < c ? a : c) : (b < c ? b : c);
}

/* Edits from one word to the other: one row of Levenshtein's table at a time. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[64], i, j, n = (unsigned)strlen(b);

	if (n >= 64 || strlen(a) >= 64)
		return 64;
	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= n; j++) {
			unsigned above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[n];
}

static const struct cause *nearest(const char *word)
{
	const struct cause *c, *best = NULL;
	unsigned least_so_far = 6;

	for (c = causes; c->id; c++) {
		unsigned n = strstr(c->id, word) && strlen(word) >= 3 ? 1 : distance(word, c->id);

		if (n < least_so_far) {
			least_so_far = n;
			best = c;
		}
	}
	return best;
}

static void unknown(const char *word)
{
	const struct cause *near = nearest(word);

	if (near)
		(void)fprintf(stderr, "reprocheck: no cause is called '%s'; did you mean '%s'?\n", word,
			      near->id);
	else
		(void)fprintf(stderr, "reprocheck: no cause is called '%s'; `reprocheck causes` lists them\n",
			      word);
}

static int print_json(int argc, char **argv)
{
	json_t *list = json_array();
	int i, r = 0;

	for (i = 0; i < argc; i++)
		r |= json_array_append_new(list, cause_json(cause_find(argv[i])));
	return causes_write(stdout, json_checked(list, r));
}

static int run(void *opaque, int argc, char **argv)
{
	const struct explain_options *o = opaque;
	int i, r = 0, status = 0;

	if (o->colour && terminal_set_colour(o->colour) < 0) {
		(void)fprintf(stderr, "reprocheck: --color: not auto, always or never: %s\n", o->colour);
		return 2;
	}
	for (i = 0; i < argc; i++)
		if (!cause_find(argv[i])) {
			unknown(argv[i]);
			status = 2;
		}
	if (status)
		return status;
	if (o->json)
		r = print_json(argc, argv);
	for (i = 0; i < argc && !o->json; i++) {
		if (i)
			(void)fputc('\n', stdout);
		cause_print(stdout, cause_find(argv[i]));
	}
	if (r < 0 || fflush(stdout) != 0) {
		(void)fprintf(stderr, "reprocheck: cannot write the explanation\n");
		return 2;
	}
	return 0;
}

static const struct exit_status exits[] = {
	{ 0, "every cause was explained" },
	{ 2, "a name is unknown, the command line is wrong, or the output cannot be written" },
	{ 0, NULL },
};

const struct verb explain_verb = {
	.name = "explain",
	.operands = "CAUSE...",
	.summary = "say what a cause looks like, what fixes it and what does not",
	.description = "CAUSE is an id as `reprocheck diff` and `reprocheck causes` print it, or a name of "
		       "the Reproducible Builds project's "
		       "taxonomy, such as timestamps_in_static_libraries.",
	.examples = "reprocheck explain ar-timestamps\nreprocheck explain gcc_captures_build_path\n",
	.options = options,
	.options_size = sizeof(struct explain_options),
	.exits = exits,
	.run = run,
};
