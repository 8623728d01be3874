/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/report/experiment_text.h"

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/terminal.h"
#include "reprocheck/report/baseline.h"

#include <string.h>

#define TEXT_MAX (1 << 20)

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void sort_shares(struct axes_share *out, size_t n)
{
	size_t i, k;

	for (i = 1; i < n; i++)
		for (k = i; k > 0 && out[k].bytes > out[k - 1].bytes; k--) {
			struct axes_share t = out[k];

			out[k] = out[k - 1];
			out[k - 1] = t;
		}
}

size_t cause_axes(const struct cause_summary *s, struct axes_share out[EVIDENCE_MAX], size_t *ret_more)
{
	size_t i, k, n = 0, more = 0;

	for (i = 0; i < s->count; i++) {
		const struct finding *f = s->findings[i].finding;

		for (k = 0; k < n && out[k].axes != f->axes; k++)
			;
		if (f->axes == 0)
			continue;
		if (k < n)
			out[k].bytes += f->bytes;
		else if (n < EVIDENCE_MAX)
			out[n++] = (struct axes_share){ f->axes, f->bytes };
		else
			more++;
	}
	sort_shares(out, n);
	*ret_more = more;
	return n;
}

static bool same_proof(const struct proof *a, const struct proof *b)
{
	return a->status == b->status && a->before == b->before && a->after == b->after &&
	       same_text(a->fix, b->fix) && same_text(a->detail, b->detail);
}

size_t cause_proofs(const struct cause_summary *s, const struct proof *out[EVIDENCE_MAX], size_t *ret_more)
{
	size_t i, k, n = 0, more = 0;

	for (i = 0; i < s->count; i++) {
		const struct proof *p = s->findings[i].finding->proof;

		if (!p || p->status == PROOF_NONE)
			continue;
		for (k = 0; k < n && !same_proof(out[k], p); k++)
			;
		if (k < n)
			continue;
		if (n < EVIDENCE_MAX)
			out[n++] = p;
		else
			more++;
	}
	*ret_more = more;
	return n;
}

size_t cause_askers(const struct cause_summary *s, const struct finding *out[EVIDENCE_MAX], size_t *ret_more)
{
	size_t i, k, n = 0, more = 0;

	for (i = 0; i < s->count; i++) {
		const struct finding *f = s->findings[i].finding;

		if (!f->process && !f->asked)
			continue;
		for (k = 0; k < n; k++)
			if (same_text(out[k]->process, f->process) && same_text(out[k]->asked, f->asked))
				break;
		if (k < n)
			continue;
		if (n < EVIDENCE_MAX)
			out[n++] = f;
		else
			more++;
	}
	*ret_more = more;
	return n;
}

const char *axes_basis(axis_set axes)
{
	return axes & AXIS_SET_UNATTRIBUTABLE ? "not measured" : "measured";
}

char *proof_text(const struct proof *p)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(TEXT_MAX);
	char before[32], after[32];

	(void)buffer_printf(&b, "%s: %s", proof_status_name(p->status), p->fix ? p->fix : "");
	if (p->status != PROOF_FAILED)
		(void)buffer_printf(&b, ", %s -> %s bytes", format_count(p->before, before),
				    format_count(p->after, after));
	if (p->detail)
		(void)buffer_printf(&b, "; %s", p->detail);
	return buffer_detach(&b);
}

char *asker_text(const struct finding *f)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(TEXT_MAX);

	if (!f->process && !f->asked)
		return NULL;
	(void)buffer_puts(&b, f->process ? f->process : "unknown process");
	if (f->asked)
		(void)buffer_printf(&b, " (%s)", f->asked);
	return buffer_detach(&b);
}

bool axis_was_varied(const struct axis_report *a)
{
	return a->state == AXIS_VERIFIED || a->state == AXIS_PARTIAL;
}

static void put_verdict(struct buffer *b, const struct axis_report *a)
{
	char number[32];

	(void)buffer_puts(b, a->verdict == VERDICT_NONE ? "not tried alone" : axis_verdict_name(a->verdict));
	if (a->verdict == VERDICT_INTERACTS)
		(void)buffer_puts(b, " with others");
	if (a->bytes > 0)
		(void)buffer_printf(b, ", %s byte%s", format_count(a->bytes, number), plural(a->bytes));
	if (a->control && a->varied)
		(void)buffer_printf(b, " (%s -> %s)", a->control, a->varied);
	if (a->variables)
		(void)buffer_printf(b, "; by %s", a->variables);
	if (a->why)
		(void)buffer_printf(b, "%s%s", a->state == AXIS_PARTIAL ? "; not for all: " : ": ", a->why);
}

