/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an experiment adds to the page: the table of axes with a verdict each,
 * what only acts together, fixes tried, network use, the runs; and the pieces
 * that cards and findings show: chips of axes, a badge for the proof, who asked.
 */
#include "reprocheck/report/html.h"

#include "base/cleanup.h"
#include "base/terminal.h"
#include "reprocheck/report/experiment_text.h"
#include "base/markup.h"

#include <string.h>

void html_axes(FILE *f, axis_set axes)
{
	unsigned i;

	if (axes == 0)
		return;
	(void)fprintf(f, "<span class=\"axes\" title=\"%s\">", axes_basis(axes));
	for (i = 0; i < AXIS_SET_SIZE; i++)
		if (axes & AXIS_BIT(i))
			markup_printf(f, "<span class=\"axis\" title=\"%s\">%s</span>", axis_title(i),
				      axis_id(i));
	(void)fputs("</span>", f);
}

static const char *proof_class(enum proof_status s)
{
	switch (s) {
	case PROOF_PROVED:
	case PROOF_PATCHED: return "good";
	case PROOF_PARTLY: return "unexplained";
	default: return "primary";
	}
}

void html_badge(FILE *f, const struct proof *p)
{
	if (p && p->status != PROOF_NONE)
		(void)fprintf(f, " <span class=\"chip %s\">%s</span>", proof_class(p->status),
			      proof_status_name(p->status));
}

void html_proof(FILE *f, const struct proof *p)
{
	if (!p || p->status == PROOF_NONE)
		return;
	(void)fputs("<p class=\"proof\">", f);
	html_badge(f, p);
	markup_printf(f, " <code>%s</code>", p->fix ? p->fix : "");
	if (p->status != PROOF_FAILED) {
		(void)fputs(" ", f);
		html_count(f, p->before);
		(void)fputs(" → ", f);
		html_count(f, p->after);
		(void)fputs(" bytes", f);
	}
	if (p->detail)
		markup_printf(f, " <span class=\"quiet\">%s</span>", p->detail);
	(void)fputs("</p>\n", f);
}

void html_asker(FILE *f, const struct finding *n)
{
	AUTO_FREE char *text = asker_text(n);

	if (text)
		markup_printf(f, "<p class=\"asker quiet\">Asked by <code>%s</code></p>\n", text);
}

void html_cause_evidence(FILE *f, const struct cause_summary *s)
{
	struct axes_share shares[EVIDENCE_MAX];
	const struct proof *proofs[EVIDENCE_MAX];
	const struct finding *askers[EVIDENCE_MAX];
	size_t i, more, n = cause_axes(s, shares, &more);

	if (n > 0)
		(void)fputs("<p class=\"moved\">Axes: ", f);
	for (i = 0; i < n; i++) {
		html_axes(f, shares[i].axes);
		if (n > 1) {
			(void)fputs(" <span class=\"quiet\">", f);
			html_count(f, shares[i].bytes);
			(void)fprintf(f, " byte%s</span> ", plural(shares[i].bytes));
		}
	}
	if (n > 0)
		(void)fputs("</p>\n", f);
	n = cause_proofs(s, proofs, &more);
	for (i = 0; i < n; i++)
		html_proof(f, proofs[i]);
	n = cause_askers(s, askers, &more);
	for (i = 0; i < n; i++)
		html_asker(f, askers[i]);
}

/* The word of an axis' row, and the colour that it has elsewhere on the page. */
static const char *axis_word(const struct axis_report *a, const char **ret_class)
{
	static const char *const classes[] = { [VERDICT_NONE] = "",
					       [VERDICT_NO_EFFECT] = "good",
					       [VERDICT_CAUSES] = "primary",
					       [VERDICT_INTERACTS] = "primary",
					       [VERDICT_FAILS] = "unexplained" };

	*ret_class = axis_was_varied(a) ? classes[a->verdict] : "unexplained";
	if (a->state == AXIS_LEFT_OUT || a->state == AXIS_NOT_REACHED)
		*ret_class = "";
	if (!axis_was_varied(a))
		return axis_state_name(a->state);
	return a->verdict == VERDICT_NONE ? "not tried alone" : axis_verdict_name(a->verdict);
}

