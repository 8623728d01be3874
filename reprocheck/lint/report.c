/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report a person reads: file by file, cause by cause, the places with what
 * stands there and what it means, the fix once below them; at the end a line a
 * cause and the totals.
 */
#include "reprocheck/lint/report.h"

#include "base/buffer.h"
#include "base/terminal.h"
#include "base/markup.h"
#include "reprocheck/report/summary.h"
#include "reprocheck/report/terminal_places.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS_SHOWN 4  /* of a cause in a file, without -v */
#define PLACES_SHOWN 3  /* of a group, without -v */
#define FILES_SHOWN  40 /* without -v; the rest is in the summary */

struct terminal {
	FILE *f;
	const struct lint_result *r;
	const struct lint_report_options *o;
	uint64_t left; /* groups that may still be listed */
	size_t files_left;
};

/* --- tallies --- */

static int by_places(const void *x, const void *y)
{
	const struct lint_tally *a = x, *b = y;

	if (a->accepted != b->accepted)
		return a->accepted ? 1 : -1;
	if (a->places != b->places)
		return a->places < b->places ? 1 : -1;
	return strcmp(a->cause->id, b->cause->id);
}

static size_t cause_count(void)
{
	const struct cause *c;
	size_t n = 0;

	for (c = causes; c->id; c++)
		n++;
	return n;
}

static void tally_file(struct lint_tally *tallies, const struct lint_file *f)
{
	size_t i;

	for (i = 0; i < f->group_count; i++) {
		const struct lint_group *g = &f->groups[i];
		struct lint_tally *t = &tallies[g->cause - causes];

		t->accepted = (!t->cause || t->accepted) && lint_accepted(g);
		t->cause = g->cause;
		t->files += t->last != f;
		t->last = f;
		t->groups++;
		t->places += g->count;
	}
}

int lint_tallies(const struct lint_result *r, struct lint_tally **ret, size_t *ret_count)
{
	struct lint_tally *tallies = calloc(cause_count() + 1, sizeof(*tallies));
	size_t i, n = 0, all = cause_count();

	if (!tallies)
		return -ENOMEM;
	for (i = 0; i < r->file_count; i++)
		tally_file(tallies, &r->files[i]);
	for (i = 0; i < all; i++)
		if (tallies[i].cause)
			tallies[n++] = tallies[i];
	qsort(tallies, n, sizeof(*tallies), by_places);
	*ret = tallies;
	*ret_count = n;
	return 0;
}

/* --- a file --- */

static void print_places(const struct terminal *t, const struct lint_group *g)
{
	size_t i, shown = t->o->verbosity ? g->places_kept : PLACES_SHOWN;
	char number[32];
	FILE *f = t->f;

	for (i = 0; i < g->places_kept && i < shown; i++) {
		const struct lint_place *p = &g->places[i];

		(void)fprintf(f, "    %s-->%s ", style(f, STYLE_BLUE), style(f, STYLE_RESET));
		if (p->line)
			(void)fprintf(f, "line %u", p->line);
		else
			terminal_put(f, g->path ? g->path : "");
		if (!p->line)
			(void)fprintf(f, " at 0x%llx", (unsigned long long)p->offset);
		(void)fputs(": ", f);
		terminal_put(f, p->text);
		if (*p->detail) {
			(void)fprintf(f, " %s(", style(f, STYLE_DIM));
			terminal_put(f, p->detail);
			(void)fprintf(f, ")%s", style(f, STYLE_RESET));
		}
		(void)putc('\n', f);
	}
	if (i < g->count)
		(void)fprintf(f, "        %s... and %s more there%s\n", style(f, STYLE_DIM),
			      format_count(g->count - i, number), style(f, STYLE_RESET));
}

static void print_fix(const struct terminal *t, const struct lint_group *g)
{
	FILE *f = t->f;

	if (g->fix && *g->fix) {
		(void)fprintf(f, "    %sfix:%s ", style(f, STYLE_GREEN), style(f, STYLE_RESET));
		terminal_put(f, g->fix);
		(void)putc('\n', f);
	}
	if (t->o->verbosity > 1 && g->cause->not_fixed_by)
		(void)fprintf(f, "    %snot fixed by:%s %s\n", style(f, STYLE_YELLOW), style(f, STYLE_RESET),
			      g->cause->not_fixed_by);
}

static bool is_shown(const struct terminal *t, const struct lint_group *g)
{
	return t->o->verbosity || !lint_accepted(g);
}

static bool same_fix(const struct lint_group *a, const struct lint_group *b)
{
	return a->fix == b->fix || (a->fix && b->fix && strcmp(a->fix, b->fix) == 0);
}