char *axis_report_text(const struct axis_report *a)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(TEXT_MAX);

	if (axis_was_varied(a))
		put_verdict(&b, a);
	else
		(void)buffer_printf(&b, "%s%s%s", axis_state_name(a->state), a->why ? ": " : "",
				    a->why ? a->why : "");
	return buffer_detach(&b);
}

static const struct proof *proved(const struct proof *p)
{
	return p && p->status == PROOF_PROVED ? p : NULL;
}

/* Whether an earlier finding was proved by the same fix: it counts once. */
static bool was_counted(const struct summary *s, size_t before, const char *fix)
{
	size_t i;

	for (i = 0; i < before; i++) {
		const struct proof *p = proved(s->findings[i].finding->proof);

		if (p && same_text(p->fix, fix))
			return true;
	}
	return false;
}

/* Findings of one proof mostly stand side by side, so that the search ends at once. */
static size_t count_proved(const struct summary *s)
{
	const struct proof *last = NULL;
	size_t i, n = 0;

	for (i = 0; i < s->finding_count; i++) {
		const struct proof *p = proved(s->findings[i].finding->proof);

		if (!p || (last && same_text(last->fix, p->fix)))
			continue;
		last = p;
		n += !was_counted(s, i, p->fix);
	}
	return n;
}

static void put_part(struct buffer *b, uint64_t n, const char *one, const char *many)
{
	char number[32];

	if (n == 0)
		return;
	if (b->len && b->data[b->len - 1] != ' ')
		(void)buffer_puts(b, ", ");
	(void)buffer_printf(b, "%s %s", format_count(n, number), n == 1 ? one : many);
}

static void put_differences(struct buffer *b, const struct comparison *c, const struct summary *s)
{
	size_t start, primary = summary_count_class(s, CLASS_PRIMARY);
	uint64_t unexplained = 0;
	size_t i;

	for (i = 0; i < s->cause_count; i++)
		unexplained += s->causes[i].class == CLASS_UNEXPLAINED ? s->causes[i].bytes : 0;
	(void)buffer_puts(b, comparison_accepted(c) && !failing_axes(c->experiment)
				     ? "reproducible but for what is known: "
				     : "not reproducible: ");
	start = b->len;
	put_part(b, primary, "cause", "causes");
	put_part(b, unexplained, "unexplained byte", "unexplained bytes");
	put_part(b, c->entry_count, "directory entry", "directory entries");
	if (b->len == start)
		put_part(b, s->files_differing, "file differs", "files differ");
	put_part(b, count_proved(s), "proved fix", "proved fixes");
}

static void put_agreement(struct buffer *b, const struct experiment *e)
{
	size_t i, axes = 0;

	for (i = 0; i < AXIS_COUNT; i++)
		axes += axis_was_varied(&e->axes[i]);
	(void)buffer_printf(b, "reproducible: %u identical run%s", e->identical, plural(e->identical));
	if (axes > 0)
		(void)buffer_printf(b, " and %zu ax%s", axes, axes == 1 ? "is" : "es");
	(void)buffer_puts(b, " gave the same output");
}

axis_set failing_axes(const struct experiment *e)
{
	axis_set fails = 0;
	unsigned i;

	for (i = 0; i < AXIS_COUNT; i++)
		if (axis_was_varied(&e->axes[i]) && e->axes[i].verdict == VERDICT_FAILS)
			fails |= AXIS_BIT(i);
	return fails;
}

static bool anything_differs(const struct comparison *c, const struct summary *s)
{
	return s->files_differing || c->entry_count || s->finding_count;
}

static void put_failing(struct buffer *b, const char *before, const struct experiment *e, axis_set fails)
{
	char text[AXES_TEXT_MAX];

	(void)buffer_printf(b, "%s%s when varied: %s", before,
			    e->status == 0 ? "the command fails" : "it ends in another way",
			    axis_set_text(fails, text, sizeof(text)));
}

char *experiment_verdict(const struct comparison *c, const struct summary *s)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(TEXT_MAX);
	axis_set fails = failing_axes(c->experiment);

	if (c->experiment->status != 0)
		(void)buffer_printf(&b, "trouble: the command ends with status %d", c->experiment->status);
	else if (c->trouble)
		(void)buffer_puts(&b, "trouble: not everything could be compared");
	else if (anything_differs(c, s))
		put_differences(&b, c, s);
	else if (fails)
		put_failing(&b, "not reproducible: ", c->experiment, fails);
	else
		put_agreement(&b, c->experiment);
	if (fails && (c->experiment->status != 0 || c->trouble || anything_differs(c, s)))
		put_failing(&b, "; ", c->experiment, fails);
	if (c->experiment->network_count > 0)
		(void)buffer_puts(&b, "; it asks the network");
	return buffer_detach(&b);
}
