/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `reprocheck causes`: every cause that is known, one a line.
 */
#include "base/terminal.h"
#include "reprocheck/causes/causes.h"
#include "reprocheck/causes/cause_text.h"
#include "base/json_stream.h"
#include "reprocheck/verbs.h"

#include <errno.h>
#include <string.h>

struct causes_options {
	bool json, markdown;
	const char *axis;
	const char *colour;
};

static const struct option_spec options[] = {
	{ "axis", 'a', OPT_STRING, offsetof(struct causes_options, axis), "AXIS",
	  "only the causes that this axis moves", NULL },
	{ "json", 0, OPT_FLAG, offsetof(struct causes_options, json), NULL, "print a JSON document", NULL },
	{ "markdown", 0, OPT_FLAG, offsetof(struct causes_options, markdown), NULL,
	  "print all that is known, as docs/causes.md", NULL },
	{ "color", 0, OPT_STRING, offsetof(struct causes_options, colour), "WHEN", "auto, always or never",
	  NULL },
	{ 0 },
};

static bool listed(const struct causes_options *o, const struct cause *c)
{
	return !o->axis || !strcmp(o->axis, c->axis);
}

static void print_list(const struct causes_options *o)
{
	const struct cause *c;
	int width = 0;

	for (c = causes; c->id; c++)
		if (listed(o, c) && (int)strlen(c->id) > width)
			width = (int)strlen(c->id);
	for (c = causes; c->id; c++)
		if (listed(o, c))
			printf("%s%-*s%s  %-14s %s\n", style(stdout, STYLE_BOLD), width, c->id,
			       style(stdout, STYLE_RESET), c->axis, c->title);
}

static void print_markdown(const struct causes_options *o)
{
	const struct cause *c;

	printf("<!-- Printed by `reprocheck causes --markdown` from the table in reprocheck/causes/causes.c; do not "
	       "edit. -->\n\n"
	       "# Causes\n\nWhat `reprocheck` recognises, what fixes it, and what does not.\n\n");
	for (c = causes; c->id; c++)
		if (listed(o, c))
			cause_markdown(stdout, c);
}

static int print_json(const struct causes_options *o)
{
	json_t *list = json_array();
	const struct cause *c;
	int r = 0;

	for (c = causes; c->id; c++)
		if (listed(o, c))
			r |= json_array_append_new(list, cause_json(c));
	return causes_write(stdout, json_checked(list, r));
}

static int run(void *opaque, int argc, char **argv)
{
	const struct causes_options *o = opaque;
	const struct cause *c;
	int r = 0;

	(void)argc;
	(void)argv;
	if (o->colour && terminal_set_colour(o->colour) < 0) {
		(void)fprintf(stderr, "reprocheck: --color: not auto, always or never: %s\n", o->colour);
		return 2;
	}
	for (c = causes; c->id && !listed(o, c);)
		c++;
	if (!c->id) {
		(void)fprintf(stderr, "reprocheck: --axis: no cause has the axis %s\n", o->axis);
		return 2;
	}
	if (o->json)
		r = print_json(o);
	else if (o->markdown)
		print_markdown(o);
	else
		print_list(o);
	if (r < 0 || fflush(stdout) != 0) {
		(void)fprintf(stderr, "reprocheck: cannot write the list\n");
		return 2;
	}
	return 0;
}

static const struct exit_status exits[] = {
	{ 0, "the list was printed" },
	{ 2, "the command line is wrong, or the output cannot be written" },
	{ 0, NULL },
};

const struct verb causes_verb = {
	.name = "causes",
	.operands = "",
	.summary = "list the causes of differences that are recognised",
	.description =
		"Prints the id, the axis and the title of every cause. An axis is what has to vary between "
		"two builds for the cause "
		"to show: time, path, tmpname, host, user, env, locale, tz, umask, order-dir, order-hash, "
		"order-parallel, random, "
		"pid, aslr, uninit, compress, cpu, mtime, input-changed, tool-changed; what follows from "
		"other bytes is derived.\n\n"
		"`reprocheck explain CAUSE` says what a cause looks like, what fixes it and what does not.",
	.examples = "reprocheck causes --axis time\nreprocheck causes --json | jq -r '.causes[].id'\n",
	.options = options,
	.options_size = sizeof(struct causes_options),
	.exits = exits,
	.run = run,
};
