/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report a person reads first: which files differ and by how much, one line
 * a cause with its fix below it, what follows from them on one line, and the
 * totals.  -v lists the places, -vv what derives from them and the context.
 */
#include "reprocheck/report/report.h"

#include "base/cleanup.h"
#include "base/terminal.h"
#include "reprocheck/report/summary.h"
#include "reprocheck/report/terminal_experiment.h"
#include "reprocheck/report/terminal_places.h"

#include <errno.h>
#include <string.h>

#define FROM_SHOWN      3 /* causes that a derived line names */

#define HEADLINES_MAX   20 /* without -v */
#define ENTRIES_MAX     10
#define NOTES_MAX       5
#define DERIVED_MAX     6
#define CLUSTERS_MAX    20
#define CAUSE_WIDTH_MAX 28

struct terminal {
	FILE *f;
	const struct comparison *c;
	const struct report_options *o;
	const struct summary *s;
	uint64_t findings_left; /* that -v may still list */
	int error;
};

static void print_count(FILE *f, uint64_t n, const char *noun)
{
	char number[32];

	(void)fprintf(f, "%s %s%s", format_count(n, number), noun, plural(n));
}

static void print_styled(FILE *f, enum style s, const char *text)
{
	(void)fputs(style(f, s), f);
	terminal_put(f, text);
	(void)fputs(style(f, STYLE_RESET), f);
}

static void print_class(FILE *f, enum byte_class class, uint64_t n, bool with_unit)
{
	static const enum style colours[CLASS_COUNT] = {
		[CLASS_PRIMARY] = STYLE_RED, [CLASS_DERIVED] = STYLE_BLUE, [CLASS_UNEXPLAINED] = STYLE_YELLOW
	};
	char number[32];

	(void)fprintf(f, "%s%s %s%s%s%s", n ? style(f, colours[class]) : "", format_count(n, number),
		      class_name(class), with_unit ? " byte" : "", with_unit ? plural(n) : "",
		      n ? style(f, STYLE_RESET) : "");
}

/* "bin/app  elf: 1 primary byte, 5,580 derived, 0 unexplained of 12,345" */
static void print_totals_of(FILE *f, const struct space *s)
{
	const struct totals *t = &s->totals;
	char number[32], other[32];

	print_class(f, CLASS_PRIMARY, t->by_class[CLASS_PRIMARY], true);
	(void)fputs(", ", f);
	print_class(f, CLASS_DERIVED, t->by_class[CLASS_DERIVED], false);
	(void)fputs(", ", f);
	print_class(f, CLASS_UNEXPLAINED, t->by_class[CLASS_UNEXPLAINED], false);
	(void)fprintf(f, " of %s", format_count(t->a_size, number));
	if (t->a_size != t->b_size)
		(void)fprintf(f, " (A) and %s (B)", format_count(t->b_size, other));
}

static void print_headline(FILE *f, const struct space *s)
{
	char number[32];

	(void)fprintf(f, "%*s%s", (int)(s->depth > 16 ? 32 : 2 * s->depth), "", s->depth ? "|- " : "");
	print_styled(f, STYLE_BOLD, space_short_name(s));
	if (s->format && s->format[0])
		(void)fprintf(f, " (%s)", s->format);
	(void)fputs(": ", f);
	switch (s->status) {
	case SPACE_ONLY_A:
		(void)fprintf(f, "only in A, %s bytes", format_count(s->totals.a_size, number));
		break;
	case SPACE_ONLY_B:
		(void)fprintf(f, "only in B, %s bytes", format_count(s->totals.b_size, number));
		break;
	case SPACE_TROUBLE:
		(void)fprintf(f, "%snot compared%s: ", style(f, STYLE_RED), style(f, STYLE_RESET));
		terminal_put(f, s->trouble ? s->trouble : "unknown trouble");
		break;
	default: print_totals_of(f, s);
	}
	(void)putc('\n', f);
}

