/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page: verdict, causes with their fixes, files with byte maps, findings.
 *
 * Nothing is loaded from anywhere, and the Content-Security-Policy lets run
 * only the style sheet and script built into the program, by hash: a name from
 * the input that slipped through the escaping would still not execute.  For
 * the same reason there is no style attribute in the document.
 */
#include "reprocheck/report/report.h"

#include "base/cleanup.h"
#include "base/terminal.h"
#include "reprocheck/report/experiment_text.h"
#include "reprocheck/report/html.h"
#include "reprocheck/report/html_assets.h"
#include "base/markup.h"
#include "base/page.h"

#include <errno.h>
#include <string.h>

#define PORTRAIT_COLUMNS 64 /* 1,024 cells are 16 rows: the causes stay in sight */

void html_count(FILE *f, uint64_t n)
{
	char number[32];

	(void)fputs(format_count(n, number), f);
}

const char *html_level_meaning(enum evidence level)
{
	switch (level) {
	case LEVEL_PROVED: return "proved: with the fix, or the bytes patched, the difference is gone";
	case LEVEL_CAUSED: return "caused: the difference comes and goes with one varied thing";
	case LEVEL_RECOGNISED: return "recognised: by the pattern of its bytes";
	default: return "unexplained: no cause was recognised";
	}
}

/* Three rectangles; a class that is there is never thinner than one part in fifty. */
void html_bar(FILE *f, const struct totals *t)
{
	static const enum byte_class order[] = { CLASS_PRIMARY, CLASS_UNEXPLAINED, CLASS_DERIVED };
	double x = 0, least = 20, room = 1000, w;
	size_t i;

	for (i = 0; i < CLASS_COUNT; i++)
		room -= t->by_class[i] ? least : 0;
	(void)fputs("<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" "
		    "aria-hidden=\"true\">"
		    "<rect class=\"ground\" width=\"1000\" height=\"10\"/>",
		    f);
	for (i = 0; i < CLASS_COUNT && t->differing; i++) {
		uint64_t n = t->by_class[order[i]];

		if (n == 0)
			continue;
		w = least + room * (double)n / (double)t->differing;
		(void)fprintf(f, "<rect class=\"%s\" x=\"%.1f\" width=\"%.1f\" height=\"10\"/>",
			      class_name(order[i]), x, w);
		x += w;
	}
	(void)fputs("</svg>", f);
}

static void print_fix(FILE *f, const struct cause_fix *fix)
{
	markup_printf(f,
		      "<div><dt>%s</dt><dd><code>%s</code><button type=\"button\" class=\"copy\" "
		      "aria-label=\"Copy the fix for %s\">Copy</button></dd></div>\n",
		      fix->tool, fix->edit, fix->tool);
}

/* The first fix stands out; those for other tools are a click away. */
static void print_all_fixes(FILE *f, const struct cause_fix *fix)
{
	size_t others = 0;

	while (fix[others + 1].tool)
		others++;
	(void)fputs("<dl class=\"fixes\">", f);
	print_fix(f, fix);
	(void)fputs("</dl>\n", f);
	if (others == 0)
		return;
	(void)fprintf(f, "<details class=\"more\"><summary>%zu other way%s</summary><dl class=\"fixes\">",
		      others, plural(others));
	while ((++fix)->tool)
		print_fix(f, fix);
	(void)fputs("</dl></details>\n", f);
}

void html_fixes(FILE *f, const struct cause *cause)
{
	if (cause->looks_like)
		markup_printf(f, "<p class=\"looks\">%s</p>\n", cause->looks_like);
	if (cause->fixes && cause->fixes[0].tool)
		print_all_fixes(f, cause->fixes);
	if (cause->not_fixed_by)
		markup_printf(f, "<p class=\"vain\"><b>Does not help:</b> %s</p>\n", cause->not_fixed_by);
}

static struct page_assets assets_of(void)
{
	return (struct page_assets){ reprocheck_html_style, reprocheck_html_style_size, reprocheck_html_script,
				     reprocheck_html_script_size };
}

static int print_head(struct html *h)
{
	const struct page_assets assets = assets_of();
	AUTO_FREE char *title = NULL;

	if (asprintf(&title, "reprocheck %s: %s", h->c->experiment ? "run" : "diff",
		     h->c->space_count ? space_title(h->c->spaces[0]) : "nothing compared") < 0)
		return -ENOMEM;
	return page_head(h->f, &assets, title);
}

