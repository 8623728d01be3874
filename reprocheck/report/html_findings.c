/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of findings: one <tbody> each, so that sorting moves a finding with
 * its explanation and places.
 */
#include "reprocheck/report/html.h"

#include "base/cleanup.h"
#include "base/markup.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* "de ad be ef ...": bytes without text are given in hexadecimal. */
static bool is_hex(const char *s, uint64_t len)
{
	uint64_t n = 0;

	while (isxdigit((unsigned char)s[0]) && isxdigit((unsigned char)s[1])) {
		s += 2;
		n++;
		if (*s != ' ')
			break;
		s++;
	}
	return n == (len < 32 ? len : 32) && n > 0 && (*s == '\0' || strcmp(s, "...") == 0);
}

/* Bytes that are not the same at the same position stand out. */
static void print_hex(FILE *f, const char *s, const char *other)
{
	bool marked = false, differs;

	for (; *s && *s != '.'; s += 2 + (s[2] == ' ')) {
		bool has = other && *other && *other != '.';

		differs = other && (!has || strncmp(s, other, 2) != 0);
		if (marked && !differs)
			(void)fputs("</mark>", f);
		if (!marked && differs)
			(void)fputs("<mark>", f);
		marked = differs;
		(void)fprintf(f, "%.2s ", s);
		if (has)
			other += 2 + (other[2] == ' ');
	}
	(void)fprintf(f, "%s%s", marked ? "</mark>" : "", s);
}

static void print_text(FILE *f, const char *s, const char *other)
{
	struct shared_ends shared = { 0 };
	size_t len = strlen(s);

	if (!other) {
		markup_text(f, s);
		return;
	}
	shared = shared_ends(s, other);
	markup_bytes(f, s, shared.prefix);
	(void)fputs("<mark>", f);
	markup_bytes(f, s + shared.prefix, len - shared.prefix - shared.suffix);
	(void)fputs("</mark>", f);
	markup_bytes(f, s + len - shared.suffix, shared.suffix);
}

static void print_side(FILE *f, char name, const char *s, const char *other, bool hex, const char *context)
{
	(void)fprintf(f, "<div class=\"side %c\"><b>%c</b>", name, name - 'a' + 'A');
	if (s) {
		(void)fprintf(f, "<code class=\"%s\">", hex ? "hex" : "text");
		if (hex)
			print_hex(f, s, other);
		else
			print_text(f, s, other);
		(void)fputs("</code>", f);
	} else {
		(void)fputs("<code class=\"nothing\">nothing here</code>", f);
	}
	if (context)
		markup_printf(f, "<pre>%s</pre>", context);
	(void)fputs("</div>", f);
}

static void print_sides(FILE *f, const struct place *p)
{
	bool hex = (!p->a_text || is_hex(p->a_text, p->a_len)) && (!p->b_text || is_hex(p->b_text, p->b_len));

	if (!p->a_text && !p->b_text && !p->a_context && !p->b_context)
		return;
	(void)fputs("<div class=\"sides\">", f);
	print_side(f, 'a', p->a_text, p->b_text, hex, p->a_context);
	print_side(f, 'b', p->b_text, p->a_text, hex, p->b_context);
	(void)fputs("</div>\n", f);
}

static void print_extent(FILE *f, const struct place *p)
{
	(void)fprintf(f, "0x%llx", (unsigned long long)p->a_off);
	if (p->a_off != p->b_off)
		(void)fprintf(f, " <span class=\"quiet\">(B: 0x%llx)</span>", (unsigned long long)p->b_off);
	(void)fputs(" · ", f);
	html_count(f, p->a_len);
	if (p->a_len != p->b_len) {
		(void)fputs(" → ", f);
		html_count(f, p->b_len);
	}
	(void)fprintf(f, " byte%s", p->a_len == p->b_len ? plural(p->a_len) : "s");
}

static void print_place(FILE *f, const struct ranked_finding *r, const struct place *p)
{
	AUTO_FREE char *path = place_full_path(r->space, p);

	(void)fprintf(f,
		      "<li data-space=\"%zu\" data-a=\"%llu,%llu\" data-b=\"%llu,%llu\"><div class=\"at\">",
		      r->space_index, (unsigned long long)p->a_off, (unsigned long long)p->a_len,
		      (unsigned long long)p->b_off, (unsigned long long)p->b_len);
	markup_printf(f, "<code class=\"path\"><bdi>%s</bdi></code> <span class=\"extent\">",
		      path ? path : "?");
	print_extent(f, p);
	(void)fputs("</span>", f);
	if (p->symbol)
		markup_printf(f, " <code class=\"symbol\">%s</code>", p->symbol);
	if (p->source)
		markup_printf(f, " <code class=\"source\">%s</code>", p->source);
	(void)fputs("</div>", f);
	if (p->detail)
		markup_printf(f, "<p class=\"what\">%s</p>", p->detail);
	print_sides(f, p);
	(void)fputs("</li>\n", f);
}

static void print_places(struct html *h, const struct ranked_finding *r)
{
	const struct finding *n = r->finding;
	size_t i;

	(void)fputs("<ol class=\"places\">\n", h->f);
	for (i = 0; i < n->places_kept && i < HTML_PLACES_MAX && h->places_left > 0; i++, h->places_left--)
		print_place(h->f, r, &n->places[i]);
	(void)fputs("</ol>\n", h->f);
	if (i < n->place_count) {
		(void)fputs("<p class=\"quiet\">", h->f);
		html_count(h->f, n->place_count - i);
		(void)fprintf(h->f, " more place%s</p>\n", plural(n->place_count - i));
	}
}

