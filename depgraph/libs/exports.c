/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exports.c: dynamic symbols that no binary of a closed world imports.
 *
 * An export is a root: the linker keeps what it reaches.  Who may import is not known of a library that is
 * shipped to others, so nothing is suggested unless the user says that the world is closed.
 *
 * What goes for certain is the entry in each table of dynamic linking.  What is reached only from there goes with --gc-sections:
 * with the objects at hand the mark phase is done again without those roots; without them the symbols' own sizes are
 * an upper bound, which is a guess.
 *
 * When a file of the world calls dlsym, names could be put together at run time, and the suggestion is a heuristic.
 */
#include "base/cleanup.h"
#include "depgraph/libs/libs.h"
#include "depgraph/libs/version_script.h"
#include "depgraph/libs/world.h"
#include "depgraph/link/link.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRIPT_MAX ((size_t)64 << 20)

struct exports_search {
	struct prune *p;
	struct world *world;
	size_t gone;
	uint64_t sizes; /* of what is gone */
};

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static uint32_t section_of_type(const struct elf_file *f, uint32_t type)
{
	uint32_t i;

	for (i = 1; i < f->section_count; i++)
		if (f->sections[i].type == type)
			return i;
	return 0;
}

/* The symbol, its version, its name. */
static void claim_entry(struct exports_search *s, struct suggestion *g, const struct world_export *e, uint32_t versym)
{
	const struct elf_file *f = s->world->output->elf;
	struct suggestions *l = &s->p->found;
	uint32_t space = suggestions_space(l, s->world->output->path);
	unsigned size = f->wide ? 24 : 16;
	uint64_t name = (uint64_t)((const uint8_t *)e->name - f->data), n = strlen(e->name) + 1;

	suggestion_claim(l, g, space, f->sections[f->dynsym].off + (uint64_t)e->symbol * size, size, size, size);
	if (versym && (uint64_t)e->symbol * 2 + 2 <= f->sections[versym].size_in_file)
		suggestion_claim(l, g, space, f->sections[versym].off + (uint64_t)e->symbol * 2, 2, 2, 2);
	if (range_inside(name, n, f->size))
		suggestion_claim(l, g, space, name, n, n, n);
}

static void say_edit(struct exports_search *s, struct suggestion *g)
{
	struct buffer b = BUFFER_INIT(SCRIPT_MAX);
	struct suggestions *l = &s->p->found;
	const char *path = s->world->output->path;

	if (s->world->output->kind == INPUT_SHARED) {
		version_script_write(&b, s->world);
		suggestion_set(l, &g->edit, "link %s with -Wl,--version-script=exports.map, a file of this text:\n%s", path,
			       buffer_str(&b));
	} else {
		dynamic_list_write(&b, s->world);
		suggestion_set(l, &g->edit, "link %s with -Wl,--dynamic-list=exports.list instead of -rdynamic or "
			       "-Wl,--export-dynamic, a file of this text:\n%s", path, buffer_str(&b));
	}
	if (b.error)
		l->error = b.error;
	buffer_release(&b);
}

static void say_verify(struct exports_search *s, struct suggestion *g)
{
	const struct string_list *named = s->p->options->closed_world;
	struct buffer b = BUFFER_INIT(SCRIPT_MAX);
	size_t i;

	(void)buffer_puts(&b, "for f in");
	for (i = 0; i < named->count; i++) {
		(void)buffer_putc(&b, ' ');
		(void)buffer_shell_word(&b, named->items[i]);
	}
	(void)buffer_puts(&b, "; do ldd -r \"$f\" 2>&1 | grep -F 'undefined symbol' && exit 1; done");
	suggestion_set(&s->p->found, &g->verify, "%s", buffer_str(&b));
	buffer_release(&b);
}

static void say_because(struct exports_search *s, struct suggestion *g)
{
	const struct world *w = s->world;
	struct suggestions *l = &s->p->found;

	suggestion_set(l, &g->because, "%zu of %zu exported symbols are imported by none of the %zu files of the closed world (what "
		       "--closed-world names, with the libraries that they are loaded with).", s->gone, w->count, w->files);
	if (w->dlsym || w->missing)
		g->evidence = EVIDENCE_HEURISTIC;
	if (w->dlsym)
		suggestion_set(l, &g->risk, "%s looks symbols up by name (dlsym): no string in it is one of these names, but names may be "
			       "put together at run time.", last_component(w->dlsym));
	else if (w->missing)
		suggestion_set(l, &g->risk, "%s was not found, and may import them.", w->missing);
}

static struct suggestion *suggest_tables(struct exports_search *s)
{
	struct world *w = s->world;
	uint32_t versym = section_of_type(w->output->elf, SHT_GNU_versym);
	struct suggestion *g = suggestions_add(&s->p->found, SUGGEST_UNIMPORTED_EXPORTS, EVIDENCE_PROVED, w->output->path);
	size_t i;

	for (i = 0; i < w->count; i++)
		if (!world_keeps(&w->exports[i]))
			claim_entry(s, g, &w->exports[i], versym);
	say_because(s, g);
	say_edit(s, g);
	say_verify(s, g);
	suggestion_set(&s->p->found, &g->file, "%s", w->output->path);
	return g;
}