/* Shared by all maps: the ground of equal cells in two sizes, and the hatch of what is unexplained. */
static void print_patterns(FILE *f)
{
	static const unsigned pitches[] = { 8, 16, 32, 64 };
	size_t i;

	(void)fputs("<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>", f);
	for (i = 0; i < sizeof(pitches) / sizeof(pitches[0]); i++)
		(void)fprintf(
			f,
			"<pattern id=\"same%u\" width=\"%u\" height=\"%u\" patternUnits=\"userSpaceOnUse\">"
			"<rect class=\"same\" width=\"%u\" height=\"%u\"/></pattern>",
			pitches[i], pitches[i], pitches[i], pitches[i] - pitches[i] / 8,
			pitches[i] - pitches[i] / 8);
	(void)fputs("<pattern id=\"hatch\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\" "
		    "patternTransform=\"rotate(45)\"><rect class=\"hatch-ground\" width=\"4\" height=\"4\"/>"
		    "<rect class=\"hatch-line\" width=\"1.6\" height=\"4\"/></pattern></defs></svg>\n",
		    f);
}

static void print_top(FILE *f, bool experiment)
{
	(void)fputs("<body>\n<a class=\"skip\" href=\"#main\">Skip to the result</a>\n", f);
	print_patterns(f);
	(void)fputs(
		"<header class=\"top\"><p class=\"brand\"><svg viewBox=\"0 0 20 20\" aria-hidden=\"true\">"
		"<rect class=\"m1\" width=\"9\" height=\"9\"/><rect class=\"m2\" x=\"11\" width=\"9\" "
		"height=\"9\"/>"
		"<rect class=\"m2\" y=\"11\" width=\"9\" height=\"9\"/><rect class=\"m2\" x=\"11\" y=\"11\" "
		"width=\"9\" "
		"height=\"9\"/></svg>reprocheck <span>",
		f);
	(void)fprintf(f, "%s</span></p>\n<nav aria-label=\"Sections\"><a href=\"#causes\">Causes</a>%s",
		      experiment ? "run" : "diff", experiment ? "<a href=\"#axes\">Axes</a>" : "");
	(void)fputs(
		"<a href=\"#files\">Files</a><a "
		"href=\"#findings\">Findings</a></nav>\n"
		"<div class=\"tools\"><input type=\"search\" id=\"filter\" placeholder=\"Filter: file, "
		"cause, symbol, "
		"text\" aria-label=\"Filter files and findings\" autocomplete=\"off\" spellcheck=\"false\">"
		"<kbd aria-hidden=\"true\">/</kbd>"
		"<button type=\"button\" id=\"theme\" aria-label=\"Switch between light and "
		"dark\">◐</button></div>"
		"</header>\n<main id=\"main\">\n",
		f);
}

static void print_verdict(struct html *h)
{
	uint64_t differing = h->c->totals.differing;
	size_t primary = summary_count_class(h->s, CLASS_PRIMARY);
	FILE *f = h->f;

	(void)fputs("<h1>", f);
	if (primary > 0) {
		(void)fprintf(f, "<em>%zu cause%s</em> make%s ", primary, plural(primary),
			      primary == 1 ? "s" : "");
		html_count(f, differing);
		(void)fprintf(f, " byte%s differ", plural(differing));
	} else if (differing > 0) {
		html_count(f, differing);
		(void)fprintf(f, " byte%s differ%s, and no cause is known", plural(differing),
			      differing == 1 ? "s" : "");
	} else if (h->c->entry_count > 0 || h->s->files_differing > 0) {
		(void)fputs("The bytes agree, the trees do not", f);
	} else {
		(void)fputs(h->c->trouble ? "Not everything could be compared" : "Every byte is the same", f);
	}
	(void)fputs("</h1>\n", f);
}

