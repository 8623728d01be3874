/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of files and containers, each with its byte map: the space cut in
 * equal cells, drawn as squares in reading order.  Same cells are one pattern
 * behind; only cells that differ are drawn, gathered in one path a class and
 * density, so a map costs at most some 30 KB.  A cell with several classes is
 * shared between them in vertical bands, primary first, so that one primary
 * byte among thousands of derived ones still shows.
 */
#include "reprocheck/report/html.h"

#include "base/markup.h"

#include <stdbool.h>
#include <string.h>

#define MAP_WIDTH  1024
#define COLUMNS    128
#define LEVELS     3
#define LIST_MAX   50 /* findings listed below one map */
#define OPEN_FIRST 2

static const enum byte_class band_order[CLASS_COUNT] = { CLASS_PRIMARY, CLASS_UNEXPLAINED, CLASS_DERIVED };

struct grid {
	const struct byte_map *map;
	unsigned columns, pitch, rows;
};

/* Small files get large squares; `most` is the number of columns of a full map. */
static struct grid grid_of(const struct byte_map *map, unsigned most)
{
	struct grid g = { .map = map, .columns = map->cells <= 256 ? most / 2 : most };

	g.pitch = MAP_WIDTH / g.columns;
	g.rows = (map->cells + g.columns - 1) / g.columns;
	return g;
}

static unsigned density(const struct byte_map *m, unsigned cell, enum byte_class class)
{
	uint64_t n = m->counts[cell][class];

	if (n * 50 <= m->cell_size)
		return 0;
	return n * 4 <= m->cell_size ? 1 : 2;
}

static void draw_band(FILE *f, const struct grid *g, unsigned cell, enum byte_class class)
{
	const uint32_t *counts = g->map->counts[cell];
	unsigned i, bands = 0, band = 0, side = g->pitch - g->pitch / 8, left, right;

	for (i = 0; i < CLASS_COUNT; i++) {
		if (band_order[i] == class)
			band = bands;
		bands += counts[band_order[i]] > 0;
	}
	left = side * band / bands;
	right = side * (band + 1) / bands;
	(void)fprintf(f, "M%u %uh%uv%uh-%uz", cell % g->columns * g->pitch + left,
		      cell / g->columns * g->pitch, right - left, side, right - left);
}

static void draw_class(FILE *f, const struct grid *g, enum byte_class class, unsigned level)
{
	bool any = false;
	unsigned i;

	for (i = 0; i < g->map->cells; i++) {
		if (g->map->counts[i][class] == 0 || density(g->map, i, class) != level)
			continue;
		if (!any)
			(void)fprintf(f, "<path class=\"%s l%u\" d=\"", class_name(class), level);
		any = true;
		draw_band(f, g, i, class);
	}
	if (any)
		(void)fputs("\"/>", f);
}

/* The cells that are there: full rows, and the begun last one. */
static void draw_ground(FILE *f, const struct grid *g)
{
	unsigned full = g->map->cells / g->columns, rest = g->map->cells % g->columns;

	if (full)
		(void)fprintf(f, "<rect fill=\"url(#same%u)\" width=\"%u\" height=\"%u\"/>", g->pitch,
			      MAP_WIDTH, full * g->pitch);
	if (rest)
		(void)fprintf(f, "<rect fill=\"url(#same%u)\" y=\"%u\" width=\"%u\" height=\"%u\"/>",
			      g->pitch, full * g->pitch, rest * g->pitch, g->pitch);
}

static unsigned cells_with(const struct byte_map *m, enum byte_class class)
{
	unsigned i, n = 0;

	for (i = 0; i < m->cells; i++)
		n += m->counts[i][class] > 0;
	return n;
}

/* What the script answers from: "cell,primary,derived,unexplained;..." */
static void print_cells(FILE *f, const struct byte_map *m)
{
	unsigned i;

	for (i = 0; i < m->cells; i++) {
		const uint32_t *n = m->counts[i];

		if (n[CLASS_PRIMARY] || n[CLASS_DERIVED] || n[CLASS_UNEXPLAINED])
			(void)fprintf(f, "%u,%u,%u,%u;", i, n[CLASS_PRIMARY], n[CLASS_DERIVED],
				      n[CLASS_UNEXPLAINED]);
	}
}

/* Tells what the picture shows, to those who do not see it too. */
static void print_title(FILE *f, const struct space *s)
{
	markup_printf(
		f,
		"<title>Byte map of %s: of %u squares, %u hold primary, %u derived and %u unexplained bytes"
		"</title>",
		space_title(s), s->map->cells, cells_with(s->map, CLASS_PRIMARY),
		cells_with(s->map, CLASS_DERIVED), cells_with(s->map, CLASS_UNEXPLAINED));
}

void html_map(struct html *h, size_t index, unsigned columns)
{
	const struct space *s = h->c->spaces[index];
	struct grid g = grid_of(s->map, columns);
	unsigned i, level;
	FILE *f = h->f;

	(void)fprintf(f,
		      "<svg viewBox=\"0 0 %u %u\" role=\"img\" data-space=\"%zu\" data-columns=\"%u\" "
		      "data-cell=\"%llu\" "
		      "data-cells=\"",
		      MAP_WIDTH, g.rows * g.pitch, index, g.columns, (unsigned long long)s->map->cell_size);
	print_cells(f, s->map);
	(void)fputs("\">", f);
	print_title(f, s);
	draw_ground(f, &g);
	for (i = 0; i < CLASS_COUNT; i++)
		for (level = 0; level < LEVELS; level++)
			draw_class(f, &g, band_order[i], level);
	(void)fputs("</svg>", f);
}

