/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/report/terminal_experiment.h"

#include "base/cleanup.h"
#include "base/terminal.h"
#include "reprocheck/report/experiment_text.h"
#include "reprocheck/report/terminal_places.h"

#include <errno.h>
#include <string.h>

#define LINES_MAX     5 /* of network use and of notes, without -v */
#define LOG_LINES_MAX 40
#define AXIS_WIDTH    11 /* "environment" */

/* Takes the text; NULL is the memory that was missing. */
static int put_owned(FILE *f, char *text)
{
	if (!text)
		return -ENOMEM;
	terminal_put(f, text);
	free(text);
	return 0;
}

static void print_label(FILE *f, enum style colour, const char *label)
{
	(void)fprintf(f, "    %s%s:%s ", style(f, colour), label, style(f, STYLE_RESET));
}

static void print_more(FILE *f, size_t more)
{
	if (more > 0)
		(void)fprintf(f, "    %s... and %zu more%s\n", style(f, STYLE_DIM), more,
			      style(f, STYLE_RESET));
}

int terminal_verdict(FILE *f, const struct comparison *c, const struct summary *s)
{
	bool same = !c->trouble && !s->files_differing && !c->entry_count && !s->finding_count &&
		    c->experiment->status == 0 && !failing_axes(c->experiment);
	int r;

	(void)fputs(style(f, STYLE_BOLD), f);
	(void)fputs(style(f, same ? STYLE_GREEN : STYLE_RED), f);
	r = put_owned(f, experiment_verdict(c, s));
	(void)fprintf(f, "%s\n\n", style(f, STYLE_RESET));
	return r;
}

void terminal_axes(FILE *f, axis_set axes)
{
	char text[AXES_TEXT_MAX];

	if (axes == 0)
		return;
	print_label(f, STYLE_MAGENTA, "axes");
	(void)fprintf(f, "%s (%s)\n", axis_set_text(axes, text, sizeof(text)), axes_basis(axes));
}

/* One set for all of the cause, or each with its bytes. */
static void print_axes(FILE *f, const struct cause_summary *s)
{
	struct axes_share shares[EVIDENCE_MAX];
	char text[AXES_TEXT_MAX], number[32];
	size_t i, more, n = cause_axes(s, shares, &more);

	if (n == 1 && more == 0) {
		terminal_axes(f, shares[0].axes);
		return;
	}
	if (n == 0)
		return;
	print_label(f, STYLE_MAGENTA, "axes");
	for (i = 0; i < n; i++)
		(void)fprintf(f, "%s%s (%s, %s byte%s)", i ? "; " : "",
			      axis_set_text(shares[i].axes, text, sizeof(text)), axes_basis(shares[i].axes),
			      format_count(shares[i].bytes, number), plural(shares[i].bytes));
	if (more > 0)
		(void)fprintf(f, "; and %zu findings of other axes", more);
	(void)putc('\n', f);
}

static enum style proof_colour(const struct proof *p)
{
	switch (p->status) {
	case PROOF_PROVED:
	case PROOF_PATCHED: return STYLE_GREEN;
	case PROOF_PARTLY: return STYLE_YELLOW;
	default: return STYLE_RED;
	}
}

static int print_proof(FILE *f, const char *label, const struct proof *p)
{
	int r;

	print_label(f, proof_colour(p), label);
	r = put_owned(f, proof_text(p));
	(void)putc('\n', f);
	return r;
}

static int print_proofs(FILE *f, const struct cause_summary *s)
{
	const struct proof *proofs[EVIDENCE_MAX];
	size_t i, more, n = cause_proofs(s, proofs, &more);
	int r = 0;

	for (i = 0; i < n && r == 0; i++)
		r = print_proof(f, "proof", proofs[i]);
	print_more(f, more);
	return r;
}

static int print_askers(FILE *f, const struct cause_summary *s)
{
	const struct finding *askers[EVIDENCE_MAX];
	size_t i, more, n = cause_askers(s, askers, &more);
	int r = 0;

	for (i = 0; i < n && r == 0; i++) {
		print_label(f, STYLE_CYAN, "asked by");
		r = put_owned(f, asker_text(askers[i]));
		(void)putc('\n', f);
	}
	print_more(f, more);
	return r;
}