static void print_seen(FILE *f, const struct axis_report *a)
{
	if (a->control || a->varied)
		markup_printf(f, "<code>%s</code> → <code>%s</code> ", a->control ? a->control : "?",
			      a->varied ? a->varied : "?");
	if (a->variables)
		markup_printf(f, "<span>by <code>%s</code></span> ", a->variables);
	if (axis_was_varied(a) && a->state == AXIS_PARTIAL)
		(void)fputs("<b>not for all programs</b> ", f);
	if (a->why)
		markup_printf(f, "<span class=\"quiet\">%s</span>", a->why);
}

static void print_axis(FILE *f, unsigned axis, const struct axis_report *a)
{
	const char *class, *word = axis_word(a, &class);

	markup_printf(f,
		      "<tr><td><a href=\"#findings\" class=\"axis\" data-pick=\"%s\" title=\"%s\">%s</a></td>"
		      "<td><span class=\"chip %s\">%s</span></td><td class=\"num\">",
		      axis_id(axis), axis_title(axis), axis_id(axis), class, word);
	if (a->bytes > 0)
		html_count(f, a->bytes);
	(void)fputs("</td><td>", f);
	print_seen(f, a);
	(void)fputs("</td></tr>\n", f);
}

/* Axes that say something come first; the many without effect are a click away. */
static bool is_quiet(const struct axis_report *a)
{
	return a->state == AXIS_LEFT_OUT || a->state == AXIS_NOT_REACHED ||
	       (a->state == AXIS_VERIFIED && (a->verdict == VERDICT_NO_EFFECT || a->verdict == VERDICT_NONE));
}

static void print_axes(FILE *f, const struct experiment *e, bool quiet)
{
	unsigned i;

	(void)fputs("<table class=\"plain axes-table\"><thead><tr><th>Axis</th><th>Verdict</th>"
		    "<th class=\"num\">Bytes</th><th>Seen from inside</th></tr></thead><tbody>\n",
		    f);
	for (i = 0; i < AXIS_COUNT; i++)
		if (is_quiet(&e->axes[i]) == quiet)
			print_axis(f, i, &e->axes[i]);
	(void)fputs("</tbody></table>\n", f);
}

static void print_axes_tables(FILE *f, const struct experiment *e)
{
	size_t i, quiet = 0;

	for (i = 0; i < AXIS_COUNT; i++)
		quiet += is_quiet(&e->axes[i]);
	if (quiet < AXIS_COUNT)
		print_axes(f, e, false);
	if (quiet == 0)
		return;
	(void)fprintf(f,
		      "<details class=\"more\"%s><summary>%zu ax%s without effect, or not varied</summary>\n",
		      quiet == AXIS_COUNT ? " open" : "", quiet, quiet == 1 ? "is" : "es");
	print_axes(f, e, true);
	(void)fputs("</details>\n", f);
}

static void print_interactions(FILE *f, const struct experiment *e)
{
	size_t i;

	for (i = 0; i < e->interaction_count; i++) {
		(void)fputs("<p class=\"moved\">Only together: ", f);
		html_axes(f, e->interactions[i].axes);
		(void)fputs(" <span class=\"quiet\">", f);
		html_count(f, e->interactions[i].bytes);
		(void)fprintf(f, " byte%s</span></p>\n", plural(e->interactions[i].bytes));
	}
}