/* Trouble is never left out; of the rest, the first ones. */
static void print_headlines(const struct terminal *t)
{
	size_t i, shown = 0, left_out = 0;

	for (i = 0; i < t->c->space_count; i++) {
		const struct space *s = t->c->spaces[i];

		if (s->status == SPACE_SAME)
			continue;
		if (shown < HEADLINES_MAX || t->o->verbosity > 0 || s->status == SPACE_TROUBLE) {
			print_headline(t->f, s);
			shown++;
		} else {
			left_out++;
		}
	}
	if (left_out > 0)
		(void)fprintf(t->f, "%s... and %zu more (-v lists all)%s\n", style(t->f, STYLE_DIM), left_out,
			      style(t->f, STYLE_RESET));
	if (shown > 0)
		(void)putc('\n', t->f);
}

static void print_entry(FILE *f, const struct entry_difference *e)
{
	print_styled(f, STYLE_BOLD, e->name);
	(void)fputs(": ", f);
	terminal_put(f, e->what);
	if (e->a && e->b) {
		(void)fputs(": ", f);
		print_styled(f, STYLE_RED, e->a);
		(void)fputs(" -> ", f);
		print_styled(f, STYLE_GREEN, e->b);
	}
	if (e->cause)
		(void)fprintf(f, " (%s)", e->cause->id);
	(void)fputs(entry_accepted(e) ? " (known)\n" : "\n", f);
	if (e->cause && cause_fix_line(e->cause)[0] && !entry_accepted(e))
		(void)fprintf(f, "    fix: %s\n", cause_fix_line(e->cause));
	terminal_axes(f, e->axes);
}

static void print_entries(const struct terminal *t)
{
	size_t i;

	for (i = 0; i < t->c->entry_count; i++) {
		if (i == ENTRIES_MAX && t->o->verbosity == 0) {
			(void)fprintf(
				t->f,
				"%s... and %zu more differences between directory entries (-v lists all)%s\n",
				style(t->f, STYLE_DIM), t->c->entry_count - i, style(t->f, STYLE_RESET));
			break;
		}
		print_entry(t->f, &t->c->entries[i]);
	}
	if (t->c->entry_count > 0)
		(void)putc('\n', t->f);
}

static void print_fixes(const struct terminal *t, const struct cause *cause)
{
	const struct cause_fix *fix = cause->fixes;
	FILE *f = t->f;

	if (t->o->verbosity > 0) {
		(void)fprintf(f, "    %s%s%s\n", style(f, STYLE_DIM),
			      cause->looks_like ? cause->looks_like : cause->title, style(f, STYLE_RESET));
		for (; fix && fix->tool; fix++)
			(void)fprintf(f, "    %sfix:%s %s: %s\n", style(f, STYLE_GREEN),
				      style(f, STYLE_RESET), fix->tool, fix->edit);
		if (cause->not_fixed_by)
			(void)fprintf(f, "    %snot fixed by:%s %s\n", style(f, STYLE_YELLOW),
				      style(f, STYLE_RESET), cause->not_fixed_by);
	} else if (cause_fix_line(cause)[0]) {
		(void)fprintf(f, "    %sfix:%s %s\n", style(f, STYLE_GREEN), style(f, STYLE_RESET),
			      cause_fix_line(cause));
	}
}

static void print_findings(struct terminal *t, const struct cause_summary *s)
{
	size_t i;

	for (i = 0; i < s->count && t->findings_left > 0; i++, t->findings_left--)
		terminal_places(t->f, &s->findings[i], t->o->verbosity);
	if (i < s->count)
		(void)fprintf(t->f, "    %s... and %zu more finding%s (--max-findings)%s\n",
			      style(t->f, STYLE_DIM), s->count - i, plural(s->count - i),
			      style(t->f, STYLE_RESET));
}

