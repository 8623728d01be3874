/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verb.h: a command's verbs and options as tables, with help generated from them.
 *
 * Each verb file exports one `const struct verb`; main lists them in a
 * NULL-terminated table and calls verb_main().  Options are parsed GNU style
 * (--name value, --name=value, -n value, "--" ends them, operands anywhere)
 * into the verb's options struct, at the offset that the table names.
 *
 *	static const struct option_spec options[] = {
 *		{ "jobs", 'j', OPT_UINT, offsetof(struct diff_options, jobs), "N", "threads to use", "Limits" },
 *		{ 0 }
 *	};
 *
 * verb_main() also answers --help, --version, `help VERB`, and an unknown word
 * with the nearest verb; `VERB --help` prints usage, description, options by
 * group, examples and exit statuses.  Hidden "--complete bash|zsh|fish" prints
 * a completion script and "--man" the man page (mdoc), made from the same tables.
 */
#ifndef BASE_VERB_H
#define BASE_VERB_H

#include <stdbool.h>
#include <stddef.h>

enum option_type {
	OPT_FLAG,   /* bool: true */
	OPT_NOFLAG, /* bool: false (for --no-x) */
	OPT_STRING, /* const char *: points into argv */
	OPT_LIST,   /* struct string_list: repeatable */
	OPT_UINT,   /* unsigned long long; K, M, G suffixes (1024) */
	OPT_COUNT,  /* unsigned: repeatable flag (-vv) */
	OPT_OPTIONAL_STRING, /* const char *: --json or --json=FILE; "-" when without value */
};

struct string_list {
	const char **items; /* pointers into argv; freed by string_list_release */
	size_t count;
};
void string_list_release(struct string_list *l);

struct option_spec {
	const char *name; /* NULL ends the table */
	char letter;      /* 0: none */
	enum option_type type;
	size_t offset;
	const char *value; /* name of the value in help, NULL for flags */
	const char *help;  /* one line or more; wrapped by help */
	const char *group; /* heading in help; NULL: "Options" */
};

struct exit_status {
	int status;
	const char *meaning; /* NULL ends the table */
};

struct verb {
	const char *name;
	const char *operands;    /* "A B [C...]": also how many are required and allowed; NULL: none */
	const char *summary;     /* one line */
	const char *description; /* paragraphs separated by blank lines; wrapped by help */
	const char *examples;    /* printed as it is; NULL: none */
	const struct option_spec *options; /* may be NULL */
	size_t options_size;               /* size of the options struct, zeroed before `defaults` */
	void (*defaults)(void *options);   /* may be NULL */
	void (*release)(void *options);    /* may be NULL */
	const struct exit_status *exits;
	bool hidden;
	bool command; /* the operands are a command line: options end at the first one, "--" before it or not */
	int (*run)(void *options, int argc, char **argv); /* operands only; returns the exit status */
};

struct program {
	const char *name, *version, *summary, *description;
	const struct verb *const *verbs; /* NULL-terminated */
	int usage_status;                /* exit status of a wrong command line */
};

int verb_main(const struct program *program, int argc, char **argv);

/* The whole command line that verb_main() was given, for reports that record it. NULL and 0 before. */
const char *const *verb_command_line(size_t *ret_count);

#endif
