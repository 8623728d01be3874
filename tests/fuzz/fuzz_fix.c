/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fix as it is typed after --try: the input is its text, up to a NUL, and then a directory's name.
 *
 * What parses prints and parses again to the same; resolved it still parses; and in its wrapper no quotation mark is
 * left open, so that nothing of it is a command of the shell.
 */
#include "reprocheck/run/fixes.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether the script ends outside of quotation marks: '...' and "...\"...". */
static bool is_closed(const char *s)
{
	char quote = 0;

	for (; *s; s++) {
		if (quote == '\'' ? *s == '\'' : quote == '"' && *s == '"')
			quote = 0;
		else if (*s == '\\' && quote != '\'' && s[1])
			s++;
		else if (!quote && (*s == '\'' || *s == '"'))
			quote = *s;
	}
	return !quote;
}

static void check_wrapper(const struct applied_fix *f)
{
	char *script = fix_wrapper(f, "/opt/a 'b'/gcc");

	if (script)
		assert(is_closed(script));
	free(script);
}

static void check_text(const struct applied_fix *f)
{
	struct applied_fix again;
	struct error err = { 0 };
	char *text = fix_text(f);

	if (text && fix_parse(text, &again, &err) >= 0) {
		assert(again.kind == f->kind && !strcmp(again.value, f->value));
		fix_release(&again);
	} else {
		assert(!text || strchr(text, '|')); /* a pattern of empty alternatives */
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 2);
	struct applied_fix f, resolved;
	struct error err = { 0 };
	const char *directory;

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = text[size + 1] = '\0';
	directory = text + strlen(text) + (strlen(text) < size);
	if (fix_parse(text, &f, &err) >= 0) {
		check_text(&f);
		if (f.kind == FIX_FLAG)
			check_wrapper(&f);
		(void)fix_takes(&f, directory);
		if (fix_resolve(&f, directory, 17, &resolved) >= 0) {
			if (resolved.kind == FIX_FLAG)
				check_wrapper(&resolved);
			fix_release(&resolved);
		}
		fix_release(&f);
	}
	free(text);
	return 0;
}