/* "in 38 places of 3 files": the one space by its name. */
static void print_where(FILE *f, const struct cause_summary *s)
{
	char number[32];

	(void)fprintf(f, " in %s place%s of ", format_count(s->places, number), plural(s->places));
	if (s->spaces == 1)
		terminal_put(f, space_title(s->findings[0].space));
	else if (s->files == 1 || s->files == s->spaces)
		(void)fprintf(f, "%zu %s", s->spaces, s->files == 1 ? "containers" : "files");
	else
		(void)fprintf(f, "%zu containers in %zu files", s->spaces, s->files);
}

static void print_cause(struct terminal *t, const struct cause_summary *s, int id_width, int number_width)
{
	static const enum style colours[CLASS_COUNT] = {
		[CLASS_PRIMARY] = STYLE_RED, [CLASS_DERIVED] = STYLE_BLUE, [CLASS_UNEXPLAINED] = STYLE_YELLOW
	};
	bool known = s->accepted == s->count;
	char number[32];
	FILE *f = t->f;

	(void)fprintf(f, "%s%s%-*s%s %*s byte%s", style(f, STYLE_BOLD),
		      style(f, known ? STYLE_DIM : colours[s->class]), id_width, s->cause->id,
		      style(f, STYLE_RESET), number_width, format_count(s->bytes, number), plural(s->bytes));
	print_where(f, s);
	if (s->class != CLASS_UNEXPLAINED)
		(void)fprintf(f, ", %s: %s", evidence_name(s->level), s->cause->title);
	if (known)
		(void)fputs(" (known)", f);
	else if (s->accepted > 0)
		(void)fprintf(f, " (%zu of %zu findings known)", s->accepted, s->count);
	(void)putc('\n', f);
	if (!known || t->o->verbosity > 0)
		print_fixes(t, s->cause);
	if (terminal_evidence(f, s) < 0)
		t->error = -ENOMEM;
	if (t->o->verbosity > 0)
		print_findings(t, s);
}

static bool is_folded(const struct terminal *t, const struct cause_summary *s)
{
	return s->class == CLASS_DERIVED && t->o->verbosity < 2;
}

static void print_causes(struct terminal *t)
{
	int id_width = 0, number_width = 0, printed = 0;
	char number[32];
	size_t i;

	for (i = 0; i < t->s->cause_count; i++) {
		const struct cause_summary *s = &t->s->causes[i];
		int id = (int)strlen(s->cause->id), width = (int)strlen(format_count(s->bytes, number));

		if (is_folded(t, s))
			continue;
		id_width = id > id_width && id <= CAUSE_WIDTH_MAX ? id : id_width;
		number_width = width > number_width ? width : number_width;
	}
	for (i = 0; i < t->s->cause_count; i++) {
		if (is_folded(t, &t->s->causes[i]))
			continue;
		if (printed++ && t->o->verbosity > 0)
			(void)putc('\n', t->f);
		print_cause(t, &t->s->causes[i], id_width, number_width);
	}
	if (printed)
		(void)putc('\n', t->f);
}

static void print_derived_part(FILE *f, const struct cause_summary *s, uint64_t bytes)
{
	char number[32];
	size_t i;

	(void)fprintf(f, "%s %s", s->cause->id, format_count(bytes, number));
	for (i = 0; i < s->from_count && i < FROM_SHOWN; i++)
		(void)fprintf(f, "%s%s", i ? ", " : " (from ", s->from[i]->id);
	if (s->from_count > FROM_SHOWN)
		(void)fprintf(f, " and %zu more", s->from_count - FROM_SHOWN);
	if (s->from_count)
		(void)fputc(')', f);
}

/* The derived causes of the files themselves, or of the contents inside them. */
static void print_derived_list(const struct terminal *t, bool inside)
{
	size_t i, shown = 0;
	uint64_t rest = 0;
	char number[32];

	for (i = 0; i < t->s->cause_count; i++) {
		const struct cause_summary *s = &t->s->causes[i];
		uint64_t bytes = inside ? s->bytes - s->root_bytes : s->root_bytes;

		if (s->class != CLASS_DERIVED || bytes == 0)
			continue;
		if (shown == DERIVED_MAX) {
			rest += bytes;
			continue;
		}
		(void)fputs(shown++ ? ", " : "", t->f);
		print_derived_part(t->f, s, bytes);
	}
	if (rest > 0)
		(void)fprintf(t->f, ", other %s", format_count(rest, number));
}