static void print_lines(FILE *f, const char *title, const char *const *lines, size_t count)
{
	size_t i;

	if (count == 0)
		return;
	(void)fprintf(f, "<h3>%s</h3>\n<ul class=\"notes\">\n", title);
	for (i = 0; i < count && i < HTML_NOTES_MAX; i++)
		markup_printf(f, "<li>%s</li>\n", lines[i]);
	if (i < count)
		(void)fprintf(f, "<li class=\"quiet\">%zu more are in the JSON report.</li>\n", count - i);
	(void)fputs("</ul>\n", f);
}

static void print_run(FILE *f, const struct run_report *r)
{
	markup_printf(f, "<tr><td>%s</td><td class=\"num\">", r->label ? r->label : "");
	(void)fprintf(f, "%d</td><td class=\"num\">%.2f s</td><td class=\"num\">", r->status, r->seconds);
	html_count(f, r->output_files);
	(void)fputs("</td><td class=\"num\">", f);
	html_count(f, r->output_bytes);
	markup_printf(f, "</td><td><code>%s</code></td></tr>\n", r->digest ? r->digest : "");
}

static void print_runs(FILE *f, const struct experiment *e)
{
	size_t i;

	if (e->run_count == 0)
		return;
	(void)fprintf(
		f,
		"<details class=\"more\"><summary>%zu run%s</summary>\n<table class=\"plain\"><thead><tr>"
		"<th>Run</th><th class=\"num\">Status</th><th class=\"num\">Time</th>"
		"<th class=\"num\">Files</th><th class=\"num\">Bytes</th><th>Digest</th></tr></thead>"
		"<tbody>\n",
		e->run_count, plural(e->run_count));
	for (i = 0; i < e->run_count && i < HTML_ENTRIES_MAX; i++)
		print_run(f, &e->runs[i]);
	(void)fputs("</tbody></table></details>\n", f);
}

static void print_command(FILE *f, const struct experiment *e)
{
	size_t i;

	(void)fputs("<p class=\"action\"><code>", f);
	for (i = 0; i < e->command_count; i++)
		markup_printf(f, "%s%s", i ? " " : "", e->command[i]);
	(void)fputs("</code>", f);
	if (e->directory)
		markup_printf(f, " <span class=\"quiet\">in</span> <code>%s</code>", e->directory);
	(void)fprintf(f, "<span class=\"quiet\">; status %d, %u identical run%s %s</span></p>\n", e->status,
		      e->identical, plural(e->identical),
		      e->identical_same ? "gave the same output" : "did not give the same output");
}

void html_experiment(struct html *h)
{
	const struct experiment *e = h->c->experiment;
	size_t i;

	(void)fputs("<section id=\"axes\"><h2>What was varied</h2>\n", h->f);
	print_command(h->f, e);
	print_axes_tables(h->f, e);
	print_interactions(h->f, e);
	if (e->tried_count > 0)
		(void)fputs("<h3>Fixes tried</h3>\n", h->f);
	for (i = 0; i < e->tried_count; i++)
		html_proof(h->f, &e->tried[i]);
	print_runs(h->f, e);
	if (e->log_head && e->log_head[0])
		markup_printf(h->f,
			      "<details class=\"more\"><summary>What the command printed</summary>\n"
			      "<pre class=\"log\">%s</pre></details>\n",
			      e->log_head);
	print_lines(h->f, "Network use", e->network, e->network_count);
	print_lines(h->f, "Beside the outputs", e->notes, e->note_count);
	(void)fputs("</section>\n", h->f);
}

/* One switch for each axis that moved a finding. */
void html_axis_switches(struct html *h)
{
	axis_set axes = 0;
	size_t i;

	for (i = 0; i < h->s->finding_count; i++)
		axes |= h->s->findings[i].finding->axes;
	for (i = 0; i < AXIS_SET_SIZE; i++)
		if (axes & AXIS_BIT(i))
			(void)fprintf(
				h->f,
				"<button type=\"button\" class=\"switch by-axis\" aria-pressed=\"false\" "
				"data-axis=\"%s\">%s</button>",
				axis_id((unsigned)i), axis_id((unsigned)i));
}
