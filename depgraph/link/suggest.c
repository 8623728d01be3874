/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suggest.c: what the link would drop, as suggestions.
 *
 * The edit is one flag, so there is one suggestion of dead sections, which
 * lists all of them.  An object of which nothing is reached is one of
 * its own, because it can also be left off the link line, or its reason looked for; its
 * bytes are the same bytes and are counted once.
 */
#include "depgraph/link/suggest.h"

#include "depgraph/link/line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- claims ---------------------------------------------------------------------------------------------------------- */

static void claim_output_section(struct suggesting *g, struct suggestion *s, uint32_t header, uint64_t bytes)
{
	const struct elf_file *f = g->l->output->elf;
	const struct elf_file_section *h = &f->sections[header];
	bool alloc = h->flags & SHF_ALLOC;

	if (header && bytes && h->size_in_file)
		suggestion_claim(&g->p->found, s, g->file_space, h->off, h->size_in_file,
				 bytes < h->size_in_file ? bytes : h->size_in_file, alloc ? bytes : 0);
}

/* What goes with dead sections: a part of each of these tables. */
static void claim_tables(struct suggesting *g, struct suggestion *s)
{
	const struct elf_file *f = g->l->output->elf;
	const struct link_prediction *p = &g->prediction;
	uint32_t names = f->symtab ? f->sections[f->symtab].link : 0, relocations = elf_file_section_named(f, ".rela.dyn");

	claim_output_section(g, s, f->symtab, p->symbols);
	claim_output_section(g, s, names < f->section_count ? names : 0, p->names);
	claim_output_section(g, s, elf_file_section_named(f, ".eh_frame"), p->unwind);
	claim_output_section(g, s, elf_file_section_named(f, ".eh_frame_hdr"), p->unwind_index);
	claim_output_section(g, s, relocations ? relocations : elf_file_section_named(f, ".rel.dyn"), p->relocations);
	if (p->merged)
		suggestion_claim(&g->p->found, s, suggestions_space(&g->p->found, "merged strings"), 0, p->merged, p->merged,
				 p->merged);
}

/* Headers, imports, alignment: what the new layout saves beyond all that was claimed one by one. */
static void claim_rest(struct suggesting *g, struct suggestion *s)
{
	uint64_t claimed = 0, saved = g->l->output->elf->size - g->prediction.file_size;
	size_t i;

	for (i = 0; i < s->claim_count; i++)
		claimed += s->claims[i].bytes;
	if (saved > claimed)
		suggestion_claim(&g->p->found, s, suggestions_space(&g->p->found, "headers, imports and alignment"), 0,
				 saved - claimed, saved - claimed, 0);
}

/* A section without a place in the output is a range of its own. */
static void claim_section(struct suggesting *g, struct suggestion *s, uint32_t number)
{
	const struct link_section *k = &g->l->sections[number];
	const struct elf_file_section *h = link_header(g->l, k);
	bool alloc = h->flags & SHF_ALLOC;

	if (k->merged && g->l->output)
		return; /* a part of "merged strings" */
	if (h->type == SHT_NOBITS)
		suggestion_claim(&g->p->found, s, g->memory_space, g->base[number], k->size, 0, alloc ? k->size : 0);
	else if (k->out_off != UINT64_MAX && alloc)
		suggestion_claim(&g->p->found, s, g->file_space, k->out_off, g->lengths[number], g->lengths[number], k->size);
	else
		suggestion_claim(&g->p->found, s, g->own_space, g->base[number], k->size, k->size, alloc ? k->size : 0);
}

/* ---- the flag ---------------------------------------------------------------------------------------------------------- */

static json_t *relink_action(struct suggesting *g, const char *const *add, size_t n)
{
	json_t *j, *words;
	size_t i;

	if (g->line && g->line->argc) {
		j = link_line_action(g->line, NULL, 0, add, n);
	} else {
		words = json_array();
		for (i = 0; i < n; i++)
			json_array_append_new(words, json_string(add[i]));
		j = json_pack("{s:s, s:o, s:[], s:n, s:n}", "do", "relink", "add", words, "drop", "line", "directory");
	}
	if (!j)
		g->p->found.error = -ENOMEM;
	else if (g->prediction.file_size)
		(void)json_put(j, "predicted_size", json_integer((json_int_t)g->prediction.file_size));
	return j;
}

static int compare_dead(const void *a, const void *b, void *ctx)
{
	const struct suggesting *g = ctx;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint64_t m = g->l->sections[x].size, n = g->l->sections[y].size;

	if (m != n)
		return m > n ? -1 : 1;
	return (x > y) - (x < y);
}

void link_list_section(struct suggesting *g, struct suggestion *s, uint32_t number)
{
	const struct link_section *k = &g->l->sections[number];
	const struct elf_file_section *h = link_header(g->l, k);

	suggestion_section(&g->p->found, s, g->l->objects[k->object].name, h->name, h->type == SHT_NOBITS ? 0 : k->size,
			   h->flags & SHF_ALLOC ? k->size : 0);
	claim_section(g, s, number);
}