static void print_map(struct html *h, size_t index)
{
	const struct totals *t = &h->c->spaces[index]->totals;
	uint64_t cell = h->c->spaces[index]->map->cell_size;

	(void)fputs("<figure class=\"map\">", h->f);
	html_map(h, index, COLUMNS);
	(void)fputs("<figcaption><span>0x0</span><span>one square = ", h->f);
	html_count(h->f, cell);
	(void)fprintf(h->f, " byte%s</span><span>0x%llx</span></figcaption></figure>\n", plural(cell),
		      (unsigned long long)(t->a_size > t->b_size ? t->a_size : t->b_size));
}

static void print_finding_link(struct html *h, size_t space, size_t i)
{
	const struct finding *n = &h->c->spaces[space]->findings[i];
	size_t number = h->number[h->first[space] + i];

	markup_printf(h->f, "<li class=\"%s\"><span class=\"num\">", class_name(n->class));
	html_count(h->f, n->bytes);
	(void)fputs("</span> ", h->f);
	if (number < h->findings_max)
		markup_printf(h->f, "<a href=\"#f%zu\">%s</a>", number, n->cause->id);
	else
		markup_text(h->f, n->cause->id);
	if (n->detail)
		markup_printf(h->f, " <span class=\"quiet\">%s</span>", n->detail);
	else if (n->from_count > 0)
		markup_printf(h->f, " <span class=\"quiet\">from %s</span>", n->from[0]->id);
	else if (n->places_kept && n->places[0].path && n->places[0].path[0])
		markup_printf(h->f, " <span class=\"quiet\">%s</span>", n->places[0].path);
	(void)fputs("</li>\n", h->f);
}

static void print_finding_links(struct html *h, size_t index)
{
	const struct space *s = h->c->spaces[index];
	size_t i;

	if (s->finding_count == 0)
		return;
	(void)fputs("<ul class=\"in-file\">\n", h->f);
	for (i = 0; i < s->finding_count && i < LIST_MAX; i++)
		print_finding_link(h, index, i);
	if (i < s->finding_count)
		(void)fprintf(h->f, "<li class=\"quiet\">and %zu more</li>\n", s->finding_count - i);
	(void)fputs("</ul>\n", h->f);
}

static void print_counts(FILE *f, const struct totals *t)
{
	static const enum byte_class order[] = { CLASS_PRIMARY, CLASS_DERIVED, CLASS_UNEXPLAINED };
	size_t i;

	(void)fputs("<span class=\"counts\">", f);
	for (i = 0; i < CLASS_COUNT; i++) {
		uint64_t n = t->by_class[order[i]];

		(void)fprintf(f, "<span class=\"%s%s\" title=\"%s bytes\">", class_name(order[i]),
			      n ? "" : " none", class_name(order[i]));
		html_count(f, n);
		(void)fprintf(f, "<i> %s</i></span>", class_name(order[i]));
	}
	(void)fputs("</span>", f);
}

static void print_status(struct html *h, const struct space *s)
{
	switch (s->status) {
	case SPACE_ONLY_A: (void)fputs("<span class=\"status\">only in A</span>", h->f); break;
	case SPACE_ONLY_B: (void)fputs("<span class=\"status\">only in B</span>", h->f); break;
	case SPACE_TROUBLE: (void)fputs("<span class=\"status bad\">not compared</span>", h->f); break;
	default: html_bar(h->f, &s->totals); print_counts(h->f, &s->totals);
	}
}

static void print_sizes(FILE *f, const struct totals *t)
{
	(void)fputs("<p class=\"sizes quiet\">", f);
	html_count(f, t->differing);
	(void)fprintf(f, " differing byte%s of ", plural(t->differing));
	html_count(f, t->a_size);
	if (t->a_size != t->b_size) {
		(void)fputs(" in A and ", f);
		html_count(f, t->b_size);
		(void)fputs(" in B", f);
	}
	(void)fputs("</p>\n", f);
}

static void open_space(struct html *h, size_t index, bool open)
{
	const struct space *s = h->c->spaces[index];

	markup_printf(h->f, "<details class=\"space\" id=\"s%zu\"%s><summary><span class=\"name\">", index,
		      open ? " open" : "");
	markup_printf(h->f, "<bdi>%s</bdi>", space_short_name(s));
	if (s->format && s->format[0])
		markup_printf(h->f, " <span class=\"tag\">%s</span>", s->format);
	(void)fputs("</span>", h->f);
	print_status(h, s);
	(void)fputs("</summary>\n<div class=\"inside\">\n", h->f);
	if (s->trouble)
		markup_printf(h->f, "<p class=\"trouble\">%s</p>\n", s->trouble);
	print_sizes(h->f, &s->totals);
	if (s->map && s->map->cells > 0 && h->maps_left > 0) {
		h->maps_left--;
		print_map(h, index);
	}
	print_finding_links(h, index);
}

static bool is_listed(const struct space *s)
{
	return s->status != SPACE_SAME;
}

/* Spaces come depth first: close what is not an ancestor of the next one. */
void html_files(struct html *h)
{
	size_t i, listed = 0, left_out = 0, roots = 0;
	unsigned open = 0;

	for (i = 0; i < h->c->space_count; i++) {
		const struct space *s = h->c->spaces[i];

		if (!is_listed(s))
			continue;
		if (listed == HTML_SPACES_MAX) {
			left_out++;
			continue;
		}
		for (; open > s->depth; open--)
			(void)fputs("</div></details>\n", h->f);
		roots += s->depth == 0;
		open_space(h, i, roots <= OPEN_FIRST);
		open++;
		listed++;
	}
	for (; open > 0; open--)
		(void)fputs("</div></details>\n", h->f);
	if (left_out)
		(void)fprintf(h->f, "<p class=\"quiet\">%zu more are in the JSON report.</p>\n", left_out);
}
