/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JUnit XML, in the dialect that CI servers agree on: a testsuite, a testcase a
 * compared file, at most one <failure> or <error> in each.  A file's decoded
 * contents belong to its testcase.  What the baseline or an exclusion accepts
 * does not fail.
 */
#include "reprocheck/report/report.h"

#include "base/cleanup.h"
#include "reprocheck/report/baseline.h"
#include "reprocheck/report/experiment_text.h"
#include "base/markup.h"
#include "reprocheck/report/summary.h"

#include <errno.h>
#include <string.h>

#define PLACES_MAX 3 /* of a finding, in the failure's text */

struct counts {
	size_t tests, failures, errors;
};

static const struct finding *leading_finding(const struct comparison *c, size_t root,
					     const struct space **ret_space)
{
	const struct finding *best = NULL;
	size_t i, k, end = next_root(c, root);

	for (i = root; i < end; i++)
		for (k = 0; k < c->spaces[i]->finding_count; k++) {
			const struct finding *f = &c->spaces[i]->findings[k];
			bool better = !best || (best->class == CLASS_DERIVED && f->class != CLASS_DERIVED) ||
				      (best->class == CLASS_UNEXPLAINED && f->class == CLASS_PRIMARY) ||
				      (best->class == f->class && f->bytes > best->bytes);

			if (finding_accepted(f) || !better)
				continue;
			best = f;
			*ret_space = c->spaces[i];
		}
	return best;
}

static struct counts count_cases(const struct comparison *c)
{
	struct counts n = { .tests = c->entry_count };
	size_t i;

	for (i = 0; i < c->space_count; i = next_root(c, i)) {
		n.tests++;
		n.errors += c->spaces[i]->status == SPACE_TROUBLE;
		n.failures += c->spaces[i]->status != SPACE_TROUBLE && !file_accepted(c, i);
	}
	for (i = 0; i < c->entry_count; i++)
		n.failures += !entry_accepted(&c->entries[i]);
	if (c->experiment) {
		size_t failing = (size_t)__builtin_popcount(failing_axes(c->experiment));

		n.tests += failing + (c->experiment->status != 0);
		n.failures += failing;
		n.errors += c->experiment->status != 0;
	}
	return n;
}

static void print_place(FILE *f, const struct space *s, const struct place *p)
{
	AUTO_FREE char *path = place_full_path(s, p);

	markup_printf(f, "    %s at 0x%llx", path ? path : "?",
		      (unsigned long long)(p->a_len ? p->a_off : p->b_off));
	if (p->symbol)
		markup_printf(f, ", %s", p->symbol);
	if (p->source)
		markup_printf(f, ", %s", p->source);
	(void)putc('\n', f);
	if (p->a_text)
		markup_printf(f, "      - %s\n", p->a_text);
	if (p->b_text)
		markup_printf(f, "      + %s\n", p->b_text);
}

static void print_axes(FILE *f, axis_set axes)
{
	char text[AXES_TEXT_MAX];

	if (axes)
		markup_printf(f, "  axes: %s (%s)\n", axis_set_text(axes, text, sizeof(text)),
			      axes_basis(axes));
}

static void print_evidence(FILE *f, const struct finding *n)
{
	AUTO_FREE char *proof = n->proof ? proof_text(n->proof) : NULL;
	AUTO_FREE char *asker = asker_text(n);

	print_axes(f, n->axes);
	if (proof && n->proof->status != PROOF_NONE)
		markup_printf(f, "  proof: %s\n", proof);
	if (asker)
		markup_printf(f, "  asked by: %s\n", asker);
}

static void print_finding(FILE *f, const struct space *s, const struct finding *n)
{
	size_t i;

	markup_printf(f, "%s: %llu %s byte%s in %s (%s): %s%s\n", n->cause->id, (unsigned long long)n->bytes,
		      class_name(n->class), plural(n->bytes), space_title(s), evidence_name(n->level),
		      n->cause->title, finding_accepted(n) ? " (known)" : "");
	if (n->class == CLASS_DERIVED)
		return;
	if (cause_fix_line(n->cause)[0])
		markup_printf(f, "  fix: %s\n", cause_fix_line(n->cause));
	print_evidence(f, n);
	for (i = 0; i < n->places_kept && i < PLACES_MAX; i++)
		print_place(f, s, &n->places[i]);
}

