/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fixes as people write them: "NAME=value", or "TOOL [NAME=value...] [FLAG...]".
 *
 * The words of the second are split as a shell splits them ('...', "...", \x), and
 * so are those that the table of fixes holds.
 */
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "reprocheck/run/fix_tools.h"
#include "reprocheck/run/fixes.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FIX_MAX         ((size_t)64 << 10)
#define TOOLS_SHOWN_MAX 3 /* alternatives of a tool pattern that are written as they are */

static size_t name_length(const char *s)
{
	size_t n = 0;

	if (isdigit((unsigned char)*s))
		return 0;
	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

static bool is_assignment(const char *s)
{
	size_t n = name_length(s);

	return n && s[n] == '=';
}

/* NULL: fine; else what is wrong with the quotes. */
static const char *quoting_fault(const char *s)
{
	char quote = 0;

	for (; *s; s++) {
		if (*s == '\\' && quote != '\'') {
			if (!*++s)
				return "a backslash at the end";
		} else if (quote) {
			if (*s == quote)
				quote = 0;
		} else if (*s == '\'' || *s == '"') {
			quote = *s;
		}
	}
	return quote ? "a quotation mark is not closed" : NULL;
}

static int parse_variable(const char *text, struct applied_fix *ret)
{
	size_t n = name_length(text);
	AUTO_FREE char *name = strndup(text, n), *value = strdup(text + n + 1);

	if (!name || !value)
		return -ENOMEM;
	*ret = (struct applied_fix){ .kind = FIX_VARIABLE, .name = steal_pointer(name), .value = steal_pointer(value) };
	return 0;
}

bool pattern_list_takes(const char *patterns, const char *text)
{
	const char *end;
	char one[128];

	for (; *patterns; patterns = *end ? end + 1 : end) {
		end = strchrnul(patterns, '|');
		if ((size_t)(end - patterns) >= sizeof(one))
			continue;
		memcpy(one, patterns, (size_t)(end - patterns));
		one[end - patterns] = '\0';
		if (!fnmatch(one, text, 0))
			return true;
	}
	return false;
}

bool fix_takes(const struct applied_fix *f, const char *program)
{
	return f->kind == FIX_FLAG && pattern_list_takes(f->tool, path_base(program));
}

/* A pattern "gcc|*-gcc" goes where gcc's flags go. */
static bool goes_last(const char *tool, size_t n)
{
	char first[64];
	size_t len = strcspn(tool, "|");

	if (len > n)
		len = n;
	if (len >= sizeof(first))
		return false;
	memcpy(first, tool, len);
	first[len] = '\0';
	return pattern_list_takes(TOOLS_LAST, first);
}

static int parse_flag(const char *text, struct applied_fix *ret, struct error *err)
{
	size_t n = strcspn(text, " \t");
	const char *flags = text + n + strspn(text + n, " \t"), *fault = quoting_fault(flags);
	AUTO_FREE char *tool = NULL, *value = NULL;

	if (!n || !*flags || *text == '-')
		return error_set(err, -EINVAL, NULL, "\"%s\" is no fix: it is NAME=value, or TOOL FLAG...", text);
	if (memchr(text, '/', n))
		return error_set(err, -EINVAL, NULL, "\"%.*s\": a tool is given by its file name, without '/'", (int)n, text);
	if (fault)
		return error_set(err, -EINVAL, NULL, "\"%s\": %s", text, fault);
	tool = strndup(text, n);
	value = strdup(flags);
	if (!tool || !value)
		return error_set(err, -ENOMEM, NULL, "no memory");
	*ret = (struct applied_fix){ .kind = FIX_FLAG, .last = goes_last(text, n) };
	ret->tool = steal_pointer(tool);
	ret->value = steal_pointer(value);
	return 0;
}

int fix_parse(const char *text, struct applied_fix *ret, struct error *err)
{
	int r;

	text += strspn(text, " \t");
	if (strlen(text) >= FIX_MAX)
		return error_set(err, -EINVAL, NULL, "a fix of more than %zu bytes", FIX_MAX);
	if (!is_assignment(text))
		return parse_flag(text, ret, err);
	r = parse_variable(text, ret);
	return r < 0 ? error_set(err, r, NULL, "no memory") : 0;
}

void fix_release(struct applied_fix *f)
{
	union {
		const char *shown;
		char *owned;
	} strings[] = { { f->tool }, { f->name }, { f->value } };
	size_t i;

	for (i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		free(strings[i].owned);
	*f = (struct applied_fix){ .kind = f->kind };
}

/* The length of a pattern's part that is shown: all of it, or two alternatives where there are many. */
static size_t shown_length(const char *tool)
{
	const char *p = tool;
	size_t second = strlen(tool), n;

	for (n = 1; (p = strchr(p, '|')); n++, p++)
		if (n == 2)
			second = (size_t)(p - tool);
	return n > TOOLS_SHOWN_MAX ? second : strlen(tool);
}

char *fix_text(const struct applied_fix *f)
{
	struct buffer b = BUFFER_INIT(FIX_MAX * 2);

	if (f->kind == FIX_VARIABLE)
		(void)buffer_printf(&b, "%s=%s", f->name, f->value);
	else
		(void)buffer_printf(&b, "%.*s %s", (int)shown_length(f->tool), f->tool, f->value);
	return buffer_detach(&b);
}

/* Inserted into words of flags, a directory's name stays one word. */
static void put_escaped(struct buffer *b, const char *s, char quote)
{
	const char *special = quote ? "\\\"$`" : "\\\"'$` \t\n";

	for (; *s; s++) {
		if (strchr(special, *s))
			(void)buffer_putc(b, '\\');
		(void)buffer_putc(b, *s);
	}
}

static bool is_reference(const char *p, const char *name)
{
	size_t n = strlen(name);

	return *p == '$' && !strncmp(p + 1, name, n) && !isalnum((unsigned char)p[1 + n]) && p[1 + n] != '_';
}

/* Both kinds: a variable's value has no quotes of its own, so nothing in it is escaped. */
static void put_resolved(struct buffer *b, const struct applied_fix *f, const char *directory, const char *epoch)
{
	bool words = f->kind == FIX_FLAG;
	const char *p;
	char quote = 0;

	for (p = f->value; *p; p++) {
		if (directory && quote != '\'' && is_reference(p, "PWD")) {
			words ? put_escaped(b, directory, quote) : (void)buffer_puts(b, directory);
			p += strlen("PWD");
			continue;
		}
		if (quote != '\'' && is_reference(p, "EPOCH")) {
			(void)buffer_puts(b, epoch);
			p += strlen("EPOCH");
			continue;
		}
		if (words && *p == '\\' && quote != '\'' && p[1])
			(void)buffer_putc(b, *p++);
		else if (words && (*p == '\'' || *p == '"') && (!quote || quote == *p))
			quote = quote ? 0 : *p;
		(void)buffer_putc(b, *p);
	}
}

int fix_resolve(const struct applied_fix *f, const char *directory, int64_t epoch, struct applied_fix *ret)
{
	struct buffer b = BUFFER_INIT(FIX_MAX * 4);
	AUTO_FREE char *tool = f->tool ? strdup(f->tool) : NULL, *name = f->name ? strdup(f->name) : NULL;
	char seconds[24];

	(void)snprintf(seconds, sizeof(seconds), "%" PRId64, epoch);
	put_resolved(&b, f, directory, seconds);
	if (b.error || (f->tool && !tool) || (f->name && !name)) {
		buffer_release(&b);
		return -ENOMEM;
	}
	*ret = (struct applied_fix){ .kind = f->kind, .last = f->last };
	ret->tool = steal_pointer(tool);
	ret->name = steal_pointer(name);
	ret->value = buffer_detach(&b);
	return ret->value ? 0 : -ENOMEM;
}