int terminal_evidence(FILE *f, const struct cause_summary *s)
{
	int r;

	print_axes(f, s);
	r = print_proofs(f, s);
	return r < 0 ? r : print_askers(f, s);
}

static void print_interactions(FILE *f, const struct experiment *e)
{
	char text[AXES_TEXT_MAX], number[32];
	size_t i;

	for (i = 0; i < e->interaction_count; i++)
		(void)fprintf(
			f, "%sonly together:%s %s, %s byte%s\n", style(f, STYLE_MAGENTA),
			style(f, STYLE_RESET), axis_set_text(e->interactions[i].axes, text, sizeof(text)),
			format_count(e->interactions[i].bytes, number), plural(e->interactions[i].bytes));
	if (e->interaction_count > 0)
		(void)putc('\n', f);
}

static int print_tried(FILE *f, const struct experiment *e)
{
	size_t i;
	int r = 0;

	if (e->tried_count == 0)
		return 0;
	(void)fputs("fixes tried:\n", f);
	for (i = 0; i < e->tried_count && r == 0; i++)
		r = print_proof(f, "proof", &e->tried[i]);
	(void)putc('\n', f);
	return r;
}

/* Axes without a line of their own share one: the many that had no effect, and those that were not varied. */
enum fold { FOLD_NONE, FOLD_NO_EFFECT, FOLD_UNTRIED, FOLD_LEFT_OUT, FOLD_NOT_REACHED };

static enum fold fold_of(const struct axis_report *a)
{
	if (a->state == AXIS_LEFT_OUT)
		return FOLD_LEFT_OUT;
	if (a->state == AXIS_NOT_REACHED)
		return FOLD_NOT_REACHED;
	if (a->state != AXIS_VERIFIED)
		return FOLD_NONE;
	if (a->verdict == VERDICT_NO_EFFECT)
		return FOLD_NO_EFFECT;
	return a->verdict == VERDICT_NONE ? FOLD_UNTRIED : FOLD_NONE;
}

static enum style axis_colour(const struct axis_report *a)
{
	if (!axis_was_varied(a))
		return STYLE_YELLOW;
	return a->verdict == VERDICT_NO_EFFECT || a->verdict == VERDICT_NONE ? STYLE_RESET : STYLE_RED;
}

static int print_axis(FILE *f, unsigned axis, const struct axis_report *a)
{
	int r;

	(void)fprintf(f, "  %s%-*s%s ", style(f, axis_colour(a)), AXIS_WIDTH, axis_id(axis),
		      style(f, STYLE_RESET));
	r = put_owned(f, axis_report_text(a));
	(void)putc('\n', f);
	return r;
}

static void print_fold(FILE *f, const struct experiment *e, enum fold fold, const char *title)
{
	char text[AXES_TEXT_MAX];
	axis_set axes = 0;
	unsigned i;

	for (i = 0; i < AXIS_COUNT; i++)
		if (fold_of(&e->axes[i]) == fold)
			axes |= AXIS_BIT(i);
	if (axes)
		(void)fprintf(f, "  %s: %s\n", title, axis_set_text(axes, text, sizeof(text)));
}

static bool nothing_moved(const struct experiment *e)
{
	size_t i;

	for (i = 0; i < AXIS_COUNT; i++)
		if (e->axes[i].verdict != VERDICT_NONE)
			return false;
	return e->identical_same && e->interaction_count == 0;
}

static int print_axes_table(FILE *f, const struct experiment *e, unsigned verbosity)
{
	unsigned i;
	int r = 0;

	(void)fputs("axes:\n", f);
	for (i = 0; i < AXIS_COUNT && r == 0; i++)
		if (verbosity > 0 || fold_of(&e->axes[i]) == FOLD_NONE)
			r = print_axis(f, i, &e->axes[i]);
	if (verbosity == 0) {
		print_fold(f, e, FOLD_NO_EFFECT, "no effect");
		print_fold(f, e, FOLD_UNTRIED,
			   nothing_moved(e) ? "no effect, all varied at once" : "not tried alone");
		print_fold(f, e, FOLD_LEFT_OUT, axis_state_name(AXIS_LEFT_OUT));
		print_fold(f, e, FOLD_NOT_REACHED, "not reached (--max-runs)");
	}
	(void)putc('\n', f);
	return r;
}