static void print_from(FILE *f, const struct finding *n)
{
	size_t i;

	if (n->from_count == 0)
		return;
	(void)fputs("<p class=\"from\">Follows from", f);
	for (i = 0; i < n->from_count; i++)
		markup_printf(f, "%s <a href=\"#cause-%s\">%s</a>", i ? "," : "", n->from[i]->id,
			      n->from[i]->id);
	(void)fputs(".</p>\n", f);
}

static void print_row(FILE *f, size_t number, const struct ranked_finding *r)
{
	const struct finding *n = r->finding;

	(void)fputs("<tr class=\"row\"><td class=\"num bytes\">", f);
	html_count(f, n->bytes);
	markup_printf(f, "</td><td><span class=\"chip %s\">%s</span></td>", class_name(n->class),
		      class_name(n->class));
	markup_printf(f,
		      "<td class=\"cause\"><button type=\"button\" class=\"toggle\" aria-expanded=\"true\" "
		      "aria-controls=\"d%zu\">%s</button><span>%s</span>",
		      number, n->cause->id, n->cause->title);
	if (finding_accepted(n))
		(void)fputs(" <span class=\"tag\">known</span>", f);
	html_axes(f, n->axes);
	markup_printf(f, "</td><td><span class=\"level\" title=\"%s\">%s</span>",
		      html_level_meaning(n->level), evidence_name(n->level));
	html_badge(f, n->level == LEVEL_PROVED ? NULL : n->proof); /* the level says it already */
	(void)fputs("</td>", f);
	markup_printf(f, "<td class=\"where\"><a href=\"#s%zu\"><bdi>%s</bdi></a>", r->space_index,
		      space_title(r->space));
	if (n->places_kept && n->places[0].path && n->places[0].path[0])
		markup_printf(f, "<span><bdi>%s</bdi>%s</span>", n->places[0].path,
			      n->place_count > 1 ? " …" : "");
	(void)fputs("</td><td class=\"num\">", f);
	html_count(f, n->place_count);
	(void)fputs("</td></tr>\n", f);
}

/* What the page's switches ask for. */
static void print_axes_data(FILE *f, axis_set axes)
{
	unsigned i;

	if (axes)
		(void)fputs(" data-axes=\"", f);
	for (i = 0; i < AXIS_SET_SIZE; i++)
		if (axes & AXIS_BIT(i))
			(void)fprintf(f, "%s ", axis_id(i));
	(void)fputs(axes ? "\">\n" : ">\n", f);
}

static void print_finding(struct html *h, size_t number, const struct ranked_finding *r)
{
	const struct finding *n = r->finding;

	markup_printf(h->f,
		      "<tbody id=\"f%zu\" class=\"finding %s%s\" data-class=\"%s\" data-bytes=\"%llu\" "
		      "data-places=\"%llu\" data-cause=\"%s\" data-level=\"%d\" data-where=\"%s\"",
		      number, class_name(n->class), finding_accepted(n) ? " known" : "", class_name(n->class),
		      (unsigned long long)n->bytes, (unsigned long long)n->place_count, n->cause->id,
		      (int)n->level, space_title(r->space));
	print_axes_data(h->f, n->axes);
	print_row(h->f, number, r);
	(void)fprintf(h->f, "<tr class=\"detail\" id=\"d%zu\"><td colspan=\"6\">\n", number);
	html_proof(h->f, n->proof);
	html_asker(h->f, n);
	html_fixes(h->f, n->cause);
	print_from(h->f, n);
	print_places(h, r);
	markup_printf(h->f, "<p class=\"id quiet\">id <code>%s</code></p>\n</td></tr></tbody>\n", n->id);
}

static void print_head(FILE *f)
{
	static const struct {
		const char *key, *title, *class;
	} columns[] = {
		{ "bytes", "Bytes", "num" }, { "class", "Class", "" }, { "cause", "Cause", "" },
		{ "level", "Evidence", "" }, { "where", "Where", "" }, { "places", "Places", "num" },
	};
	size_t i;

	(void)fputs("<table class=\"findings\"><caption class=\"hidden\">Findings, one a row; the row's "
		    "button shows its "
		    "places</caption>\n<thead><tr>",
		    f);
	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		(void)fprintf(f,
			      "<th scope=\"col\" class=\"%s\"><button type=\"button\" "
			      "data-sort=\"%s\">%s</button></th>",
			      columns[i].class, columns[i].key, columns[i].title);
	(void)fputs("</tr></thead>\n", f);
}

void html_findings(struct html *h)
{
	size_t i, k, number = 0;

	print_head(h->f);
	for (i = 0; i < h->s->cause_count; i++)
		for (k = 0; k < h->s->causes[i].count; k++, number++)
			if (number < h->findings_max)
				print_finding(h, number, &h->s->causes[i].findings[k]);
	(void)fputs("</table>\n<p class=\"empty\" hidden>Nothing matches the filter.</p>\n", h->f);
	if (number > h->findings_max)
		(void)fprintf(h->f, "<p class=\"quiet\">%zu more findings are in the JSON report.</p>\n",
			      number - h->findings_max);
}