/* Without objects: what the symbols cover, if nothing else reaches it. */
static void suggest_sizes(struct exports_search *s)
{
	struct world *w = s->world;
	struct suggestions *l = &s->p->found;
	uint32_t space = suggestions_space(l, w->output->path);
	struct elf_file_symbol symbol;
	struct buffer path = BUFFER_INIT(1 << 16);
	struct suggestion *g;
	char subject[4096];
	uint64_t off;
	size_t i;

	if (s->sizes == 0)
		return;
	(void)snprintf(subject, sizeof(subject), "%s: code behind its exports", w->output->path);
	g = suggestions_add(l, SUGGEST_UNIMPORTED_EXPORTS, EVIDENCE_HEURISTIC, subject);
	for (i = 0; i < w->count; i++) {
		const struct world_export *e = &w->exports[i];

		if (!world_keeps(e) && e->size && elf_file_symbol(w->output->elf, w->output->elf->dynsym, e->symbol, &symbol) &&
		    elf_file_offset(w->output->elf, symbol.value, &off) && range_inside(off, e->size, w->output->elf->size))
			suggestion_claim(l, g, space, off, e->size, e->size, e->size);
	}
	suggestion_set(l, &g->because, "The %zu symbols that nobody imports have %" PRIu64 " bytes themselves: an upper bound, since "
		       "the library may use them too. With its objects given, what only they reach is known.", s->gone, s->sizes);
	suggestion_set(l, &g->edit, "with the export list above, compile with -ffunction-sections -fdata-sections and link with "
		       "-Wl,--gc-sections");
	(void)buffer_shell_word(&path, w->output->path);
	suggestion_set(l, &g->verify, "size %s", buffer_str(&path));
	buffer_release(&path);
	suggestion_set(l, &g->risk, "Functions that the library calls itself stay.");
}

/* ---- with the objects: the mark phase without those roots ------------------------------------------------------------ */

static int by_name(const void *name, const void *export)
{
	return strcmp(name, ((const struct world_export *)export)->name);
}

/* Roots that are exports say so, with the symbol (link.h): "exported (f)". */
static bool is_gone(const struct world *w, const char *reason)
{
	static const char prefix[] = LINK_ROOT_EXPORTED " (";
	size_t n = strlen(reason);
	AUTO_FREE char *name = NULL;
	const struct world_export *e;

	if (strncmp(reason, prefix, sizeof(prefix) - 1) != 0 || reason[n - 1] != ')')
		return false;
	name = strndup(reason + sizeof(prefix) - 1, n - sizeof(prefix));
	e = name ? bsearch(name, w->exports, w->count, sizeof(*w->exports), by_name) : NULL;
	return e && !world_keeps(e);
}

static size_t claim_unreached(struct exports_search *s, struct suggestion *g, const struct reach *reach)
{
	const struct link *l = s->p->link;
	struct suggestions *list = &s->p->found;
	uint32_t space = suggestions_space(list, s->world->output->path), i;
	size_t n = 0;

	for (i = 0; i < l->section_count; i++) {
		const struct link_section *x = &l->sections[i];
		const struct link_object *o = &l->objects[x->object];
		const struct elf_file_section *sec = &o->elf->sections[x->index];
		uint64_t file = sec->type == SHT_NOBITS ? 0 : x->size;

		if (!x->live || !x->in_output || x->merged || x->size == 0 || x->node == GRAPH_NONE || reach->live[x->node] ||
		    !(sec->flags & SHF_ALLOC))
			continue;
		if (x->out_off != UINT64_MAX && file)
			suggestion_claim(list, g, space, x->out_off, x->size, file, x->size);
		else
			suggestion_claim(list, g, suggestions_space(list, o->name), sec->off, x->size, file, x->size);
		suggestion_section(list, g, o->name, sec->name, file, x->size);
		n++;
	}
	return n;
}

static int suggest_unreached(struct exports_search *s, struct suggestion *g)
{
	const struct link *l = s->p->link;
	struct graph without = *l->graph; /* the same nodes and edges, other roots */
	struct reach_options o = { .edges = 1u << EDGE_RELOCATION | 1u << EDGE_GROUP | 1u << EDGE_KEEPS | 1u << EDGE_BINDS };
	size_t i, n;
	AUTO_FREE struct graph_root *roots = calloc(l->graph->root_count + 1, sizeof(*roots));
	struct reach reach = { 0 };
	int r;

	if (!roots)
		return -ENOMEM;
	without.roots = roots;
	without.root_count = 0;
	for (i = 0; i < l->graph->root_count; i++)
		if (!is_gone(s->world, l->graph->labels[l->graph->roots[i].reason]))
			roots[without.root_count++] = l->graph->roots[i];
	r = graph_reach(&without, &o, &reach);
	if (r < 0)
		return r;
	n = claim_unreached(s, g, &reach);
	reach_release(&reach);
	if (n) {
		suggestion_set(&s->p->found, &g->because, "%s Only they reach %zu sections of the link.", g->because, n);
		suggestion_set(&s->p->found, &g->edit, "%sand, for the sections that only they reach, -Wl,--gc-sections", g->edit);
	}
	return 0;
}

int libs_suggest_exports(struct prune *p, const struct input *output, struct error *err)
{
	CLEANUP(world_freep) struct world *w = NULL;
	struct exports_search s = { .p = p };
	struct suggestion *g;
	bool closed = p->options->closed_world && p->options->closed_world->count;
	size_t i;
	int r = world_new(p, output, &w, err);

	if (r < 0)
		return r;
	s.world = w;
	for (i = 0; i < w->count; i++) {
		s.gone += !world_keeps(&w->exports[i]);
		s.sizes += world_keeps(&w->exports[i]) ? 0 : w->exports[i].size;
	}
	if (s.gone == 0)
		return 0;
	if (!closed) {
		prune_note(p, "%s exports %zu symbols that none of the files given imports; whether anybody else does is not known "
			   "(--closed-world FILE says who there is)", last_component(output->path), s.gone);
		return 0;
	}
	g = suggest_tables(&s);
	if (p->link && p->link->object_count && p->link->output == output)
		return suggest_unreached(&s, g);
	suggest_sizes(&s);
	return 0;
}
