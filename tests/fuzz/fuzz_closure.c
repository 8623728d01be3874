/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that the dynamic loader would read: its cache, and the dynamic section, symbols and versions of an ELF file. What is found
 * refers only to what is there, and removing an entry never adds a library.
 */
#include "base/cleanup.h"
#include "depgraph/libs/bindings.h"
#include "depgraph/libs/folding.h"
#include "depgraph/libs/ldcache.h"
#include "depgraph/libs/startup.h"
#include "depgraph/libs/traces.h"

#include <string.h>

#define INPUT_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int check_entry(void *ctx, const struct ldcache_entry *e)
{
	if (strcmp(e->name, ctx) != 0 || e->path[0] != '/')
		__builtin_trap();
	return 0;
}

static void look_in_cache(struct content *c)
{
	CLEANUP(ldcache_freep) struct ldcache *cache = NULL;
	char name[] = "liba.so.1";

	if (ldcache_open(c, &cache, NULL) == 0)
		(void)ldcache_find(cache, name, check_entry, name);
}

static void check_closure(const struct closure *c)
{
	uint32_t i, k;

	if (c->count == 0 || c->count > CLOSURE_LIBRARIES_MAX)
		__builtin_trap();
	for (i = 0; i < c->count; i++)
		for (k = 0; k < c->libraries[i].needed_count; k++)
			if (c->libraries[i].needed[k] >= c->count)
				__builtin_trap();
}

static void check_bindings(const struct closure *c, const struct bindings *b, uint32_t without)
{
	CLEANUP(bindings_result_release) struct bindings_result r = { 0 };
	size_t i;

	if (bindings_resolve(b, without, &r) < 0)
		return;
	for (i = 0; i < r.count; i++) {
		const struct binding *x = &r.items[i];

		if (x->importer >= c->count || (x->library != CLOSURE_NONE && (x->library >= c->count || !r.present[x->library])))
			__builtin_trap();
		(void)strlen(bindings_name(b, x->importer, x->symbol));
		if (x->library != CLOSURE_NONE)
			(void)bindings_vague(b, x->library, x->target);
	}
}

static void look_at_code(const struct elf_file *f)
{
	CLEANUP(folding_release) struct folding folding = { 0 };
	char what[64];
	size_t i;

	(void)startup_runs_code(f, what, sizeof(what));
	if (folding_symbols(f, &folding) == 0)
		for (i = 0; i < folding.count; i++)
			if (!range_inside(folding.items[i].off, folding.items[i].size, f->size))
				__builtin_trap();
}

/* In a root without libraries: only the input decides. */
static void look_at_elf(struct content *c)
{
	const struct closure_options options = { .sysroot = "/proc/self/fdinfo", .hwcaps = "x86-64-v3" };
	CLEANUP(elf_file_freep) struct elf_file *f = NULL;
	CLEANUP(closure_freep) struct closure *closure = NULL;
	CLEANUP(bindings_freep) struct bindings *b = NULL;
	CLEANUP(traces_release) struct traces t = { 0 };

	if (elf_file_open(c, 0, content_size(c), &f, NULL) < 0)
		return;
	look_at_code(f);
	if (closure_find(f, "input", &options, &closure, NULL) < 0)
		return;
	check_closure(closure);
	if (bindings_new(closure, &b) < 0)
		return;
	check_bindings(closure, b, CLOSURE_NONE);
	check_bindings(closure, b, 0);
	(void)traces_find(closure, b, &t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(content_unrefp) struct content *c = NULL;

	if (size > INPUT_MAX || content_copy(data, size, "input", &c) < 0)
		return 0;
	look_in_cache(c);
	look_at_elf(c);
	return 0;
}