/* "5,580 derived bytes follow: build-id 20, moved 4,000 (from build-path)" */
static void print_derived(const struct terminal *t)
{
	uint64_t root = 0, inside = 0;
	size_t i;

	for (i = 0; i < t->s->cause_count; i++) {
		const struct cause_summary *s = &t->s->causes[i];

		root += s->class == CLASS_DERIVED ? s->root_bytes : 0;
		inside += s->class == CLASS_DERIVED ? s->bytes - s->root_bytes : 0;
	}
	if (t->o->verbosity >= 2 || root + inside == 0)
		return;
	if (root > 0) {
		(void)fputs(style(t->f, STYLE_BLUE), t->f);
		print_count(t->f, root, "derived byte");
		(void)fprintf(t->f, "%s follow%s: ", style(t->f, STYLE_RESET), root == 1 ? "s" : "");
		print_derived_list(t, false);
		(void)putc('\n', t->f);
	}
	if (inside > 0) {
		(void)fputs(style(t->f, STYLE_BLUE), t->f);
		print_count(t->f, inside, "derived byte");
		(void)fprintf(t->f, "%s inside containers: ", style(t->f, STYLE_RESET));
		print_derived_list(t, true);
		(void)putc('\n', t->f);
	}
	(void)putc('\n', t->f);
}

/* Builds are called A, B, ... Z, then by number. */
static void print_build(FILE *f, unsigned index)
{
	if (index < 26)
		(void)fprintf(f, "%c", 'A' + (int)index);
	else
		(void)fprintf(f, "#%u", index + 1);
}

static void print_cluster(FILE *f, const struct cluster *k)
{
	size_t i;

	(void)fputs(" {", f);
	for (i = 0; i < k->build_count && i < 8; i++) {
		(void)fputs(i ? " " : "", f);
		print_build(f, k->builds[i]);
	}
	if (i < k->build_count)
		(void)fprintf(f, " +%zu", k->build_count - i);
	(void)putc('}', f);
}

static void print_clustering(FILE *f, const struct clustering *k)
{
	size_t i;

	(void)fputs("  ", f);
	print_styled(f, STYLE_BOLD, k->name);
	if (k->always_different) {
		(void)fputs(": different in every build\n", f);
		return;
	}
	(void)fprintf(f, ": %zu outcome%s", k->cluster_count, plural(k->cluster_count));
	for (i = 0; i < k->cluster_count && i < 8; i++)
		print_cluster(f, &k->clusters[i]);
	(void)fputs(i < k->cluster_count ? " ...\n" : "\n", f);
}

static void print_clusters(const struct terminal *t)
{
	size_t i;

	if (t->c->build_count <= 2 || t->c->clustering_count == 0)
		return;
	(void)fprintf(t->f, "%zu builds:", t->c->build_count);
	for (i = 0; i < t->c->build_count && i < 26; i++) {
		(void)fprintf(t->f, " %c ", 'A' + (int)i);
		terminal_put(t->f, t->c->builds[i]);
	}
	(void)putc('\n', t->f);
	for (i = 0; i < t->c->clustering_count && (i < CLUSTERS_MAX || t->o->verbosity > 0); i++)
		print_clustering(t->f, &t->c->clusterings[i]);
	if (i < t->c->clustering_count)
		(void)fprintf(t->f, "  ... and %zu more (-v lists all)\n", t->c->clustering_count - i);
	(void)putc('\n', t->f);
}

