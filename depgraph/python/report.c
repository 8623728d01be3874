/* SPDX-License-Identifier: Apache-2.0 */
/* A tree told in the terminal, and as CSV. */
#include "depgraph/python/python.h"

#include "base/buffer.h"
#include "base/terminal.h"

#include <errno.h>
#include <string.h>

struct telling {
	FILE *f;
	const struct python_report *r;
	const struct python_tree *t;
};

static const char *size(uint64_t n)
{
	static _Thread_local char out[8][32];
	static _Thread_local unsigned next;

	return format_size(n, out[next++ % 8]);
}

/* Bytes of a name, safe for a terminal. */
static const char *safe(const char *name, struct buffer *b)
{
	b->len = 0;
	(void)buffer_quote(b, name, strlen(name), 200);
	return buffer_str(b);
}

static void tell_head(const struct telling *w)
{
	const struct python_tree *t = w->t;
	char files[32], modules[32];
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(4096);

	fprintf(w->f, "%s%s%s: %s in %s files, %u distributions, %s modules\n", style(w->f, STYLE_BOLD), safe(t->path, &b),
		style(w->f, STYLE_RESET), size(t->bytes), format_count(t->file_count, files), t->dist_count,
		format_count(t->module_count, modules));
	fprintf(w->f, "parsed with %s (Python %s), nothing of the tree was run; ", t->interpreter, t->version);
	if (t->runs)
		fprintf(w->f, "%llu recorded run%s\n", (unsigned long long)t->runs, t->runs == 1 ? "" : "s");
	else
		fprintf(w->f, "no recorded runs\n");
}

static void tell_totals(const struct telling *w)
{
	static const char *const means[PYTHON_STATES] = {
		"import statements lead to it from the entries",
		"no import statement does, but a recorded run used it",
		"only strings, plugins or walks of packages name it",
		"nothing that is reached names it",
		"no module decides about it: metadata, scripts, files of no distribution",
	};
	unsigned i;

	fprintf(w->f, "\n");
	for (i = 0; i < PYTHON_STATES; i++)
		fprintf(w->f, "  %10s  %5.1f %%  %-9s %s\n", size(w->t->by_state[i]),
			w->t->bytes ? 100.0 * (double)w->t->by_state[i] / (double)w->t->bytes : 0, python_state_name(i), means[i]);
	fprintf(w->f, "  %10s  100.0 %%  all files of the tree\n", size(w->t->bytes));
	if (w->t->runs)
		fprintf(w->f, "\n%s of what is used by import statements were loaded in no recorded run.\n", size(w->t->unseen_bytes));
}

/* ---- lists ----------------------------------------------------------------------------------------------------- */

struct ranked {
	uint64_t bytes;
	uint32_t index;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return x->bytes != y->bytes ? (x->bytes < y->bytes ? 1 : -1) : x->index < y->index ? -1 : x->index > y->index;
}


static int tell_dists(const struct telling *w)
{
	const struct python_tree *t = w->t;
	AUTO_FREE struct ranked *order = reallocarray(NULL, t->dist_count + 1, sizeof(*order));
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(4096);
	uint32_t i;

	if (!order)
		return -ENOMEM;
	for (i = 0; i < t->dist_count; i++)
		order[i] = (struct ranked){ t->dists[i].total, i };
	qsort(order, t->dist_count, sizeof(*order), compare_ranked);
	if (t->dist_count)
		fprintf(w->f, "\n%-28s %10s %10s %10s %10s %10s  %s\n", "distribution", "total", "used", "observed", "maybe",
			"unused", "modules used");
	for (i = 0; i < t->dist_count && i < w->r->max; i++) {
		const struct python_dist *d = &t->dists[order[i].index];

		fprintf(w->f, "%s%-28s%s %10s %10s %10s %10s %10s  %u of %u\n", d->state == PYTHON_UNUSED ? style(w->f, STYLE_YELLOW) : "",
			safe(d->name, &b), d->state == PYTHON_UNUSED ? style(w->f, STYLE_RESET) : "", size(d->total),
			size(d->bytes[PYTHON_USED]), size(d->bytes[PYTHON_OBSERVED]), size(d->bytes[PYTHON_MAYBE]),
			size(d->bytes[PYTHON_UNUSED]), d->used_modules, d->modules);
	}
	if (t->dist_count > w->r->max)
		fprintf(w->f, "... and %u more (-v lists all)\n", t->dist_count - (uint32_t)w->r->max);
	return 0;
}

static bool is_listed(const struct python_tree *t, uint32_t i, enum python_state state)
{
	const struct python_module *m = &t->modules[i];

	return m->state == state && m->top == i && m->top_bytes && (m->dist == PYTHON_NONE || t->dists[m->dist].state != state);
}