static void print_findings(FILE *f, const struct comparison *c, size_t root)
{
	size_t i, k, end = next_root(c, root);

	for (i = root; i < end; i++)
		for (k = 0; k < c->spaces[i]->finding_count; k++)
			print_finding(f, c->spaces[i], &c->spaces[i]->findings[k]);
}

static void print_totals_of(FILE *f, const char *prefix, const struct totals *t)
{
	(void)fprintf(f, "%s%llu primary + %llu derived + %llu unexplained = %llu differing bytes\n", prefix,
		      (unsigned long long)t->by_class[CLASS_PRIMARY],
		      (unsigned long long)t->by_class[CLASS_DERIVED],
		      (unsigned long long)t->by_class[CLASS_UNEXPLAINED], (unsigned long long)t->differing);
}

static void print_failure(FILE *f, const struct comparison *c, size_t root)
{
	const struct space *s = c->spaces[root], *where = s;
	const struct finding *n = leading_finding(c, root, &where);

	if (n)
		markup_printf(f, "      <failure type=\"%s\" message=\"%s: %llu %s byte%s in %s\">",
			      n->cause->id, n->cause->title, (unsigned long long)n->bytes,
			      class_name(n->class), plural(n->bytes), space_title(where));
	else
		markup_printf(f, "      <failure type=\"%s\" message=\"%s\">", "only-in-one",
			      s->status == SPACE_ONLY_A   ? "only in A"
			      : s->status == SPACE_ONLY_B ? "only in B"
							  : "contents differ");
	print_totals_of(f, "", &s->totals);
	print_findings(f, c, root);
	(void)fputs("</failure>\n", f);
}

static const char *verb_of(const struct comparison *c)
{
	return c->experiment ? "run" : "diff";
}

static void print_file(FILE *f, const struct comparison *c, size_t root)
{
	const struct space *s = c->spaces[root];

	markup_printf(f, "    <testcase classname=\"reprocheck.%s\" name=\"%s\"", verb_of(c), space_title(s));
	if (s->status == SPACE_SAME) {
		(void)fputs("/>\n", f);
		return;
	}
	(void)fputs(">\n", f);
	if (s->status == SPACE_TROUBLE) {
		markup_printf(f, "      <error type=\"trouble\" message=\"%s\"/>\n",
			      s->trouble ? s->trouble : "could not be compared");
	} else if (!file_accepted(c, root)) {
		print_failure(f, c, root);
	} else {
		(void)fputs("      <system-out>", f);
		print_findings(f, c, root);
		(void)fputs("</system-out>\n", f);
	}
	(void)fputs("    </testcase>\n", f);
}

static void print_entry(FILE *f, const struct comparison *c, const struct entry_difference *e)
{
	markup_printf(f, "    <testcase classname=\"reprocheck.%s.entries\" name=\"%s: %s\"", verb_of(c),
		      e->name, e->what);
	if (entry_accepted(e)) {
		(void)fputs("/>\n", f);
		return;
	}
	markup_printf(f, ">\n      <failure type=\"%s\" message=\"%s",
		      e->cause ? e->cause->id : "directory-entry", e->what);
	if (e->a && e->b)
		markup_printf(f, ": %s -&gt; %s", e->a, e->b);
	(void)fputs("\">", f);
	if (e->cause && cause_fix_line(e->cause)[0])
		markup_printf(f, "fix: %s%s", cause_fix_line(e->cause), e->axes ? "\n" : "");
	print_axes(f, e->axes);
	(void)fputs("</failure>\n    </testcase>\n", f);
}

