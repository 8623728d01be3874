/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.c: what each of the four linkers keeps under --gc-sections though nothing refers to it.
 *
 * GNU ld: KEEP() of the default script (`ld --verbose`), SHT_NOTE outside groups,
 * SHF_GNU_RETAIN; a group is marked as a whole; unwind entries are followed from their
 * function; a duplicate of a COMDAT group is still followed where its local symbols are
 * referred to; unloaded sections go when nothing loaded of their object stays.
 * gold: a list of name prefixes, among them all .gcc_except_table and
 * personalities, because it does not read .eh_frame; groups are not kept together.
 * lld: section types, a few names, SHF_GNU_RETAIN; .eh_frame is read as
 * a whole: tables that are in no group are roots; groups live together.
 * mold: section types, name prefixes, every C identifier; no groups; merged strings
 * are out of its sight when it collects.
 *
 * Other than lld's default, references to __start_X always keep X: that errs towards keeping.
 *
 * Sources: the linkers' documentation and their behaviour on the tests' programs; GNU ld 2.40, gold 1.16,
 * LLD 14, mold 1.10.
 */
#include "depgraph/link/link_model.h"

#include <ctype.h>
#include <string.h>

#ifndef SHF_GNU_RETAIN
#define SHF_GNU_RETAIN (1 << 21)
#endif

const struct link_rules *link_rules_of(enum linkmap_dialect d)
{
	static const struct link_rules rules[] = {
		[LINKMAP_GNU] = { .unwind = UNWIND_WITH_FUNCTION, .groups = true, .lost_copies = true,
				  .tosses_unloaded = true, .follows_notes = true },
		[LINKMAP_GOLD] = { .unwind = UNWIND_IGNORED, .notes_in_groups = true, .keeps_imports = true },
		[LINKMAP_LLD] = { .unwind = UNWIND_ALL_DATA, .groups = true, .pieces = true },
		[LINKMAP_MOLD] = { .unwind = UNWIND_CIE_ROOTS, .cident_roots = true, .merged_stay = true, .pieces = true,
				   .notes_in_groups = true, .keeps_imports = true },
	};

	return &rules[d];
}

bool link_is_cident(const char *name)
{
	if (!isalpha((unsigned char)*name) && *name != '_')
		return false;
	while (isalnum((unsigned char)*name) || *name == '_')
		name++;
	return !*name;
}

struct kept_name {
	const char *name;
	bool prefix;         /* all that begin so */
	const char *holding; /* and hold this; NULL */
};

/* SORT_BY_INIT_PRIORITY(.init_array.*) wants the dot; lld and mold compare beginnings. */
static const struct kept_name gnu_names[] = {
	{ ".init", false, NULL },        { ".fini", false, NULL },        { ".eh_frame", false, NULL },
	{ ".preinit_array", false, NULL }, { ".init_array", false, NULL },  { ".init_array.", true, NULL },
	{ ".fini_array", false, NULL },  { ".fini_array.", true, NULL },  { ".ctors", false, NULL },
	{ ".ctors.", true, NULL },       { ".dtors", false, NULL },       { ".dtors.", true, NULL },
	{ ".jcr", false, NULL },         { NULL, false, NULL },
};
static const struct kept_name gold_names[] = {
	{ ".ctors", true, NULL },        { ".dtors", true, NULL },        { ".note", true, NULL },
	{ ".init", true, NULL },         { ".fini", true, NULL },         { ".gcc_except_table", true, NULL },
	{ ".jcr", true, NULL },          { ".preinit_array", true, NULL }, { ".eh_frame", true, NULL },
	{ ".text", true, "personality" }, { ".data", true, "personality" }, { ".sdata", true, "personality" },
	{ ".gnu.linkonce.d", true, "personality" }, { ".rodata", true, "nptl_version" }, { NULL, false, NULL },
};
static const struct kept_name lld_names[] = {
	{ ".init", false, NULL },        { ".fini", false, NULL },        { ".init_array", true, NULL },
	{ ".jcr", false, NULL },         { ".ctors", true, NULL },        { ".dtors", true, NULL },
	{ ".eh_frame", false, NULL },    { NULL, false, NULL },
};
static const struct kept_name mold_names[] = {
	{ ".ctors", true, NULL },        { ".dtors", true, NULL },        { ".init", true, NULL },
	{ ".fini", true, NULL },         { ".eh_frame", false, NULL },    { NULL, false, NULL },
};

static bool name_is_kept(const struct kept_name *k, const char *name)
{
	for (; k->name; k++) {
		if (k->prefix ? strncmp(name, k->name, strlen(k->name)) != 0 : strcmp(name, k->name) != 0)
			continue;
		if (!k->holding || strstr(name, k->holding))
			return true;
	}
	return false;
}

static bool is_array(uint32_t type)
{
	return type == SHT_INIT_ARRAY || type == SHT_FINI_ARRAY || type == SHT_PREINIT_ARRAY;
}

const char *link_keeps(const struct link *l, const struct elf_file_section *s, bool in_group)
{
	static const struct kept_name *const names[] = {
		[LINKMAP_GNU] = gnu_names, [LINKMAP_GOLD] = gold_names, [LINKMAP_LLD] = lld_names, [LINKMAP_MOLD] = mold_names,
	};
	const struct link_rules *rules = link_rules_of(l->linker);

	if (s->flags & SHF_GNU_RETAIN)
		return "the object asks to retain it";
	if (l->linker == LINKMAP_LLD && s->flags & SHF_LINK_ORDER)
		return NULL;
	if (is_array(s->type) && l->linker != LINKMAP_GNU)
		return "runs at start or exit";
	if (s->type == SHT_NOTE && (rules->notes_in_groups || !in_group) && !(s->flags & SHF_LINK_ORDER))
		return "a note";
	if (rules->cident_roots && link_is_cident(s->name))
		return "its name is a C identifier";
	if (name_is_kept(names[l->linker], s->name))
		return "the linker keeps sections of that name";
	return NULL;
}