static void print_lede(struct html *h)
{
	const struct totals *t = &h->c->totals;
	uint64_t unexplained = t->by_class[CLASS_UNEXPLAINED];
	FILE *f = h->f;

	(void)fputs("<p class=\"lede\">", f);
	if (h->c->experiment) {
		AUTO_FREE char *verdict = experiment_verdict(h->c, h->s);

		markup_printf(f, "<b class=\"answer\">%s.</b> ", verdict ? verdict : "?");
	}
	html_count(f, h->s->files_differing);
	(void)fputs(" of ", f);
	html_count(f, h->c->files_compared);
	(void)fprintf(f, " file%s differ%s.", plural(h->c->files_compared),
		      h->s->files_differing == 1 ? "s" : "");
	if (t->differing > 0 && unexplained == 0)
		(void)fputs(" Every differing byte has a place and a cause; none is unexplained.", f);
	else if (unexplained > 0)
		(void)fprintf(f, " Every differing byte has a place; %.2g&nbsp;%% of them have no cause yet.",
			      100.0 * (double)unexplained / (double)t->differing);
	if (h->c->entry_count > 0) {
		(void)fputc(' ', f);
		html_count(f, h->c->entry_count);
		(void)fprintf(f, " difference%s between directory entries.", plural(h->c->entry_count));
	}
	if (h->s->files_in_trouble > 0 || h->c->trouble)
		(void)fputs(" <b>Not everything could be compared.</b>", f);
	if (h->s->accepted > 0)
		(void)fprintf(f, " %zu of %zu findings are known.", h->s->accepted, h->s->finding_count);
	(void)fputs("</p>\n", f);
}

static void print_term(FILE *f, const char *class, uint64_t n, const char *label)
{
	(void)fprintf(f, "<div class=\"term %s%s\"><span class=\"n\">", class, n ? "" : " none");
	html_count(f, n);
	(void)fprintf(f, "</span><span class=\"l\">%s</span></div>", label);
}

static void print_equation(FILE *f, const struct totals *t)
{
	(void)fputs("<div class=\"equation\" role=\"group\" aria-label=\"Totals\">", f);
	print_term(f, "primary", t->by_class[CLASS_PRIMARY], "primary");
	(void)fputs("<span class=\"op\">+</span>", f);
	print_term(f, "derived", t->by_class[CLASS_DERIVED], "derived");
	(void)fputs("<span class=\"op\">+</span>", f);
	print_term(f, "unexplained", t->by_class[CLASS_UNEXPLAINED], "unexplained");
	(void)fputs("<span class=\"op\">=</span>", f);
	print_term(f, "sum", t->differing, "differing bytes, as cmp counts");
	(void)fputs("</div>\n", f);
}

static void print_builds(struct html *h)
{
	size_t i;

	(void)fputs("<dl class=\"builds\">", h->f);
	for (i = 0; i < h->c->build_count && i < 26; i++)
		markup_printf(h->f, "<div><dt>%s</dt><dd><bdi>%s</bdi></dd></div>",
			      (char[]){ (char)('A' + i), '\0' }, h->c->builds[i]);
	if (i < h->c->build_count)
		(void)fprintf(h->f, "<div><dt>…</dt><dd>%zu more</dd></div>", h->c->build_count - i);
	(void)fputs("</dl>\n", h->f);
}

static void print_where(struct html *h, const struct cause_summary *s)
{
	size_t i, number;

	(void)fputs("<p class=\"where quiet\">In ", h->f);
	html_count(h->f, s->places);
	(void)fprintf(h->f, " place%s: ", plural(s->places));
	for (i = 0; i < s->count && i < 3; i++) {
		size_t space = s->findings[i].space_index;

		number = h->number[h->first[space] +
				   (size_t)(s->findings[i].finding - h->c->spaces[space]->findings)];
		if (number < h->findings_max)
			markup_printf(h->f, "%s<a href=\"#f%zu\"><bdi>%s</bdi></a>", i ? ", " : "", number,
				      space_title(s->findings[i].space));
		else
			markup_printf(h->f, "%s<bdi>%s</bdi>", i ? ", " : "",
				      space_title(s->findings[i].space));
	}
	if (i < s->count)
		(void)fprintf(h->f, " and %zu more", s->count - i);
	(void)fputs("</p>\n", h->f);
}

static void print_cause(struct html *h, const struct cause_summary *s)
{
	FILE *f = h->f;

	markup_printf(f, "<li class=\"card %s%s\" id=\"cause-%s\"><div class=\"weight\"><span class=\"n\">",
		      class_name(s->class), s->accepted == s->count ? " known" : "", s->cause->id);
	html_count(f, s->bytes);
	markup_printf(f,
		      "</span><span class=\"l\">%s byte%s</span><span class=\"level\" "
		      "title=\"%s\">%s</span></div>\n",
		      class_name(s->class), plural(s->bytes), html_level_meaning(s->level),
		      evidence_name(s->level));
	markup_printf(f, "<div class=\"body\"><h3>%s</h3><p class=\"ident\"><code>%s</code>", s->cause->title,
		      s->cause->id);
	if (s->cause->axis)
		markup_printf(f, " <span class=\"tag\">%s</span>", s->cause->axis);
	if (s->accepted == s->count)
		(void)fputs(" <span class=\"tag\">known</span>", f);
	(void)fputs("</p>\n", f);
	html_cause_evidence(f, s);
	html_fixes(f, s->cause);
	print_where(h, s);
	(void)fputs("</div></li>\n", f);
}

