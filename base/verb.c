/* SPDX-License-Identifier: Apache-2.0 */
#include "base/verb_private.h"

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void string_list_release(struct string_list *l)
{
	free(l->items);
	*l = (struct string_list){ 0 };
}

bool option_needs_value(const struct option_spec *o)
{
	return o->type == OPT_STRING || o->type == OPT_LIST || o->type == OPT_UINT;
}

bool option_may_have_value(const struct option_spec *o)
{
	return option_needs_value(o) || o->type == OPT_OPTIONAL_STRING;
}

/* A command line being taken apart. */
struct parse {
	const struct program *program;
	const struct verb *verb; /* NULL: before a verb is known */
	char **argv;             /* the word after this one is next; ends in NULL */
	void *options;
	char **operands;
	int operand_count;
	bool help;
};

static int usage_error(const struct parse *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Says what is wrong and where help is; returns -EINVAL. */
static int usage_error(const struct parse *p, const char *fmt, ...)
{
	const char *verb = p->verb ? p->verb->name : "";
	char message[sizeof(((struct error *)NULL)->message)];
	struct error err = { 0 };
	char name[128];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	(void)error_set(&err, 0, NULL, "%s", message);
	(void)snprintf(name, sizeof(name), "%s%s%s", p->program->name, *verb ? " " : "", verb);
	error_report(name, &err);
	(void)fprintf(stderr, "Try '%s help%s%s'.\n", p->program->name, *verb ? " " : "", verb);
	return -EINVAL;
}

#define LONGEST_SUGGESTION 48

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein distance, one row at a time; words beyond the limit are far from everything. */
static unsigned edit_distance(const char *a, const char *b)
{
	size_t len = strlen(b), i, j;
	unsigned row[LONGEST_SUGGESTION + 1], diagonal, above;

	if (len > LONGEST_SUGGESTION || strlen(a) > LONGEST_SUGGESTION)
		return UINT_MAX;
	for (j = 0; j <= len; j++)
		row[j] = (unsigned)j;
	for (i = 0; a[i]; i++) {
		diagonal = row[0]++;
		for (j = 0; j < len; j++) {
			above = row[j + 1];
			row[j + 1] = least(above + 1, row[j] + 1, diagonal + (a[i] != b[j]));
			diagonal = above;
		}
	}
	return row[len];
}

struct suggestion {
	const char *nearest; /* NULL: nothing is near */
	unsigned distance;
};

/* Near enough to be a slip of the fingers: one edit for each three letters, and one. */
static void suggest(struct suggestion *s, const char *typed, const char *known)
{
	unsigned distance = edit_distance(typed, known);

	if (distance > strlen(known) / 3 + 1 || distance >= strlen(known))
		return;
	if (!s->nearest || distance < s->distance)
		*s = (struct suggestion){ known, distance };
}

/* Digits and an optional suffix: "8", "64K", "2G". */
static bool parse_amount(const char *text, unsigned long long *ret)
{
	static const char suffixes[] = "KMGT";
	unsigned long long value = 0;
	const char *s = text, *suffix;

	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (unsigned)(*s - '0'), &value))
			return false;
	if (s == text)
		return false;
	if (*s) {
		suffix = strchr(suffixes, *s);
		if (!suffix || s[1] ||
		    __builtin_mul_overflow(value, 1ULL << (10 * (suffix - suffixes + 1)), &value))
			return false;
	}
	*ret = value;
	return true;
}