static void print_property(FILE *f, const char *name, const char *value)
{
	markup_printf(f, "      <property name=\"%s\" value=\"%s\"/>\n", name, value);
}

/* Each axis and what became of it, so that one that could not be varied is not taken for passed. */
static void print_axis_properties(FILE *f, const struct experiment *e)
{
	char name[64];
	unsigned i;

	for (i = 0; i < AXIS_COUNT; i++) {
		AUTO_FREE char *text = axis_report_text(&e->axes[i]);

		(void)snprintf(name, sizeof(name), "axis.%s", axis_id(i));
		print_property(f, name, text ? text : "?");
	}
}

static void print_properties(FILE *f, const struct comparison *c, const struct report_options *o)
{
	if (!o->version && !c->experiment)
		return;
	(void)fputs("    <properties>\n", f);
	if (o->version)
		print_property(f, "version", o->version);
	if (c->experiment)
		print_axis_properties(f, c->experiment);
	(void)fputs("    </properties>\n", f);
}

/* What fails although it is no file: the command itself, and each axis that makes it fail. */
static void print_command_cases(FILE *f, const struct experiment *e)
{
	axis_set failing = failing_axes(e);
	unsigned i;

	if (e->status != 0)
		markup_printf(f,
			      "    <testcase classname=\"reprocheck.run.command\" name=\"control run\">\n"
			      "      <error type=\"command\" message=\"ends with status %d\">%s</error>\n"
			      "    </testcase>\n",
			      e->status, e->log_head ? e->log_head : "");
	for (i = 0; i < AXIS_COUNT; i++) {
		if (!(failing & AXIS_BIT(i)))
			continue;
		markup_printf(f,
			      "    <testcase classname=\"reprocheck.run.axes\" name=\"%s\">\n"
			      "      <failure type=\"command\" message=\"the command fails when it is "
			      "varied\">%s</failure>\n    </testcase>\n",
			      axis_id(i), e->axes[i].why ? e->axes[i].why : "");
	}
}

static void print_lines(FILE *f, const char *label, const char *const *lines, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		markup_printf(f, "%s: %s\n", label, lines[i]);
}

static int print_experiment(FILE *f, const struct comparison *c)
{
	const struct experiment *e = c->experiment;
	CLEANUP(summary_release) struct summary s = { 0 };
	AUTO_FREE char *verdict = NULL;
	char axes[AXES_TEXT_MAX];
	int r = summary_make(c, &s);
	size_t i;

	if (r == 0)
		verdict = experiment_verdict(c, &s);
	if (!verdict)
		return -ENOMEM;
	markup_printf(f, "%s\n", verdict);
	for (i = 0; i < e->interaction_count; i++)
		markup_printf(f, "only together: %s\n",
			      axis_set_text(e->interactions[i].axes, axes, sizeof(axes)));
	print_lines(f, "network", e->network, e->network_count);
	print_lines(f, "note", e->notes, e->note_count);
	return 0;
}

int report_junit(FILE *f, const struct comparison *c, const struct report_options *o)
{
	struct counts n = count_cases(c);
	size_t i;
	int r = 0;

	(void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", f);
	(void)fprintf(f, "<testsuites tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n", n.tests, n.failures,
		      n.errors);
	(void)fprintf(f,
		      "  <testsuite name=\"reprocheck %s\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		      "skipped=\"0\">\n",
		      verb_of(c), n.tests, n.failures, n.errors);
	print_properties(f, c, o);
	for (i = 0; i < c->space_count; i = next_root(c, i))
		print_file(f, c, i);
	for (i = 0; i < c->entry_count; i++)
		print_entry(f, c, &c->entries[i]);
	if (c->experiment)
		print_command_cases(f, c->experiment);
	(void)fputs("    <system-out>", f);
	if (c->experiment)
		r = print_experiment(f, c);
	print_totals_of(f, "totals: ", &c->totals);
	(void)fputs("</system-out>\n  </testsuite>\n</testsuites>\n", f);
	return fflush(f) != 0 || ferror(f) ? -EIO : r;
}