/* Groups of one cause with one fix are told together, by the first of them. */
static void print_cause(struct terminal *t, const struct lint_file *file, size_t first, bool *told)
{
	const struct cause *cause = file->groups[first].cause;
	size_t i, shown = 0, left_out = 0;
	FILE *f = t->f;

	(void)fprintf(f, "  %s%s%s: %s%s\n", style(f, STYLE_RED), cause->id, style(f, STYLE_RESET),
		      cause->title, lint_accepted(&file->groups[first]) ? " (known)" : "");
	for (i = first; i < file->group_count; i++) {
		const struct lint_group *g = &file->groups[i];

		if (g->cause != cause || !is_shown(t, g) || !same_fix(g, &file->groups[first]))
			continue;
		told[i] = true;
		if (t->left && (shown < GROUPS_SHOWN || t->o->verbosity)) {
			print_places(t, g);
			if (t->o->verbosity > 1) {
				(void)fputs("        id: ", f);
				terminal_put(f, g->id);
				(void)putc('\n', f);
			}
			t->left--;
			shown++;
		} else {
			left_out++;
		}
	}
	if (left_out)
		(void)fprintf(f, "        %s... and in %zu more part%s%s\n", style(f, STYLE_DIM), left_out,
			      plural(left_out), style(f, STYLE_RESET));
	print_fix(t, &file->groups[first]);
}

static int print_file(struct terminal *t, const struct lint_file *file)
{
	AUTO_FREE bool *told = calloc(file->group_count + 1, sizeof(*told));
	bool titled = false;
	size_t i;

	if (!told)
		return -ENOMEM;
	for (i = 0; i < file->group_count && t->left; i++) {
		if (told[i] || !is_shown(t, &file->groups[i]))
			continue;
		if (!titled) {
			(void)fputs(style(t->f, STYLE_BOLD), t->f);
			terminal_put(t->f, file->name);
			(void)fprintf(t->f, "%s\n", style(t->f, STYLE_RESET));
			titled = true;
			t->files_left--;
		}
		print_cause(t, file, i, told);
	}
	if (titled)
		(void)putc('\n', t->f);
	return 0;
}

static void print_notes(const struct terminal *t)
{
	uint64_t notes = 0;
	size_t i, k;

	for (i = 0; i < t->r->file_count; i++)
		for (k = 0; k < t->r->files[i].note_count; k++, notes++)
			if (t->o->verbosity) {
				(void)fputs("note: ", t->f);
				terminal_put(t->f, t->r->files[i].notes[k]);
				(void)putc('\n', t->f);
			}
	if (notes && !t->o->verbosity)
		(void)fprintf(t->f, "%llu part%s could not be looked into (-v lists %s)\n",
			      (unsigned long long)notes, plural(notes), notes == 1 ? "it" : "them");
}

static int print_summary(const struct terminal *t)
{
	AUTO_FREE struct lint_tally *tallies = NULL;
	char a[32], b[32], c[32];
	size_t n, i;
	int r = lint_tallies(t->r, &tallies, &n);

	for (i = 0; r >= 0 && i < n; i++)
		(void)fprintf(t->f, "%s%-26s%s %9s place%s in %s file%s: %s%s\n", style(t->f, STYLE_BOLD),
			      tallies[i].cause->id, style(t->f, STYLE_RESET),
			      format_count(tallies[i].places, a), plural(tallies[i].places),
			      format_count(tallies[i].files, b), plural(tallies[i].files),
			      tallies[i].cause->title, tallies[i].accepted ? " (known)" : "");
	if (n)
		(void)putc('\n', t->f);
	(void)fprintf(t->f, "%s problem%s in %s place%s", format_count(t->r->groups, a), plural(t->r->groups),
		      format_count(t->r->places, b), plural(t->r->places));
	if (t->r->accepted)
		(void)fprintf(t->f, ", %s known", format_count(t->r->accepted, c));
	(void)fprintf(t->f, "; %s file%s read\n", format_count(t->r->files_read, c),
		      plural(t->r->files_read));
	return r;
}

int lint_terminal(FILE *f, const struct lint_result *r, const struct lint_report_options *o)
{
	struct terminal t = { f, r, o, o->max_problems ? o->max_problems : UINT64_MAX,
			      o->verbosity ? SIZE_MAX : FILES_SHOWN };
	size_t i;
	int status = 0;

	for (i = 0; status >= 0 && i < r->file_count && t.left && t.files_left; i++)
		status = print_file(&t, &r->files[i]);
	if (status < 0)
		return status;
	if (i < r->file_count)
		(void)fprintf(f, "%s... and more in up to %zu files (-v lists all)%s\n\n",
			      style(f, STYLE_DIM), r->file_count - i, style(f, STYLE_RESET));
	print_notes(&t);
	status = print_summary(&t);
	return status < 0 ? status : fflush(f) != 0 || ferror(f) ? -EIO : 0;
}

/* --- JUnit: a testcase a file with something to tell --- */

static bool file_fails(const struct lint_file *f)
{
	size_t i;

	for (i = 0; i < f->group_count; i++)
		if (!lint_accepted(&f->groups[i]))
			return true;
	return false;
}

