/* SPDX-License-Identifier: Apache-2.0 */
/* plan_html.c: the list as one page; it works without script. */
#include "depgraph/report/plan.h"

#include "base/markup.h"
#include "base/page.h"
#include "base/terminal.h"
#include "depgraph/report/html_assets.h"

#include <errno.h>
#include <stdlib.h>

#define SECTIONS_SHOWN 200

static void put_row(FILE *f, const char *term, const char *text)
{
	if (text && *text)
		markup_printf(f, "<dt>%s</dt><dd><pre>%s</pre></dd>\n", term, text);
}

static void put_sections(FILE *f, const struct suggestion *g)
{
	size_t i, shown = g->section_count < SECTIONS_SHOWN ? g->section_count : SECTIONS_SHOWN;
	char bytes[32];

	if (!shown)
		return;
	markup_printf(f, "<details><summary>%zu sections</summary><table>", g->section_count);
	for (i = 0; i < shown; i++)
		markup_printf(f, "<tr><td class=\"num\">%s</td><td class=\"mono\">%s</td><td class=\"mono\">%s</td></tr>\n",
			      format_count(g->sections[i].bytes ? g->sections[i].bytes : g->sections[i].loaded, bytes),
			      g->sections[i].object, g->sections[i].section);
	(void)fputs("</table>", f);
	if (shown < g->section_count)
		markup_printf(f, "<p class=\"quiet\">%zu more are in the JSON plan.</p>", g->section_count - shown);
	(void)fputs("</details>", f);
}

static void put_suggestion(FILE *f, const struct suggestion *g)
{
	const char *level = evidence_level_name(g->evidence);
	char bytes[32], extra[32];

	markup_printf(f,
		      "<details class=\"suggestion\" id=\"%s\"><summary><b>%s</b><span class=\"level %s\">%s</span><span>%s</span>"
		      "<span class=\"subject\">%s</span></summary><div><dl>\n",
		      g->id, format_size(g->bytes ? g->bytes : g->loaded, bytes), level, level,
		      suggestion_kind_name(g->kind), g->subject);
	markup_printf(f, "<dt>Why</dt><dd>%s</dd>", g->because);
	if (g->risk)
		markup_printf(f, "<dt>But</dt><dd>%s</dd>", g->risk);
	put_row(f, "Edit", g->edit);
	put_row(f, "Verify", g->verify);
	put_row(f, "buildozer", g->buildozer);
	put_row(f, "Patch", g->patch);
	markup_printf(f, "</dl><p class=\"quiet\">%s bytes in the file", format_count(g->bytes, bytes));
	markup_printf(f, ", %s when loaded; not counted for another suggestion: %s.</p>", format_count(g->loaded, bytes),
		      format_count(g->additional, extra));
	put_sections(f, g);
	(void)fputs("</div></details>\n", f);
}

static void put_body(FILE *f, const struct prune *p, const struct plan_options *o, const char *title)
{
	const struct suggestions *l = &p->found;
	size_t i, shown = o->limit && o->limit < l->count ? o->limit : l->count;
	char all[32], proved[32], loaded[32];

	markup_printf(f, "<body><header><h1>%s</h1>", title);
	markup_printf(f,
		      "<p>Doing all %zu would save <b>%s</b> in the file and %s when loaded; %s of it is <span "
		      "class=\"proved\">proved</span>. No byte is counted twice.</p></header><main>\n",
		      l->count, format_size(l->bytes_if_all, all), format_size(l->loaded_if_all, loaded),
		      format_size(l->bytes_by_level[EVIDENCE_PROVED], proved));
	for (i = 0; i < shown; i++)
		put_suggestion(f, l->items[i]);
	if (shown < l->count)
		markup_printf(f, "<p class=\"quiet\">%zu more are in the JSON plan.</p>\n", l->count - shown);
	for (i = 0; i < p->note_count; i++)
		markup_printf(f, "<p class=\"quiet\">%s</p>\n", p->notes[i].text);
	markup_printf(f, "</main><footer><p class=\"quiet\">depgraph %s</p></footer>\n", o->version ? o->version : "");
}

int plan_html(FILE *f, const struct prune *p, const struct plan_options *o)
{
	const struct page_assets assets = { depgraph_html_style, depgraph_html_style_size, depgraph_html_script,
					    depgraph_html_script_size };
	const struct input *output = inputs_output(p->in);
	AUTO_FREE char *title = NULL;
	int r;

	if (asprintf(&title, "depgraph prune: %s", output ? output->path : p->in->count ? p->in->items[0].path : "") < 0)
		return -ENOMEM;
	r = page_head(f, &assets, title);
	if (r < 0)
		return r;
	put_body(f, p, o, title);
	page_script(f, &assets);
	(void)fputs("</body>\n</html>\n", f);
	return fflush(f) != 0 || ferror(f) ? -EIO : 0;
}
