/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does one target refer to another?  By names: an undefined symbol of an object of the first that an object of the
 * second defines for others to see.  This asks all objects, those too that this link did not take or does not reach, because
 * a declaration is there for every program that links the target.
 */
#include "depgraph/targets/analysis.h"

#include "analyzers/elf_file.h"
#include "base/path.h"
#include "depgraph/targets/intern.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct definitions {
	struct intern names;
	struct arena arena;
	bool constructors;
	int error;
};

static void release(struct definitions *d)
{
	intern_release(&d->names);
	arena_release(&d->arena);
}

static bool runs_by_itself(const char *section)
{
	return !strncmp(section, ".init_array", 11) || !strncmp(section, ".ctors", 6) || !strncmp(section, ".fini_array", 11) ||
	       !strncmp(section, ".preinit_array", 14);
}

static int define(void *ctx, const char *name, const struct elf_file *f)
{
	struct definitions *d = ctx;
	uint64_t i, n = elf_file_entries(f, f->symtab);
	struct elf_file_symbol s;
	uint32_t id;

	(void)name;
	for (i = 1; i < f->section_count; i++)
		d->constructors = d->constructors || (f->sections[i].size && runs_by_itself(f->sections[i].name));
	for (i = 0; i < n; i++) {
		if (!elf_file_symbol(f, f->symtab, i, &s) || s.bind == STB_LOCAL || s.special == SHN_UNDEF || !*s.name)
			continue;
		if (intern_add(&d->names, &d->arena, s.name, strlen(s.name), &id) < 0)
			return -ENOMEM;
	}
	return 0;
}

struct search {
	const struct definitions *definitions;
	struct symbol_use *use;
};

static int refer(void *ctx, const char *name, const struct elf_file *f)
{
	const struct search *search = ctx;
	uint64_t i, n = elf_file_entries(f, f->symtab);
	struct elf_file_symbol s;

	for (i = 0; i < n && !search->use->used; i++) {
		if (!elf_file_symbol(f, f->symtab, i, &s) || s.special != SHN_UNDEF || !*s.name ||
		    intern_find(&search->definitions->names, s.name, strlen(s.name)) == UINT32_MAX)
			continue;
		search->use->used = true;
		(void)snprintf(search->use->text, sizeof(search->use->text), "%.100s refers to %.120s", path_base(name), s.name);
	}
	return 0;
}

int analysis_symbol_use(const struct analysis *a, uint32_t user, uint32_t definer, struct symbol_use *ret)
{
	CLEANUP(release) struct definitions d = { .arena = ARENA_INIT((size_t)4 << 30) };
	struct search search = { &d, ret };
	bool complete;
	int r;

	*ret = (struct symbol_use){ 0 };
	r = analysis_objects(a, definer, define, &d, &complete);
	if (r >= 0 && d.names.count)
		r = analysis_objects(a, user, refer, &search, &complete);
	return r;
}

int analysis_has_constructors(const struct analysis *a, uint32_t t, bool *ret)
{
	CLEANUP(release) struct definitions d = { .arena = ARENA_INIT((size_t)4 << 30) };
	bool complete;
	int r = analysis_objects(a, t, define, &d, &complete);

	*ret = d.constructors;
	return r;
}