static void print_derived(FILE *f, const struct cause_summary *s, uint64_t most)
{
	size_t i;

	markup_printf(f, "<li id=\"derived-%s\"><code>%s</code><span class=\"num\">", s->cause->id,
		      s->cause->id);
	html_count(f, s->bytes);
	(void)fprintf(f,
		      "</span><svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" "
		      "aria-hidden=\"true\">"
		      "<rect class=\"derived\" width=\"%.1f\" height=\"10\"/></svg><span class=\"quiet\">",
		      4 + 996.0 * (double)s->bytes / (double)(most ? most : 1));
	for (i = 0; i < s->from_count; i++)
		markup_printf(f, "%s<a href=\"#cause-%s\">%s</a>", i ? ", " : "from ", s->from[i]->id,
			      s->from[i]->id);
	markup_printf(f, "%s%s</span></li>\n", s->from_count ? "; " : "", s->cause->title);
}

static void print_all_derived(struct html *h)
{
	uint64_t bytes = 0, most = 0;
	size_t i;

	for (i = 0; i < h->s->cause_count; i++) {
		const struct cause_summary *s = &h->s->causes[i];

		bytes += s->class == CLASS_DERIVED ? s->bytes : 0;
		if (s->class == CLASS_DERIVED && s->bytes > most)
			most = s->bytes;
	}
	if (bytes == 0)
		return;
	(void)fputs("<div class=\"follows\"><h3><span class=\"n\">", h->f);
	html_count(h->f, bytes);
	(void)fprintf(h->f, "</span> derived byte%s follow%s from these</h3>\n<ul>\n", plural(bytes),
		      bytes == 1 ? "s" : "");
	for (i = 0; i < h->s->cause_count; i++)
		if (h->s->causes[i].class == CLASS_DERIVED)
			print_derived(h->f, &h->s->causes[i], most);
	(void)fputs("</ul></div>\n", h->f);
}

static void print_causes(struct html *h)
{
	size_t i;

	if (h->s->cause_count == 0)
		return;
	(void)fputs("<section id=\"causes\"><h2>What to change</h2>\n<ol class=\"causes\">\n", h->f);
	for (i = 0; i < h->s->cause_count; i++)
		if (h->s->causes[i].class != CLASS_DERIVED)
			print_cause(h, &h->s->causes[i]);
	(void)fputs("</ol>\n", h->f);
	print_all_derived(h);
	(void)fputs("</section>\n", h->f);
}

static void print_entries(struct html *h)
{
	size_t i;

	if (h->c->entry_count == 0)
		return;
	(void)fputs("<section id=\"entries\"><h2>Directory entries</h2>\n<table "
		    "class=\"plain\"><thead><tr><th>Name</th>"
		    "<th>What</th><th>A</th><th>B</th><th>Cause</th></tr></thead><tbody>\n",
		    h->f);
	for (i = 0; i < h->c->entry_count && i < HTML_ENTRIES_MAX; i++) {
		const struct entry_difference *e = &h->c->entries[i];

		markup_printf(h->f,
			      "<tr><td><code><bdi>%s</bdi></code></td><td>%s</td><td><code>%s</code></td>"
			      "<td><code>%s</code></td><td>%s%s ",
			      e->name, e->what, e->a ? e->a : "", e->b ? e->b : "",
			      e->cause ? e->cause->id : "", entry_accepted(e) ? " (known)" : "");
		html_axes(h->f, e->axes);
		(void)fputs("</td></tr>\n", h->f);
	}
	(void)fputs("</tbody></table>\n", h->f);
	if (i < h->c->entry_count)
		(void)fprintf(h->f, "<p class=\"quiet\">%zu more are in the JSON report.</p>\n",
			      h->c->entry_count - i);
	(void)fputs("</section>\n", h->f);
}

static size_t outcome_of(const struct clustering *k, unsigned build)
{
	size_t i, j;

	for (i = 0; i < k->cluster_count; i++)
		for (j = 0; j < k->clusters[i].build_count; j++)
			if (k->clusters[i].builds[j] == build)
				return i;
	return k->cluster_count;
}