static void print_notes(const struct terminal *t)
{
	size_t i, k, seen = 0;

	for (i = 0; i < t->c->space_count; i++) {
		const struct space *s = t->c->spaces[i];

		for (k = 0; k < s->note_count; k++) {
			if (seen++ >= NOTES_MAX && t->o->verbosity == 0)
				continue;
			(void)fprintf(t->f, "%snote:%s ", style(t->f, STYLE_CYAN), style(t->f, STYLE_RESET));
			terminal_put(t->f, space_title(s));
			(void)fputs(": ", t->f);
			terminal_put(t->f, s->notes[k]);
			(void)putc('\n', t->f);
		}
	}
	if (seen > NOTES_MAX && t->o->verbosity == 0)
		(void)fprintf(t->f, "... and %zu more notes (-v lists all)\n", seen - NOTES_MAX);
}

static void print_known(const struct terminal *t)
{
	if (t->s->accepted > 0)
		(void)fprintf(t->f, "%zu of %zu findings are known or excluded\n", t->s->accepted,
			      t->s->finding_count);
	if (t->o->verbosity > 0 && t->c->seconds > 0) /* a record of `diff` has no time */
		(void)fprintf(t->f, "compared in %.2f s\n", t->c->seconds);
}

/* The first contract, on every report. */
static void print_totals(FILE *f, const struct totals *t)
{
	char number[32];

	(void)fprintf(f, "%stotals:%s ", style(f, STYLE_BOLD), style(f, STYLE_RESET));
	print_class(f, CLASS_PRIMARY, t->by_class[CLASS_PRIMARY], false);
	(void)fputs(" + ", f);
	print_class(f, CLASS_DERIVED, t->by_class[CLASS_DERIVED], false);
	(void)fputs(" + ", f);
	print_class(f, CLASS_UNEXPLAINED, t->by_class[CLASS_UNEXPLAINED], false);
	(void)fprintf(f, " = %s differing byte%s (as cmp counts)\n", format_count(t->differing, number),
		      plural(t->differing));
}

static bool nothing_to_tell(const struct terminal *t)
{
	size_t i;

	for (i = 0; i < t->c->space_count; i++)
		if (t->c->spaces[i]->status != SPACE_SAME || t->c->spaces[i]->note_count > 0)
			return false;
	return !t->c->trouble && t->c->entry_count == 0 && t->s->finding_count == 0;
}

static void print_identical(struct terminal *t)
{
	char number[32], size[32];

	if (t->c->experiment && terminal_experiment(t->f, t->c->experiment, t->o->verbosity) < 0)
		t->error = -ENOMEM;
	(void)fprintf(t->f, "%sidentical%s: %s file%s, %s bytes; ", style(t->f, STYLE_GREEN),
		      style(t->f, STYLE_RESET), format_count(t->c->files_compared, number),
		      plural(t->c->files_compared), format_count(t->c->totals.a_size, size));
	print_totals(t->f, &t->c->totals);
}

static void print_report(struct terminal *t)
{
	print_headlines(t);
	print_entries(t);
	print_causes(t);
	print_derived(t);
	print_clusters(t);
	if (t->c->experiment && terminal_experiment(t->f, t->c->experiment, t->o->verbosity) < 0)
		t->error = -ENOMEM;
	print_notes(t);
	print_known(t);
	print_totals(t->f, &t->c->totals);
}

int report_terminal(FILE *f, const struct comparison *c, const struct report_options *o)
{
	CLEANUP(summary_release) struct summary s = { 0 };
	struct terminal t = { .f = f,
			      .c = c,
			      .o = o,
			      .s = &s,
			      .findings_left = o->max_findings ? o->max_findings : UINT64_MAX };
	int r = summary_make(c, &s);

	if (r < 0)
		return r;
	if (c->experiment)
		t.error = terminal_verdict(f, c, &s);
	if (nothing_to_tell(&t))
		print_identical(&t);
	else
		print_report(&t);
	return fflush(f) != 0 || ferror(f) ? -EIO : t.error;
}
