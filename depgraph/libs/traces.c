/* SPDX-License-Identifier: Apache-2.0 */
/*
 * traces.c: one pass over the data of those files that could open libraries or look symbols up.
 *
 * The C library opens libgcc_s.so.1 and others by its own means, without importing dlopen: a
 * file that defines dlopen counts as one that calls it.  GPU code and unwind tables are no strings of the program.
 */
#include "depgraph/libs/traces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MIN 2

static unsigned call_of(const char *name)
{
	static const struct {
		const char *name;
		unsigned call;
	} calls[] = {
		{ "dlopen", TRACES_DLOPEN }, { "dlmopen", TRACES_DLOPEN }, { "__libc_dlopen_mode", TRACES_DLOPEN },
		{ "dlsym", TRACES_DLSYM },   { "dlvsym", TRACES_DLSYM },   { "__libc_dlsym", TRACES_DLSYM },
	};
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(name, calls[i].name) == 0)
			return calls[i].call;
	return 0;
}

unsigned traces_calls(const struct elf_file *f, bool defined)
{
	uint64_t i, n = f->dynsym ? elf_file_entries(f, f->dynsym) : 0;
	struct elf_file_symbol s;
	unsigned calls = 0;

	for (i = 1; i < n; i++)
		if (elf_file_symbol(f, f->dynsym, i, &s) && (defined || s.special == SHN_UNDEF))
			calls |= call_of(s.name);
	return calls;
}

static bool holds_strings(const struct elf_file_section *s)
{
	static const char *const others[] = { ".nv", "__nv", ".hip_fatbin", ".eh_frame", ".gcc_except_table", ".ldata" };
	size_t i;

	if (s->type != SHT_PROGBITS || !(s->flags & SHF_ALLOC) || (s->flags & SHF_EXECINSTR) || (s->flags & SHF_COMPRESSED))
		return false;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strncmp(s->name, others[i], strlen(others[i])) == 0)
			return false;
	return true;
}

static int strings_of(const char *p, uint64_t left, int (*found)(void *ctx, const char *text, size_t len), void *ctx)
{
	int r = 0;

	while (left && r >= 0) {
		const char *end = memchr(p, 0, left);
		uint64_t n = end ? (uint64_t)(end - p) : left;

		if (end && n >= TEXT_MIN && n <= TRACES_TEXT_MAX)
			r = found(ctx, p, n);
		n += end != NULL;
		p += n;
		left -= n;
	}
	return r < 0 ? r : 0;
}

int traces_strings(const struct elf_file *f, int (*found)(void *ctx, const char *text, size_t len), void *ctx)
{
	uint32_t i;
	int r = 0;

	for (i = 1; i < f->section_count && r >= 0; i++) {
		const struct elf_file_section *s = &f->sections[i];

		if (holds_strings(s) && s->size_in_file)
			r = strings_of((const char *)f->data + s->off, s->size_in_file, found, ctx);
	}
	return r;
}

struct tracing {
	const struct closure *closure;
	const struct bindings *bindings;
	struct traces *traces;
	uint32_t module;
	unsigned calls;
};

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "libz.so.1", "libz.so" and "libz" all name libz.so.1. */
static bool names_library(const char *text, const char *name)
{
	const char *dot = strstr(name, ".so");
	size_t stem = dot ? (size_t)(dot - name) : strlen(name), n = strlen(text);

	if (strcmp(text, name) == 0)
		return true;
	return stem > 3 && strncmp(text, name, stem) == 0 && (n == stem || strcmp(text + stem, ".so") == 0);
}

static void trace_library(struct tracing *t, const char *text)
{
	const char *base = last_component(text);
	uint32_t i;

	if (strncmp(base, "lib", 3) != 0 && !strstr(base, ".so"))
		return;
	for (i = 1; i < t->closure->count; i++) {
		const struct closure_library *l = &t->closure->libraries[i];

		if (i == t->module || t->traces->opened[i].text)
			continue;
		if (names_library(base, last_component(l->name)) || (l->soname[0] && names_library(base, l->soname)))
			t->traces->opened[i] = (struct trace){ t->module, text };
	}
}

static int note_definer(void *ctx, uint32_t library, uint32_t symbol)
{
	struct tracing *t = ctx;

	(void)symbol;
	return library == t->module ? 0 : (int)library + 1;
}

/* dlsym(RTLD_DEFAULT) finds the first of that name. */
static void trace_symbol(struct tracing *t, const char *text)
{
	int first = bindings_definers(t->bindings, text, note_definer, t);

	if (first > 0 && !t->traces->looked_up[first - 1].text)
		t->traces->looked_up[first - 1] = (struct trace){ t->module, text };
}

static int trace_text(void *ctx, const char *text, size_t len)
{
	struct tracing *t = ctx;

	if (len > 255)
		return 0;
	if (t->calls & TRACES_DLOPEN)
		trace_library(t, text);
	if ((t->calls & TRACES_DLSYM) && !strpbrk(text, " %/-:,"))
		trace_symbol(t, text);
	return 0;
}

int traces_find(const struct closure *c, const struct bindings *b, struct traces *ret)
{
	struct tracing t = { .closure = c, .bindings = b, .traces = ret };
	uint32_t i;

	ret->opened = calloc(c->count, sizeof(*ret->opened));
	ret->looked_up = calloc(c->count, sizeof(*ret->looked_up));
	if (!ret->opened || !ret->looked_up) {
		traces_release(ret);
		return -ENOMEM;
	}
	for (i = 0; i < c->count; i++)
		ret->opened[i].module = ret->looked_up[i].module = CLOSURE_NONE;
	for (i = 0; i < c->count; i++) {
		const struct elf_file *f = c->libraries[i].elf;

		if (!f)
			continue;
		t.module = i;
		t.calls = traces_calls(f, false) | (traces_calls(f, true) & TRACES_DLOPEN);
		if (t.calls)
			(void)traces_strings(f, trace_text, &t);
	}
	return 0;
}

void traces_release(struct traces *t)
{
	free(t->opened);
	free(t->looked_up);
	*t = (struct traces){ 0 };
}