/* A matrix: files down, builds across; the same number is the same outcome. */
static void print_clusters(struct html *h)
{
	unsigned b, builds = h->c->build_count < 26 ? (unsigned)h->c->build_count : 26;
	size_t i, outcome;

	if (h->c->clustering_count == 0)
		return;
	(void)fputs("<section id=\"clusters\"><h2>Outcomes over the builds</h2>\n<table class=\"plain "
		    "matrix\"><thead><tr>"
		    "<th>File</th>",
		    h->f);
	for (b = 0; b < builds; b++)
		(void)fprintf(h->f, "<th>%c</th>", 'A' + (int)b);
	(void)fputs("<th>Outcomes</th></tr></thead><tbody>\n", h->f);
	for (i = 0; i < h->c->clustering_count && i < HTML_ENTRIES_MAX; i++) {
		const struct clustering *k = &h->c->clusterings[i];

		markup_printf(h->f, "<tr><td><code><bdi>%s</bdi></code></td>", k->name);
		for (b = 0; b < builds; b++) {
			outcome = outcome_of(k, b);
			if (outcome < k->cluster_count)
				(void)fprintf(h->f, "<td class=\"o%zu\">%zu</td>", outcome % 6, outcome + 1);
			else
				(void)fputs("<td class=\"quiet\">–</td>", h->f);
		}
		(void)fprintf(h->f, "<td>%zu%s</td></tr>\n", k->cluster_count,
			      k->always_different ? ", always different" : "");
	}
	(void)fputs("</tbody></table></section>\n", h->f);
}

static void print_note(FILE *f, const struct space *s, const char *note, bool first)
{
	if (first)
		(void)fputs("<section id=\"notes\"><h2>Notes</h2>\n<ul class=\"notes\">\n", f);
	markup_printf(f, "<li><code><bdi>%s</bdi></code> %s</li>\n", space_title(s), note);
}

static void print_notes(struct html *h)
{
	size_t i, k, seen = 0;

	for (i = 0; i < h->c->space_count; i++)
		for (k = 0; k < h->c->spaces[i]->note_count && seen < HTML_NOTES_MAX; k++)
			print_note(h->f, h->c->spaces[i], h->c->spaces[i]->notes[k], seen++ == 0);
	if (seen > 0)
		(void)fputs("</ul></section>\n", h->f);
}

static void print_legend(FILE *f)
{
	(void)fputs(
		"<p class=\"legend\"><span class=\"key same\">same</span><span class=\"key "
		"primary\">primary</span>"
		"<span class=\"key derived\">derived</span><span class=\"key unexplained\">unexplained</span>"
		"<span class=\"quiet\">stronger squares hold more differing bytes</span></p>\n",
		f);
}

static void print_files(struct html *h)
{
	if (h->s->files_differing + h->s->files_in_trouble == 0)
		return;
	(void)fputs("<section id=\"files\"><h2>Where the bytes are</h2>\n", h->f);
	print_legend(h->f);
	html_files(h);
	if (h->c->files_same > 0) {
		(void)fputs("<p class=\"quiet\">", h->f);
		html_count(h->f, h->c->files_same);
		(void)fprintf(h->f, " other file%s the same.</p>\n", h->c->files_same == 1 ? " is" : "s are");
	}
	(void)fputs("</section>\n", h->f);
}

static void print_findings(struct html *h)
{
	if (h->s->finding_count == 0)
		return;
	(void)fputs("<section id=\"findings\"><h2>Findings</h2>\n<div class=\"switches\" role=\"group\" "
		    "aria-label=\"Classes shown\">"
		    "<button type=\"button\" class=\"switch primary\" aria-pressed=\"true\" "
		    "data-class=\"primary\">primary</button>"
		    "<button type=\"button\" class=\"switch unexplained\" aria-pressed=\"true\" "
		    "data-class=\"unexplained\">"
		    "unexplained</button>"
		    "<button type=\"button\" class=\"switch derived\" aria-pressed=\"true\" "
		    "data-class=\"derived\">derived</button>",
		    h->f);
	html_axis_switches(h);
	(void)fputs("<span id=\"shown\" class=\"quiet\" role=\"status\"></span></div>\n", h->f);
	html_findings(h);
	(void)fputs("</section>\n", h->f);
}