static int append_to_list(struct string_list *l, const char *item)
{
	const char **items = reallocarray(l->items, l->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	items[l->count++] = item;
	l->items = items;
	return 0;
}

/* Into the field that the table names; value is NULL where the option has none. */
static int store_option(struct parse *p, const struct option_spec *o, const char *value)
{
	void *field = (char *)p->options + o->offset;

	switch (o->type) {
	case OPT_FLAG:
	case OPT_NOFLAG: *(bool *)field = o->type == OPT_FLAG; return 0;
	case OPT_COUNT: ++*(unsigned *)field; return 0;
	case OPT_STRING: *(const char **)field = value; return 0;
	case OPT_OPTIONAL_STRING: *(const char **)field = value ? value : "-"; return 0;
	case OPT_LIST:
		if (append_to_list(field, value) == 0)
			return 0;
		(void)usage_error(p, "not enough memory");
		return -ENOMEM;
	case OPT_UINT:
		if (parse_amount(value, field))
			return 0;
		return usage_error(p, "--%s wants a number (K, M, G multiply by 1024), not '%s'", o->name,
				   value);
	}
	return -EINVAL;
}

/* The word after the option, when the option itself brought no value. */
static int take_value(struct parse *p, const struct option_spec *o, const char **value)
{
	if (*value || !option_needs_value(o))
		return 0;
	if (!p->argv[1])
		return usage_error(p, "--%s needs a value: %s", o->name, o->value ? o->value : "VALUE");
	*value = *++p->argv;
	return 0;
}

static const struct option_spec *find_long(const struct parse *p, const char *name, size_t len)
{
	const struct option_spec *o;

	for (o = p->verb->options; o && o->name; o++)
		if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

static int unknown_long(const struct parse *p, const char *name, size_t len)
{
	AUTO_FREE char *typed = strndup(name, len);
	struct suggestion s = { 0 };
	const struct option_spec *o;

	for (o = p->verb->options; o && o->name && typed; o++)
		suggest(&s, typed, o->name);
	if (s.nearest)
		return usage_error(p, "unknown option --%s; did you mean --%s?", typed, s.nearest);
	return usage_error(p, "unknown option --%s", typed ? typed : name);
}

static int parse_long(struct parse *p, const char *word)
{
	const char *name = word + 2, *equals = strchrnul(name, '='), *value = *equals ? equals + 1 : NULL;
	const struct option_spec *o = find_long(p, name, (size_t)(equals - name));
	int r;

	if (!o && strcmp(name, "help") == 0) {
		p->help = true;
		return 0;
	}
	if (!o)
		return unknown_long(p, name, (size_t)(equals - name));
	if (value && !option_may_have_value(o))
		return usage_error(p, "--%s takes no value", o->name);
	r = take_value(p, o, &value);
	return r < 0 ? r : store_option(p, o, value);
}

static const struct option_spec *find_letter(const struct parse *p, char letter)
{
	const struct option_spec *o;

	for (o = p->verb->options; o && o->name; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

/* "-vj4": flags may be joined, and the last may bring its value. */
static int parse_letters(struct parse *p, const char *word)
{
	const struct option_spec *o;
	const char *s, *value;
	int r;

	for (s = word + 1; *s; s++) {
		o = find_letter(p, *s);
		if (!o && *s == 'h') {
			p->help = true;
			continue;
		}
		if (!o)
			return usage_error(p, "unknown option -%c", *s);
		value = option_may_have_value(o) && s[1] ? s + 1 : NULL;
		r = take_value(p, o, &value);
		if (r == 0)
			r = store_option(p, o, value);
		if (r < 0)
			return r;
		if (option_may_have_value(o))
			break;
	}
	return 0;
}

static int parse_words(struct parse *p)
{
	bool options_ended = false;
	const char *word;
	int r = 0;

	for (; *p->argv && !p->help && r == 0; p->argv++) {
		word = *p->argv;
		if (options_ended || word[0] != '-' || word[1] == '\0') {
			p->operands[p->operand_count++] = *p->argv;
			options_ended = options_ended || p->verb->command;
		} else if (strcmp(word, "--") == 0) {
			options_ended = true;
		} else if (word[1] == '-') {
			r = parse_long(p, word);
		} else {
			r = parse_letters(p, word);
		}
	}
	return r;
}

/* "A B [C...]" names two that are required, and allows any number.  A word that begins with '-' is no operand;
 * "--" shows where they begin. */
static int check_operands(const struct parse *p)
{
	const char *s = p->verb->operands ? p->verb->operands : "", *end;
	bool unlimited = strstr(s, "...") != NULL, optional = false;
	int known = 0;

	for (s += strspn(s, " "); *s; s = end + strspn(end, " ")) {
		end = s + strcspn(s, " ");
		optional |= *s == '['; /* and so is what follows */
		known += *s != '-';
		if (!optional && known > p->operand_count)
			return usage_error(p, "missing operand %.*s", (int)(end - s), s);
	}
	if (!unlimited && p->operand_count > known)
		return usage_error(p, "unexpected operand '%s'", p->operands[known]);
	return 0;
}

static int run_verb(struct parse *p)
{
	int r = parse_words(p);

	if (r == 0 && p->help) {
		help_verb(p->program, p->verb, stdout);
		return 0;
	}
	if (r == 0)
		r = check_operands(p);
	if (r < 0)
		return p->program->usage_status;
	return p->verb->run(p->options, p->operand_count, p->operands);
}

/* argv begins behind the verb. */
static int start_verb(const struct program *program, const struct verb *verb, int argc, char **argv)
{
	AUTO_FREE void *options = calloc(1, verb->options_size ? verb->options_size : 1);
	AUTO_FREE char **operands = calloc((size_t)argc + 1, sizeof(*operands));
	struct parse p = {
		.program = program,
		.verb = verb,
		.argv = argv,
		.options = options,
		.operands = operands,
	};
	int status;

	if (!options || !operands) {
		(void)usage_error(&p, "not enough memory");
		return program->usage_status;
	}
	if (verb->defaults)
		verb->defaults(options);
	status = run_verb(&p);
	if (verb->release)
		verb->release(options);
	return status;
}

static const struct verb *find_verb(const struct program *program, const char *name)
{
	const struct verb *const *v;

	for (v = program->verbs; *v; v++)
		if (strcmp((*v)->name, name) == 0)
			return *v;
	return NULL;
}

static int unknown_verb(const struct program *program, const char *word)
{
	const struct parse p = { .program = program };
	struct suggestion s = { 0 };
	const struct verb *const *v;

	for (v = program->verbs; *v; v++)
		if (!(*v)->hidden)
			suggest(&s, word, (*v)->name);
	suggest(&s, word, "help");
	if (word[0] == '-')
		(void)usage_error(&p, "unknown option %s", word);
	else if (s.nearest)
		(void)usage_error(&p, "unknown verb '%s'; did you mean '%s'?", word, s.nearest);
	else
		(void)usage_error(&p, "unknown verb '%s'", word);
	return program->usage_status;
}

static int answer_help(const struct program *program, const char *name)
{
	const struct verb *verb = name ? find_verb(program, name) : NULL;

	if (name && !verb && strcmp(name, "help") != 0)
		return unknown_verb(program, name);
	if (verb)
		help_verb(program, verb, stdout);
	else
		help_program(program, stdout);
	return 0;
}

static int answer_completion(const struct program *program, const char *shell)
{
	const struct parse p = { .program = program };

	if (shell && docs_completion(program, shell, stdout) == 0)
		return 0;
	(void)usage_error(&p, "--complete wants bash, zsh or fish");
	return program->usage_status;
}

static int dispatch(const struct program *program, int argc, char **argv)
{
	const char *word = argv[1];
	const struct verb *verb = find_verb(program, word);

	if (verb)
		return start_verb(program, verb, argc - 2, argv + 2);
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0)
		return answer_help(program, argv[2]);
	if (strcmp(word, "--complete") == 0)
		return answer_completion(program, argv[2]);
	if (strcmp(word, "--version") == 0)
		(void)printf("%s %s\n", program->name, program->version);
	else if (strcmp(word, "--man") == 0)
		docs_man_page(program, stdout);
	else
		return unknown_verb(program, word);
	return 0;
}

/* What a verb printed must have arrived: a full disk behind stdout is trouble, not success. */
static struct {
	char **argv;
	size_t count;
} command_line;

const char *const *verb_command_line(size_t *ret_count)
{
	*ret_count = command_line.count;
	return (const char *const *)command_line.argv;
}

int verb_main(const struct program *program, int argc, char **argv)
{
	int status;

	command_line.argv = argv;
	command_line.count = (size_t)argc;
	if (argc < 2) {
		help_program(program, stderr);
		return program->usage_status;
	}
	status = dispatch(program, argc, argv);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		(void)fprintf(stderr, "%s: cannot write to standard output\n", program->name);
		return program->usage_status;
	}
	return status;
}
