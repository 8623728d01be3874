/* SPDX-License-Identifier: Apache-2.0 */
/*
 * version_script.c: version scripts (GNU ld manual, "VERSION Command"), which gold, lld and mold read too.
 *
 * A library without versions gets an anonymous script.  One that has versions keeps its nodes, in order and with
 * their parents, as .gnu.version_d has them: { u16 version, flags, index, count; u32 hash, aux, next },
 * and at aux a chain of { u32 name, next }, first the node's own name, then its parents'.
 * Names are mangled ones and stand for themselves; quoted where they hold more than letters.
 */
#include "depgraph/libs/version_script.h"

#include <string.h>

#define NODES_MAX 32768

static void write_name(struct buffer *b, const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$";

	if (name[strspn(name, plain)] == '\0')
		(void)buffer_printf(b, "        %s;\n", name);
	else
		(void)buffer_printf(b, "        \"%s\";\n", name);
}

/* Those of a version (NULL: all). Each name once: versions of it follow from the objects. */
static void write_kept(struct buffer *b, const struct world *w, const char *version)
{
	size_t i, n = 0;

	for (i = 0; i < w->count; i++) {
		const struct world_export *e = &w->exports[i];

		if (!world_keeps(e) || (version && (!e->version || strcmp(e->version, version) != 0)))
			continue;
		if (n++ == 0)
			(void)buffer_puts(b, "    global:\n");
		write_name(b, e->name);
	}
}

static void write_parents(struct buffer *b, const struct elf_file *f, struct cursor c, uint64_t at, unsigned count)
{
	uint32_t strings = f->sections[f->verdef].link;

	while (count-- > 0) {
		uint32_t name, next;

		cursor_seek(&c, at);
		name = cursor_u32(&c);
		next = cursor_u32(&c);
		if (c.failed)
			break;
		(void)buffer_printf(b, " %s", elf_file_string(f, strings, name));
		if (!next)
			break;
		at += next;
	}
}

struct version_node {
	unsigned flags, count;
	const char *name;
	uint64_t parents; /* where their records begin */
};

/* The record at `at`; returns where the next is, 0: none. */
static uint64_t read_node(const struct elf_file *f, struct cursor *c, uint64_t at, struct version_node *ret)
{
	uint32_t aux, next;

	cursor_seek(c, at);
	cursor_skip(c, 2);
	ret->flags = cursor_u16(c);
	cursor_skip(c, 2);
	ret->count = cursor_u16(c);
	cursor_skip(c, 4);
	aux = cursor_u32(c);
	next = cursor_u32(c);
	cursor_seek(c, at + aux);
	ret->name = elf_file_string(f, f->sections[f->verdef].link, cursor_u32(c));
	ret->parents = at + aux + cursor_u32(c);
	return next ? at + next : 0;
}

static void write_nodes(struct buffer *b, const struct world *w)
{
	const struct elf_file *f = w->output->elf;
	struct cursor c = elf_file_cursor(f, &f->sections[f->verdef]);
	uint64_t at = 0;
	bool first = true;
	unsigned left = NODES_MAX;

	do {
		struct version_node n = { 0 };

		at = read_node(f, &c, at, &n);
		if (c.failed)
			break;
		if (n.flags & VER_FLG_BASE)
			continue;
		(void)buffer_printf(b, "%s {\n", n.name);
		write_kept(b, w, n.name);
		if (first)
			(void)buffer_puts(b, "    local:\n        *;\n");
		first = false;
		(void)buffer_puts(b, "}");
		if (n.count > 1)
			write_parents(b, f, c, n.parents, n.count - 1);
		(void)buffer_puts(b, ";\n");
	} while (at && --left);
}

static bool has_versions(const struct world *w)
{
	size_t i;

	for (i = 0; i < w->count; i++)
		if (w->exports[i].version)
			return w->output->elf->verdef != 0;
	return false;
}

void version_script_write(struct buffer *b, const struct world *w)
{
	if (has_versions(w)) {
		write_nodes(b, w);
		return;
	}
	(void)buffer_puts(b, "{\n");
	write_kept(b, w, NULL);
	(void)buffer_puts(b, "    local:\n        *;\n};\n");
}

void dynamic_list_write(struct buffer *b, const struct world *w)
{
	size_t i;

	(void)buffer_puts(b, "{\n");
	for (i = 0; i < w->count; i++)
		if (world_keeps(&w->exports[i]))
			write_name(b, w->exports[i].name);
	(void)buffer_puts(b, "};\n");
}
