/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folding.c: what identical code folding would save, as suggestions.
 *
 * What --icf=safe folds is proved harmless by the compiler's own list of addresses that are taken. --icf=all also makes functions
 * equal whose addresses a program may compare, so that is a heuristic; and so is what is seen in a linked file alone.
 */
#include "depgraph/libs/folding.h"

#include "depgraph/prune/prune.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_kept(const struct folding *f, size_t i)
{
	return i == 0 || f->items[i].group != f->items[i - 1].group;
}

/* ---- from objects ------------------------------------------------------------------------------------------------- */

static void claim_section(struct prune *p, struct suggestion *g, const struct folded *item)
{
	struct suggestions *l = &p->found;
	const struct link_section *s = &p->link->sections[item->item];
	const struct link_object *o = &p->link->objects[s->object];
	const struct elf_file_section *sec = &o->elf->sections[s->index];

	if (p->link->output && s->out_off != UINT64_MAX)
		suggestion_claim(l, g, suggestions_space(l, p->link->output->path), s->out_off, s->size, s->size, s->size);
	else
		suggestion_claim(l, g, suggestions_space(l, o->name), sec->off, s->size, s->size, s->size);
	suggestion_section(l, g, o->name, sec->name, s->size, s->size);
}

static void say_safe(struct prune *p, struct suggestion *g, const struct folding *f)
{
	suggestion_set(&p->found, &g->because, "%zu functions are the same as another one: bytes, relocations, and what these lead "
		       "to (%" PRIu32 " different ones stay). The compiler says that nothing compares their addresses.",
		       f->count - f->groups, f->groups);
	suggestion_set(&p->found, &g->edit, "link with -Wl,--icf=safe (lld, mold and gold fold; GNU ld cannot: add -fuse-ld=lld)");
}

static void say_all(struct prune *p, struct suggestion *g, const struct folding *f)
{
	suggestion_set(&p->found, &g->because, "%zu functions are the same as another one: bytes, relocations, and what these lead "
		       "to (%" PRIu32 " different ones stay).%s", f->count - f->groups, f->groups,
		       f->address_tables ? "" : " Whether addresses are compared is not known: the objects have no .llvm_addrsig.");
	suggestion_set(&p->found, &g->edit, "link with -Wl,--icf=all (lld, mold and gold fold; GNU ld cannot: add -fuse-ld=lld)%s",
		       f->address_tables ? "" : "; compiled with clang -faddrsig, -Wl,--icf=safe takes what is harmless");
	suggestion_set(&p->found, &g->risk, "A program that compares the addresses of two functions that became one sees them equal.");
}

static int suggest_objects(struct prune *p, bool safe)
{
	CLEANUP(folding_release) struct folding f = { 0 };
	const char *output = p->link->output ? p->link->output->path : "the link";
	struct suggestion *g;
	char subject[4096];
	size_t i;
	int r = folding_objects(p->link, safe, &f);

	if (r < 0 || f.bytes == 0)
		return r;
	(void)snprintf(subject, sizeof(subject), "%s: functions of equal code%s", output, safe ? "" : ", addresses not compared");
	g = suggestions_add(&p->found, SUGGEST_IDENTICAL_CODE, safe ? EVIDENCE_PROVED : EVIDENCE_HEURISTIC, subject);
	for (i = 0; i < f.count; i++)
		if (!is_kept(&f, i))
			claim_section(p, g, &f.items[i]);
	if (safe)
		say_safe(p, g, &f);
	else
		say_all(p, g, &f);
	suggestion_set(&p->found, &g->verify, "link again with -Wl,--print-icf-sections and run the program's tests");
	return 0;
}

/* ---- from the linked file ------------------------------------------------------------------------------------------ */

static int suggest_symbols(struct prune *p, const struct input *output)
{
	CLEANUP(folding_release) struct folding f = { 0 };
	struct suggestions *l = &p->found;
	struct suggestion *g;
	char subject[4096];
	size_t i;
	int r = folding_symbols(output->elf, &f);

	if (r == -ENOTSUP)
		return 0;
	if (r < 0 || f.bytes == 0)
		return r;
	(void)snprintf(subject, sizeof(subject), "%s: functions of equal code", output->path);
	g = suggestions_add(l, SUGGEST_IDENTICAL_CODE, EVIDENCE_HEURISTIC, subject);
	for (i = 0; i < f.count; i++)
		if (!is_kept(&f, i))
			suggestion_claim(l, g, suggestions_space(l, output->path), f.items[i].off, f.items[i].size, f.items[i].size,
					 f.items[i].size);
	suggestion_set(l, &g->because, "%zu functions have the same code as another one, but for operands that are relative to "
		       "their place (%" PRIu32 " different ones stay).", f.count - f.groups, f.groups);
	suggestion_set(l, &g->edit, "compile with -ffunction-sections and link with -Wl,--icf=safe (lld, mold and gold fold; GNU ld "
		       "cannot: add -fuse-ld=lld)");
	suggestion_set(l, &g->verify, "link again with -Wl,--print-icf-sections and run the program's tests");
	suggestion_set(l, &g->risk, "Seen in the linked file only: with its objects given, what the linker would fold is known.");
	return 0;
}

int folding_suggest(struct prune *p, struct error *err)
{
	const struct input *output = inputs_output(p->in);
	int r;

	(void)err;
	if (p->link && p->link->object_count) {
		r = suggest_objects(p, true);
		return r < 0 ? r : suggest_objects(p, false);
	}
	/* Go's linker knows neither function sections nor folding. */
	if (!output || !output->elf || elf_file_section_named(output->elf, ".gopclntab"))
		return 0;
	return suggest_symbols(p, output);
}
