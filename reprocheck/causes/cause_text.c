/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/causes/cause_text.h"

#include "base/json.h"
#include "base/terminal.h"

#include <string.h>

/* Prints words from column `at`, breaking lines before `width`; following lines begin at `indent`. Returns the column. */
static unsigned wrap(FILE *f, const char *text, unsigned indent, unsigned at, unsigned width)
{
	while (*text) {
		size_t n = strcspn(text, " ");
		bool first = at <= indent;

		if (!first && at + 1 + n > width) {
			(void)fprintf(f, "\n%*s", (int)indent, "");
			at = indent;
			first = true;
		}
		(void)fprintf(f, "%s%.*s", first ? "" : " ", (int)n, text);
		at += (unsigned)n + !first;
		text += n + (text[n] == ' ');
	}
	(void)fputc('\n', f);
	return at;
}

static void paragraph(FILE *f, const char *heading, const char *text, unsigned width)
{
	(void)fprintf(f, "\n%s%s%s\n  ", style(f, STYLE_BOLD), heading, style(f, STYLE_RESET));
	(void)wrap(f, text, 2, 2, width);
}

static void print_fixes(FILE *f, const struct cause *c, unsigned width)
{
	const struct cause_fix *fix;

	if (!c->fixes)
		return;
	(void)fprintf(f, "\n%sFixed by%s\n", style(f, STYLE_BOLD), style(f, STYLE_RESET));
	for (fix = c->fixes; fix->tool; fix++) {
		(void)fprintf(f, "  %s%s%s:", style(f, STYLE_GREEN), fix->tool, style(f, STYLE_RESET));
		(void)wrap(f, fix->edit, 6, 3 + (unsigned)strlen(fix->tool) + (strlen(fix->tool) < 4 ? 4 : 0),
			   width);
	}
}

static void print_aliases(FILE *f, const struct cause *c)
{
	const char *const *alias;

	if (!c->aliases)
		return;
	(void)fprintf(f, "\n%sKnown to the Reproducible Builds project as%s\n", style(f, STYLE_BOLD),
		      style(f, STYLE_RESET));
	for (alias = c->aliases; *alias; alias++)
		(void)fprintf(f, "  %s\n", *alias);
}

void cause_print(FILE *f, const struct cause *c)
{
	unsigned width = terminal_width(f);

	if (width > 100)
		width = 100;
	(void)fprintf(f, "%s%s%s:", style(f, STYLE_BOLD), c->id, style(f, STYLE_RESET));
	(void)wrap(f, c->title, 2, (unsigned)strlen(c->id) + 1, width);
	(void)fprintf(f, "axis: %s\n", c->axis);
	paragraph(f, "Looks like", c->looks_like, width);
	print_fixes(f, c, width);
	if (c->not_fixed_by)
		paragraph(f, "Not fixed by", c->not_fixed_by, width);
	print_aliases(f, c);
}

/* Inside a table or a list nothing of Markdown has a meaning but what we write. */
static void escaped(FILE *f, const char *text)
{
	for (; *text; text++) {
		if (strchr("\\`*_<>|[]#", *text))
			(void)fputc('\\', f);
		(void)fputc(*text, f);
	}
}

void cause_markdown(FILE *f, const struct cause *c)
{
	const char *const *alias;
	const struct cause_fix *fix;

	(void)fprintf(f, "## %s\n\n**", c->id);
	escaped(f, c->title);
	(void)fprintf(f, "** (axis: %s)\n\n", c->axis);
	escaped(f, c->looks_like);
	(void)fprintf(f, "\n\n");
	for (fix = c->fixes; fix && fix->tool; fix++) {
		(void)fprintf(f, "- fixed by ");
		escaped(f, fix->tool);
		(void)fprintf(f, ": `%s`\n", fix->edit);
	}
	if (c->not_fixed_by) {
		(void)fprintf(f, "- **not** fixed by ");
		escaped(f, c->not_fixed_by);
		(void)fputc('\n', f);
	}
	for (alias = c->aliases; alias && *alias; alias++)
		(void)fprintf(f, "%s`%s`", alias == c->aliases ? "- Reproducible Builds: " : ", ", *alias);
	(void)fprintf(f, "%s", c->aliases ? "\n\n" : c->fixes ? "\n" : "");
}

static json_t *fixes_json(const struct cause *c)
{
	const struct cause_fix *fix;
	json_t *list = json_array();

	for (fix = c->fixes; list && fix && fix->tool; fix++) {
		json_t *o = json_object();
		int r = json_put(o, "tool", json_string(fix->tool));

		r |= json_put(o, "edit", json_string(fix->edit));
		if (json_array_append_new(list, o) < 0 || r < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *aliases_json(const struct cause *c)
{
	const char *const *alias;
	json_t *list = json_array();

	for (alias = c->aliases; list && alias && *alias; alias++)
		if (json_array_append_new(list, json_string(*alias)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

json_t *cause_json(const struct cause *c)
{
	json_t *o = json_object();
	int r = json_put(o, "id", json_string(c->id));

	r |= json_put(o, "title", json_string(c->title));
	r |= json_put(o, "axis", json_string(c->axis));
	r |= json_put(o, "looks_like", json_string(c->looks_like));
	r |= json_put(o, "fixes", fixes_json(c));
	r |= json_put(o, "not_fixed_by", c->not_fixed_by ? json_string(c->not_fixed_by) : json_null());
	r |= json_put(o, "aliases", aliases_json(c));
	r |= json_put(o, "recognised_by", json_string(c->recognise ? "pattern" : "comparison"));
	if (r < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

int causes_write(FILE *f, json_t *list)
{
	json_t *document = json_object();
	int r = json_put(document, "schema", json_string("reprocheck-causes"));

	r |= json_put(document, "schema_version", json_integer(1));
	r |= json_put(document, "causes", list);
	if (!r)
		r = json_write(f, document);
	json_decref(document);
	return r;
}