static int tell_modules(const struct telling *w, enum python_state state, const char *heading)
{
	const struct python_tree *t = w->t;
	AUTO_FREE struct ranked *order = reallocarray(NULL, t->module_count + 1, sizeof(*order));
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(4096);
	uint32_t i, n = 0;

	if (!order)
		return -ENOMEM;
	for (i = 0; i < t->module_count; i++)
		if (is_listed(t, i, state))
			order[n++] = (struct ranked){ t->modules[i].top_bytes, i };
	qsort(order, n, sizeof(*order), compare_ranked);
	if (n)
		fprintf(w->f, "\n%s\n", heading);
	for (i = 0; i < n && i < w->r->max; i++) {
		const struct python_module *m = &t->modules[order[i].index];

		fprintf(w->f, "  %10s  %s (%u module%s)%s\n", size(m->top_bytes), safe(m->name, &b), m->top_count,
			m->top_count == 1 ? "" : "s", m->imported_by_unused ? ", imported by unused modules only" : "");
	}
	if (n > w->r->max)
		fprintf(w->f, "  ... and %u more (-v lists all)\n", n - (uint32_t)w->r->max);
	return 0;
}

static void tell_unused_dists(const struct telling *w)
{
	const struct python_tree *t = w->t;
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(4096);
	uint32_t i, k, n = 0;

	for (i = 0; i < t->dist_count; i++) {
		const struct python_dist *d = &t->dists[i];

		if (d->state != PYTHON_UNUSED)
			continue;
		if (!n++)
			fprintf(w->f, "\nUnused distributions: nothing of them is reached\n");
		fprintf(w->f, "  %10s  %s %s\n", size(d->total), safe(d->name, &b), d->version);
		if (d->required_by != PYTHON_NONE)
			fprintf(w->f, "              risk: %s, which is used, requires it\n", t->dists[d->required_by].name);
		for (k = 0; k < d->point_count && k < 5; k++)
			fprintf(w->f, "              risk: entry point %s of %s\n", safe(d->points[k].name, &b), d->points[k].group);
	}
}

static void tell_risks(const struct telling *w)
{
	const struct python_tree *t = w->t;
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(4096), c = BUFFER_INIT(4096);
	uint32_t i;

	if (t->risk_count)
		fprintf(w->f, "\nRisks: what is imported here cannot be known from the sources\n");
	for (i = 0; i < t->risk_count && i < w->r->max; i++)
		fprintf(w->f, "  %s: %s\n", safe(t->risks[i].where, &b), safe(t->risks[i].text, &c));
	if (t->risk_count > w->r->max)
		fprintf(w->f, "  ... and %u more (-v lists all)\n", t->risk_count - (uint32_t)w->r->max);
}

static void tell_rest(const struct telling *w)
{
	const struct python_tree *t = w->t;
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(4096), c = BUFFER_INIT(4096);
	uint32_t i, n = 0;

	if (t->missing_count)
		fprintf(w->f, "\nImported, but neither in the tree nor in the standard library:");
	for (i = 0; i < t->missing_count; i++)
		fprintf(w->f, "%s%s", i ? ", " : " ", safe(t->missing[i], &b));
	if (t->missing_count)
		fprintf(w->f, "\n");
	for (i = 0; i < t->module_count; i++)
		if (t->modules[i].broken && (t->modules[i].state <= PYTHON_MAYBE || w->r->verbosity)) {
			if (!n++)
				fprintf(w->f, "\nNot parsed: what they import is not known\n");
			fprintf(w->f, "  %s: %s\n", safe(t->modules[i].name, &b), safe(t->modules[i].broken, &c));
		}
	for (i = 0; i < t->note_count && i < w->r->max; i++)
		fprintf(w->f, "%s%s\n", i ? "" : "\n", safe(t->notes[i], &b));
}

int python_report_terminal(FILE *f, const struct python_report *r)
{
	const struct telling w = { f, r, r->tree };
	int q;

	tell_head(&w);
	tell_totals(&w);
	q = tell_dists(&w);
	tell_unused_dists(&w);
	if (!q)
		q = tell_modules(&w, PYTHON_UNUSED, "Unused packages and modules of distributions that are used");
	if (!q && r->verbosity)
		q = tell_modules(&w, PYTHON_MAYBE, "Named only by strings, plugins or walks");
	tell_risks(&w);
	tell_rest(&w);
	return q ? q : ferror(f) ? -EIO : 0;
}

/* ---- CSV ------------------------------------------------------------------------------------------------------- */

/* RFC 4180: quoted, quotes doubled. Bytes as they are. */
static void csv_text(FILE *f, const char *s)
{
	(void)fputc('"', f);
	for (; *s; s++) {
		if (*s == '"')
			(void)fputc('"', f);
		(void)fputc(*s, f);
	}
	(void)fputc('"', f);
}

int python_report_csv(FILE *f, const struct python_report *r)
{
	const struct python_tree *t = r->tree;
	uint32_t i;

	fprintf(f, "distribution,module,state,bytes,data_bytes,runs,only_imported_by_unused,via\n");
	for (i = 0; i < t->module_count; i++) {
		const struct python_module *m = &t->modules[i];

		csv_text(f, m->dist == PYTHON_NONE ? "" : t->dists[m->dist].name);
		(void)fputc(',', f);
		csv_text(f, m->name);
		fprintf(f, ",%s,%llu,%llu,%llu,%d,", python_state_name(m->state), (unsigned long long)m->bytes,
			(unsigned long long)m->data_bytes, (unsigned long long)m->runs, m->imported_by_unused);
		csv_text(f, m->via == PYTHON_NONE ? "" : t->modules[m->via].name);
		(void)fputc('\n', f);
	}
	return ferror(f) ? -EIO : 0;
}