static void junit_group(FILE *f, const struct lint_group *g)
{
	size_t i;

	markup_printf(f, "%s: %s%s\n", g->cause->id, g->cause->title, lint_accepted(g) ? " (known)" : "");
	for (i = 0; i < g->places_kept && i < PLACES_SHOWN; i++) {
		if (g->places[i].line)
			markup_printf(f, "  line %u: %s\n", g->places[i].line, g->places[i].text);
		else
			markup_printf(f, "  %s at 0x%llx: %s\n", g->path ? g->path : "",
				      (unsigned long long)g->places[i].offset, g->places[i].text);
	}
	if (g->count > i)
		markup_printf(f, "  and %llu more\n", (unsigned long long)(g->count - i));
	if (g->fix && *g->fix)
		markup_printf(f, "  fix: %s\n", g->fix);
}

static void junit_file(FILE *f, const struct lint_file *file)
{
	bool fails = file_fails(file);
	const char *element = fails ? "failure" : "system-out";
	size_t i;

	markup_printf(f, "    <testcase classname=\"reprocheck.lint\" name=\"%s\">\n", file->name);
	if (file->trouble) {
		markup_printf(f, "      <error type=\"trouble\" message=\"%s\"/>\n", file->trouble);
	} else if (file->group_count) {
		for (i = 0; fails && lint_accepted(&file->groups[i]); i++)
			;
		i = fails ? i : 0;
		if (fails)
			markup_printf(f, "      <failure type=\"%s\" message=\"%s\">",
				      file->groups[i].cause->id, file->groups[i].cause->title);
		else
			(void)fputs("      <system-out>", f);
		for (i = 0; i < file->group_count; i++)
			junit_group(f, &file->groups[i]);
		(void)fprintf(f, "</%s>\n", element);
	}
	(void)fputs("    </testcase>\n", f);
}

int lint_junit(FILE *f, const struct lint_result *r, const struct lint_report_options *o)
{
	size_t i, tests = 0, failures = 0, errors = 0;

	for (i = 0; i < r->file_count; i++) {
		errors += r->files[i].trouble != NULL;
		failures += !r->files[i].trouble && file_fails(&r->files[i]);
	}
	/* Files without problems are one testcase together: a tree may have a million. */
	tests = r->file_count + 1;
	(void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", f);
	(void)fprintf(f, "<testsuites tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n", tests, failures,
		      errors);
	(void)fprintf(f,
		      "  <testsuite name=\"reprocheck lint\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		      "skipped=\"0\">\n",
		      tests, failures, errors);
	if (o->version)
		markup_printf(f,
			      "    <properties>\n      <property name=\"version\" value=\"%s\"/>\n"
			      "    </properties>\n",
			      o->version);
	markup_printf(f, "    <testcase classname=\"reprocheck.lint\" name=\"all other files of %llu\"/>\n",
		      (unsigned long long)r->files_read);
	for (i = 0; i < r->file_count; i++)
		junit_file(f, &r->files[i]);
	(void)fputs("  </testsuite>\n</testsuites>\n", f);
	return fflush(f) != 0 || ferror(f) ? -EIO : 0;
}

/* --- annotations --- */

/* '%' would begin an escape of the workflow command, ':' and ',' end a property; control characters are shown. */
static void put_escaped(FILE *f, const char *s, const char *special)
{
	char shown[QUOTED_MAX];
	size_t n = strlen(s), used, len;

	for (; n; s += used, n -= used) {
		used = quote_character(s, n, shown, &len);
		if (len == 1 && strchr(special, *shown))
			(void)fprintf(f, "%%%02X", (unsigned char)*shown);
		else
			(void)fwrite(shown, 1, len, f);
	}
}

static void annotate(FILE *f, const struct lint_file *file, const struct lint_group *g,
		     const struct lint_place *p)
{
	(void)fputs("::warning file=", f);
	put_escaped(f, file->name, "%:,");
	if (p->line)
		(void)fprintf(f, ",line=%u", p->line);
	if (p->line && p->column)
		(void)fprintf(f, ",col=%u", p->column);
	(void)fputs(",title=", f);
	put_escaped(f, g->cause->id, "%:,");
	(void)fputs("::", f);
	put_escaped(f, g->cause->title, "%");
	if (g->path) {
		(void)fputs(" in ", f);
		put_escaped(f, g->path, "%");
	}
	(void)fputs(": ", f);
	put_escaped(f, p->text, "%");
	if (g->fix && *g->fix) {
		(void)fputs(". Fix: ", f);
		put_escaped(f, g->fix, "%");
	}
	(void)putc('\n', f);
}

int lint_annotations(FILE *f, const struct lint_result *r, const struct lint_report_options *o)
{
	uint64_t left = o->max_problems ? o->max_problems : UINT64_MAX;
	size_t i, k, n;

	for (i = 0; i < r->file_count; i++)
		for (k = 0; k < r->files[i].group_count && left; k++) {
			const struct lint_group *g = &r->files[i].groups[k];

			if (lint_accepted(g))
				continue;
			left--;
			/* An artifact has no lines: one annotation tells the group. */
			for (n = 0; n < (g->path ? 1 : g->places_kept); n++)
				annotate(f, &r->files[i], g, &g->places[n]);
		}
	return fflush(f) != 0 || ferror(f) ? -EIO : 0;
}
