/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relink_compare.c: what a program was before and after its link line was edited, as others see it.
 *
 * Others see the dynamic symbols (name and version), the libraries it asks for, the entry point.  Sets of names are sorted
 * arrays, compared in one pass.
 */
#include "analyzers/elf_file.h"
#include "depgraph/apply/relink_private.h"

#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct names {
	const char **items;
	size_t count, capacity;
};

struct side {
	struct content *content;
	struct elf_file *elf;
	struct names exports, imports, needed;
	struct arena arena;
};

static void side_release(struct side *s)
{
	elf_file_free(s->elf);
	content_unref(s->content);
	free(s->exports.items);
	free(s->imports.items);
	free(s->needed.items);
	arena_release(&s->arena);
}

static int names_add(struct names *n, const char *name)
{
	if (!name)
		return -ENOMEM;
	if (n->count == n->capacity) {
		size_t capacity = n->capacity ? n->capacity * 2 : 64;
		const char **items = reallocarray(n->items, capacity, sizeof(*items));

		if (!items)
			return -ENOMEM;
		n->items = items;
		n->capacity = capacity;
	}
	n->items[n->count++] = name;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_dynamic_name(const struct elf_file_symbol *s)
{
	return s->name[0] && s->bind != STB_LOCAL && (s->visibility == STV_DEFAULT || s->visibility == STV_PROTECTED);
}

static int read_symbols(struct side *s)
{
	const struct elf_file *f = s->elf;
	uint64_t i, n = f->dynsym ? elf_file_entries(f, f->dynsym) : 0;
	struct elf_file_symbol symbol;
	int r = 0;

	for (i = 1; i < n && r == 0; i++) {
		const char *version, *library = NULL;

		if (!elf_file_symbol(f, f->dynsym, i, &symbol) || !is_dynamic_name(&symbol))
			continue;
		version = elf_file_version(f, i, NULL, &library);
		r = names_add(symbol.special == SHN_UNDEF ? &s->imports : &s->exports,
			      arena_printf(&s->arena, "%s%s%s", symbol.name, version ? "@" : "", version ? version : ""));
	}
	return r;
}

static int read_needed(struct side *s)
{
	int64_t tag;
	uint64_t i, value;
	int r = 0;

	for (i = 0; r == 0 && elf_file_dynamic(s->elf, i, &tag, &value); i++)
		if (tag == DT_NEEDED)
			r = names_add(&s->needed, elf_file_dynamic_string(s->elf, value));
	return r;
}

static void names_sort(struct names *n)
{
	if (n->count)
		qsort(n->items, n->count, sizeof(*n->items), by_name);
}

static int side_read(struct side *s, const char *path, struct error *err)
{
	int r;

	s->arena = (struct arena)ARENA_INIT((size_t)1 << 30);
	r = content_open(AT_FDCWD, path, &s->content, err);
	if (r < 0)
		return r;
	r = elf_file_open(s->content, 0, content_size(s->content), &s->elf, err);
	if (r < 0)
		return r;
	r = read_symbols(s);
	if (r == 0)
		r = read_needed(s);
	names_sort(&s->exports);
	names_sort(&s->imports);
	names_sort(&s->needed);
	return r < 0 ? error_set(err, r, path, "no memory") : 0;
}

/* What a has and b has not; *ret_first: one of them. */
static size_t only_in(const struct names *a, const struct names *b, const char **ret_first)
{
	size_t i, k = 0, missing = 0;

	for (i = 0; i < a->count; i++) {
		while (k < b->count && strcmp(b->items[k], a->items[i]) < 0)
			k++;
		if (k < b->count && !strcmp(b->items[k], a->items[i]))
			continue;
		if (!missing++)
			*ret_first = a->items[i];
	}
	return missing;
}

static uint64_t loaded_bytes(const struct elf_file *f)
{
	uint64_t total = 0;
	uint32_t i;

	for (i = 0; i < f->segment_count; i++)
		if (f->segments[i].type == PT_LOAD)
			total += f->segments[i].memsz;
	return total;
}

/* ---- checks -------------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 4, 5))) static void check(struct relink_report *r, const char *name, bool ok, const char *fmt, ...)
{
	struct relink_check *c;
	va_list ap;

	if (r->check_count == RELINK_CHECKS)
		return;
	c = &r->checks[r->check_count++];
	c->name = name;
	c->ok = ok;
	va_start(ap, fmt);
	(void)vsnprintf(c->text, sizeof(c->text), fmt, ap);
	va_end(ap);
	r->ok = r->ok && ok;
}

static void check_elf(const struct elf_file *a, const struct elf_file *b, struct relink_report *r)
{
	bool ok = a->wide == b->wide && a->big == b->big && a->machine == b->machine && a->type == b->type && !b->cut;

	check(r, "elf", ok, ok ? "same class, machine and type" : b->cut ? "a section lies outside the file" : "class, machine or type differ");
}

static void check_exports(const struct relink_compare *c, const struct side *a, const struct side *b, struct relink_report *r)
{
	const char *lost = "", *gained = "";
	size_t gone = only_in(&a->exports, &b->exports, &lost), new = only_in(&b->exports, &a->exports, &gained);

	if (!gone && !new)
		check(r, "exports", true, "%zu exported dynamic symbols as before", b->exports.count);
	else if (!gone)
		check(r, "exports", !c->exports_promised, "%zu exported symbols are new: %s", new, gained);
	else
		check(r, "exports", !c->exports_promised, "%zu exported symbols are gone: %s%s", gone, lost,
		      c->exports_promised ? "" : " (a program exports what its libraries refer to)");
}

/* "-lz", "libz.so.1.2" and "/usr/lib/libz.so" all may be "libz.so.1". */
static bool word_is_library(const char *word, const char *soname)
{
	const char *base = path_base(word), *so = strstr(soname, ".so");
	size_t n = so ? (size_t)(so - soname) : strlen(soname);

	if (!strncmp(word, "-l", 2)) {
		word += 2;
		if (word[0] == ':')
			return !strncmp(word + 1, soname, n);
		return n > 3 && !strncmp(soname, "lib", 3) && strlen(word) == n - 3 && !memcmp(word, soname + 3, n - 3);
	}
	return !strncmp(base, soname, n) && (base[n] == '.' || !base[n]);
}

static bool meant_to_go(const struct relink_compare *c, const char *soname)
{
	size_t i;

	for (i = 0; i < c->needed_count; i++)
		if (!strcmp(c->needed[i], soname))
			return true;
	for (i = 0; i < c->dropped_count; i++)
		if (word_is_library(c->dropped[i], soname))
			return true;
	return c->as_needed;
}

static bool has(const struct names *n, const char *name)
{
	return n->count && bsearch(&name, n->items, n->count, sizeof(*n->items), by_name);
}

static void check_needed(const struct relink_compare *c, const struct side *a, const struct side *b, struct relink_report *r)
{
	const char *new = "", *gone = "";
	size_t i, added = only_in(&b->needed, &a->needed, &new), removed = only_in(&a->needed, &b->needed, &gone), unmeant = 0;

	for (i = 0; i < a->needed.count; i++)
		if (!has(&b->needed, a->needed.items[i]) && !meant_to_go(c, a->needed.items[i])) {
			gone = a->needed.items[i];
			unmeant++;
		}
	if (added)
		check(r, "needed", false, "%zu new NEEDED entries: %s", added, new);
	else if (unmeant)
		check(r, "needed", false, "%s is no longer needed, though no edit takes it away", gone);
	else
		check(r, "needed", true, "%zu NEEDED entries, %zu fewer%s%s", b->needed.count, removed, removed ? ": " : "", removed ? gone : "");
}

static void check_imports(const struct side *a, const struct side *b, struct relink_report *r)
{
	const struct elf_file *f = b->elf;
	const char *new = "", *library;
	size_t added = only_in(&b->imports, &a->imports, &new), orphaned = 0;
	uint64_t i, n = f->dynsym ? elf_file_entries(f, f->dynsym) : 0;
	struct elf_file_symbol symbol;

	for (i = 1; i < n; i++) {
		library = NULL;
		if (!elf_file_symbol(f, f->dynsym, i, &symbol) || symbol.special != SHN_UNDEF)
			continue;
		if (elf_file_version(f, i, NULL, &library) && library && !has(&b->needed, library) && !orphaned++)
			new = symbol.name;
	}
	if (added || orphaned)
		check(r, "imports", false, "%s: %s", added ? "a new undefined symbol" : "the library that should define it is not needed", new);
	else
		check(r, "imports", true, "%zu undefined dynamic symbols, none new", b->imports.count);
}

static bool defines_main(const struct elf_file *f)
{
	uint64_t i, n = f->symtab ? elf_file_entries(f, f->symtab) : 0;
	struct elf_file_symbol symbol;

	for (i = 1; i < n; i++)
		if (elf_file_symbol(f, f->symtab, i, &symbol) && symbol.special != SHN_UNDEF && !strcmp(symbol.name, "main"))
			return true;
	return false;
}

static void check_entry(const struct elf_file *a, const struct elf_file *b, struct relink_report *r)
{
	uint32_t section = b->entry ? elf_file_section_at(b, b->entry) : 0;

	if (a->entry && (!section || !(b->sections[section].flags & SHF_EXECINSTR)))
		check(r, "entry", false, "the entry point 0x%llx is in no code", (unsigned long long)b->entry);
	else if (defines_main(a) && b->symtab && !defines_main(b))
		check(r, "entry", false, "main is not defined any more");
	else
		check(r, "entry", true, "%s", a->entry ? "the entry point is inside code" : "none, as before");
}

int relink_compare(const struct relink_compare *c, struct relink_report *report, struct error *err)
{
	CLEANUP(side_release) struct side a = { 0 };
	CLEANUP(side_release) struct side b = { 0 };
	int r = side_read(&a, c->before, err);

	if (r == 0)
		r = side_read(&b, c->after, err);
	if (r < 0)
		return r;
	report->ok = true;
	report->bytes_before = content_size(a.content);
	report->bytes_after = content_size(b.content);
	report->loaded_before = loaded_bytes(a.elf);
	report->loaded_after = loaded_bytes(b.elf);
	check_elf(a.elf, b.elf, report);
	check_exports(c, &a, &b, report);
	check_needed(c, &a, &b, report);
	check_imports(&a, &b, report);
	check_entry(a.elf, b.elf, report);
	check(report, "size", report->bytes_after <= report->bytes_before || report->loaded_after <= report->loaded_before,
	      "%llu bytes before, %llu after", (unsigned long long)report->bytes_before, (unsigned long long)report->bytes_after);
	return 0;
}