static void print_foot(struct html *h)
{
	const struct page_assets assets = assets_of();
	const struct totals *t = &h->c->totals;
	size_t i;

	(void)fputs("</main>\n<footer><p>totals: ", h->f);
	html_count(h->f, t->by_class[CLASS_PRIMARY]);
	(void)fputs(" primary + ", h->f);
	html_count(h->f, t->by_class[CLASS_DERIVED]);
	(void)fputs(" derived + ", h->f);
	html_count(h->f, t->by_class[CLASS_UNEXPLAINED]);
	(void)fputs(" unexplained = ", h->f);
	html_count(h->f, t->differing);
	(void)fputs(" differing bytes (as cmp counts). Bytes of contents inside containers are counted in "
		    "their own "
		    "container.</p>\n",
		    h->f);
	if (h->o->command_count > 0) {
		(void)fputs("<p><code>", h->f);
		for (i = 0; i < h->o->command_count; i++)
			markup_printf(h->f, "%s%s", i ? " " : "", h->o->command[i]);
		(void)fputs("</code></p>\n", h->f);
	}
	markup_printf(h->f,
		      "<p>reprocheck %s. This page loads nothing from a network.</p></footer>\n",
		      h->o->version ? h->o->version : "");
	page_script(h->f, &assets);
	(void)fputs("</body>\n</html>\n", h->f);
}

/* Findings are numbered as the table lists them; the tree asks by space. */
static int number_findings(struct html *h)
{
	size_t i, k, n = 0;

	h->first = calloc(h->c->space_count + 1, sizeof(*h->first));
	h->number = calloc(h->s->finding_count + 1, sizeof(*h->number));
	if (!h->first || !h->number)
		return -ENOMEM;
	for (i = 0; i < h->c->space_count; i++)
		h->first[i + 1] = h->first[i] + h->c->spaces[i]->finding_count;
	for (i = 0; i < h->s->cause_count; i++)
		for (k = 0; k < h->s->causes[i].count; k++) {
			const struct ranked_finding *r = &h->s->causes[i].findings[k];

			h->number[h->first[r->space_index] + (size_t)(r->finding - r->space->findings)] = n++;
		}
	return 0;
}

/* The file with most primary bytes that has a map, as the page's picture. */
static void print_portrait(struct html *h)
{
	const struct space *s, *best = NULL;
	size_t i, index = 0;

	for (i = 0; i < h->c->space_count; i++) {
		s = h->c->spaces[i];
		if (s->depth > 0 || !s->map || s->map->cells == 0)
			continue;
		if (!best || s->totals.by_class[CLASS_PRIMARY] > best->totals.by_class[CLASS_PRIMARY]) {
			best = s;
			index = i;
		}
	}
	if (!best)
		return;
	(void)fputs("<figure class=\"map portrait\">", h->f);
	html_map(h, index, PORTRAIT_COLUMNS);
	markup_printf(h->f, "<figcaption><a href=\"#s%zu\"><bdi>%s</bdi></a></figcaption></figure>\n", index,
		      space_title(best));
}

static int print_page(struct html *h)
{
	int r = print_head(h);

	if (r < 0)
		return r;
	print_top(h->f, h->c->experiment);
	(void)fputs("<section class=\"verdict\">\n<div class=\"said\">", h->f);
	print_verdict(h);
	print_lede(h);
	print_builds(h);
	print_equation(h->f, &h->c->totals);
	(void)fputs("</div>\n", h->f);
	print_portrait(h);
	html_bar(h->f, &h->c->totals);
	(void)fputs("</section>\n", h->f);
	print_causes(h);
	if (h->c->experiment)
		html_experiment(h);
	print_clusters(h);
	print_entries(h);
	print_files(h);
	print_findings(h);
	print_notes(h);
	print_foot(h);
	return fflush(h->f) != 0 || ferror(h->f) ? -EIO : 0;
}

static void release_html(struct html *h)
{
	free(h->first);
	free(h->number);
}

int report_html(FILE *f, const struct comparison *c, const struct report_options *o)
{
	CLEANUP(summary_release) struct summary s = { 0 };
	CLEANUP(release_html)
	struct html h = { .f = f,
			  .c = c,
			  .o = o,
			  .s = &s,
			  .findings_max = HTML_FINDINGS_MAX,
			  .places_left = HTML_PLACES_TOTAL,
			  .maps_left = HTML_MAPS_MAX };
	int r = summary_make(c, &s);

	if (r == 0)
		r = number_findings(&h);
	if (r < 0)
		return r;
	if (o->max_findings && o->max_findings < h.findings_max)
		h.findings_max = (size_t)o->max_findings;
	return print_page(&h);
}