static void explain_roots(struct suggesting *g, struct suggestion *s)
{
	struct suggestions *f = &g->p->found;

	suggestion_set(f, &s->because,
		       "None of the link's %zu roots (entry point, exported symbols, what %s keeps by itself) reaches these %llu "
		       "sections of %zu objects.%s%s",
		       g->p->graph.root_count, linkmap_dialect_name(g->l->linker), (unsigned long long)g->prediction.sections,
		       g->object_count, g->l->opaque[0] ? " All that an unknown input could use was kept: " : "",
		       g->l->opaque);
}

static void suggest_flag(struct suggesting *g)
{
	static const char *const add[] = { "-Wl,--gc-sections" };
	struct suggestions *f = &g->p->found;
	struct suggestion *s = suggestions_add(f, SUGGEST_DEAD_SECTIONS, g->evidence, g->subject);
	const char *command = g->line && g->line->argc ? "the link line" : "the link command";
	size_t i;

	explain_roots(g, s);
	suggestion_set(f, &s->edit, "add -Wl,--gc-sections to %s%s", command,
		       g->l->per_function ? "" : "; compile with -ffunction-sections -fdata-sections so that it can drop more");
	suggestion_set(f, &s->verify,
		       "link again with -Wl,--gc-sections,--print-gc-sections: it tells each of these sections%s",
		       g->prediction.file_size ? "" : " as removed");
	if (g->prediction.file_size)
		suggestion_set(f, &s->verify,
			       "link again with -Wl,--gc-sections,--print-gc-sections: it tells each of these sections, and the "
			       "output has about %llu bytes (now %llu)",
			       (unsigned long long)g->prediction.file_size, (unsigned long long)g->l->output->elf->size);
	suggestion_set(f, &s->risk,
		       g->l->output ? "symbols that are looked up by name (dlsym) without being exported are not found "
				      "before either; a linker script's own KEEP is not known here"
				    : "the output was not given: what it exports is not known");
	s->action = relink_action(g, add, 1);
	for (i = 0; i < g->dead_count; i++)
		link_list_section(g, s, g->dead[i]);
	if (g->prediction.file_size) {
		claim_tables(g, s);
		claim_rest(g, s);
	}
}

/* ---- all of it ------------------------------------------------------------------------------------------------------------ */

static void suggesting_release(struct suggesting *g)
{
	free(g->dead);
	free(g->base);
	free(g->lengths);
	free(g->dead_of);
	free(g->object_of_node);
	link_line_free(g->line);
}

/* Each section's bytes with the padding behind it, and a coordinate of its own where it has no place in the file. */
static int measure_sections(struct suggesting *g)
{
	struct dead_ranges ranges = { 0 };
	uint64_t at = 0;
	size_t i;
	int r = link_dead_ranges(g->l, &ranges);

	for (i = 0; i < g->l->section_count && r >= 0; i++) {
		g->base[i] = at;
		at += g->l->sections[i].size;
		g->lengths[i] = g->l->sections[i].size;
	}
	for (i = 0; i < ranges.count; i++)
		g->lengths[ranges.items[i].section] = ranges.items[i].next - ranges.items[i].address;
	dead_ranges_release(&ranges);
	return r;
}

static int collect_dead(struct suggesting *g)
{
	size_t n = (size_t)g->l->section_count + 1;
	uint32_t i;

	g->dead = malloc(n * sizeof(*g->dead));
	g->base = malloc(n * sizeof(*g->base));
	g->lengths = malloc(n * sizeof(*g->lengths));
	g->dead_of = calloc((size_t)g->l->object_count + 1, sizeof(*g->dead_of));
	if (!g->dead || !g->base || !g->lengths || !g->dead_of || measure_sections(g) < 0)
		return -ENOMEM;
	for (i = 0; i < g->l->section_count; i++)
		if (link_is_removable(g->l, &g->l->sections[i])) {
			g->dead[g->dead_count++] = i;
			g->object_count += !g->dead_of[g->l->sections[i].object]++;
		}
	qsort_r(g->dead, g->dead_count, sizeof(*g->dead), compare_dead, g);
	return 0;
}

static void read_line(struct suggesting *g)
{
	if (g->p->options->link_line)
		/* What is wrong with it is told by the room of libraries. */
		(void)link_line_read(g->p->options->link_line, NULL, &g->line, NULL);
}

int link_suggest(struct prune *p, struct error *err)
{
	CLEANUP(suggesting_release) struct suggesting g = { .p = p, .l = p->link };
	int r;

	(void)err;
	if (!p->link)
		return 0;
	g.subject = p->link->output ? p->link->output->path : "the link";
	g.evidence = p->link->output ? EVIDENCE_PROVED : EVIDENCE_HEURISTIC;
	g.file_space = suggestions_space(&p->found, g.subject);
	g.memory_space = suggestions_space(&p->found, "memory without bytes in the file");
	g.own_space = suggestions_space(&p->found, "sections that have no known place in the file");
	r = link_predict(p->link, &g.prediction);
	if (r >= 0)
		r = collect_dead(&g);
	if (r < 0)
		return r;
	read_line(&g);
	if (g.dead_count)
		suggest_flag(&g);
	r = link_suggest_objects(&g);
	r = r < 0 ? r : link_suggest_emitted(&g);
	return r < 0 ? r : p->found.error;
}