static void print_copies(FILE *f, const struct run_report *r)
{
	char size[32];

	if (r->setup_seconds > 0)
		(void)fprintf(f, ", set up in %.3f s", r->setup_seconds);
	if (r->copied_bytes > 0)
		(void)fprintf(f, ", copied %s in %.3f s", format_size(r->copied_bytes, size),
			      r->copy_seconds);
}

static void print_run(FILE *f, const struct run_report *r)
{
	char files[32], bytes[32];

	(void)fputs("  ", f);
	terminal_put(f, r->label ? r->label : "");
	(void)fprintf(f, ": status %d, %.2f s", r->status, r->seconds);
	print_copies(f, r);
	(void)fprintf(f, "; %s file%s, %s byte%s", format_count(r->output_files, files),
		      plural(r->output_files), format_count(r->output_bytes, bytes), plural(r->output_bytes));
	if (r->digest) {
		(void)fputs(", ", f);
		terminal_put(f, r->digest);
	}
	(void)putc('\n', f);
}

static void print_runs(FILE *f, const struct experiment *e)
{
	char planned[32], most[32];
	size_t i;

	(void)fprintf(f, "runs: %zu; %s planned", e->run_count, format_count(e->runs_planned, planned));
	if (e->runs_max > 0)
		(void)fprintf(f, ", at most %s", format_count(e->runs_max, most));
	(void)putc('\n', f);
	for (i = 0; i < e->run_count; i++)
		print_run(f, &e->runs[i]);
	(void)putc('\n', f);
}

/* Why it failed stands at the end. */
static const char *last_lines(const char *log)
{
	const char *p = log + strlen(log);
	size_t lines = 0;

	while (p > log && lines < LOG_LINES_MAX)
		lines += *--p == '\n' && p[1];
	return lines == LOG_LINES_MAX ? p + 1 : log;
}

/* Line by line: what the command printed may hold anything. */
static void print_log(FILE *f, const char *log, bool failed)
{
	size_t n, lines = 0;

	log = failed ? last_lines(log) : log;
	(void)fputs("the command printed:\n", f);
	for (; *log && lines < LOG_LINES_MAX; lines++) {
		AUTO_FREE char *line = NULL;

		n = strcspn(log, "\n");
		line = strndup(log, n);
		(void)fprintf(f, "  %s|%s ", style(f, STYLE_DIM), style(f, STYLE_RESET));
		terminal_put(f, line ? line : "?");
		(void)putc('\n', f);
		log += n + (log[n] == '\n');
	}
	if (*log)
		(void)fputs("  ...\n", f);
	(void)putc('\n', f);
}

static void print_lines(FILE *f, const char *label, enum style colour, const char *const *lines, size_t count,
			unsigned verbosity)
{
	size_t i;

	for (i = 0; i < count && (i < LINES_MAX || verbosity > 0); i++) {
		(void)fprintf(f, "%s%s:%s ", style(f, colour), label, style(f, STYLE_RESET));
		terminal_put(f, lines[i]);
		(void)putc('\n', f);
	}
	if (i < count)
		(void)fprintf(f, "... and %zu more (-v lists all)\n", count - i);
}

int terminal_experiment(FILE *f, const struct experiment *e, unsigned verbosity)
{
	int r;

	print_interactions(f, e);
	r = print_tried(f, e);
	if (r == 0)
		r = print_axes_table(f, e, verbosity);
	if (verbosity > 0)
		print_runs(f, e);
	if (e->log_head && e->log_head[0] && (verbosity > 0 || e->status != 0))
		print_log(f, e->log_head, e->status != 0);
	print_lines(f, "network", STYLE_YELLOW, e->network, e->network_count, verbosity);
	print_lines(f, "note", STYLE_CYAN, e->notes, e->note_count, verbosity);
	return r;
}
