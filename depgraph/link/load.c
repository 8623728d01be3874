/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load.c: every object and archive member of the inputs, opened, with its
 * sections numbered and its groups read.
 */
#include "depgraph/link/link_model.h"

#include "analyzers/ar_members.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define OBJECTS_MAX  (UINT32_C(1) << 24)
#define SECTIONS_MAX (UINT32_C(1) << 30)
#define GROUP_WORDS_MAX (UINT64_C(1) << 26)

struct loading {
	struct link *l;
	uint32_t capacity;
};

/* ---- the list --------------------------------------------------------------------------------------------------- */

static int grow(struct loading *w)
{
	uint32_t capacity = w->capacity ? w->capacity * 2 : 256;
	struct link_priv *p = w->l->priv;
	struct link_object *objects = reallocarray(w->l->objects, capacity, sizeof(*objects));
	struct link_tables *tables;

	if (!objects)
		return -ENOMEM;
	w->l->objects = objects;
	tables = reallocarray(p->tables, capacity, sizeof(*tables));
	if (!tables)
		return -ENOMEM;
	p->tables = tables;
	w->capacity = capacity;
	return 0;
}

static int add_object(struct loading *w, uint32_t input, const char *name, const char *member,
		      struct link_tables **ret)
{
	struct link *l = w->l;
	struct link_priv *p = l->priv;

	if (l->object_count >= OBJECTS_MAX || (l->object_count == w->capacity && grow(w) < 0))
		return -ENOMEM;
	l->objects[l->object_count] = (struct link_object){ .input = &l->in->items[input], .name = name, .member = member,
							    .node = GRAPH_NONE };
	p->tables[l->object_count] = (struct link_tables){ .input = input, .map_file = LINKMAP_NONE,
							     .extracted_by = LINK_NONE, .extracted_for = LINK_NONE };
	*ret = &p->tables[l->object_count++];
	return name ? 0 : -ENOMEM;
}

/* A thin archive's member is a file beside the archive. */
static int open_thin(const struct input *in, const char *member, struct content **ret)
{
	size_t dir = (size_t)(path_base(in->path) - in->path);
	AUTO_FREE char *path = NULL;

	if (member[0] == '/')
		return content_open(AT_FDCWD, member, ret, NULL);
	if (asprintf(&path, "%.*s%s", (int)dir, in->path, member) < 0)
		path = NULL;
	return path ? content_open(AT_FDCWD, path, ret, NULL) : -ENOMEM;
}

static int add_member(struct loading *w, uint32_t input, const struct ar_members *ar, const struct ar_member *m)
{
	struct link_priv *p = w->l->priv;
	const struct input *in = &w->l->in->items[input];
	const char *member = arena_strndup(&p->arena, m->name, strlen(m->name));
	struct link_tables *t;
	int r = add_object(w, input, arena_printf(&p->arena, "%s(%s)", in->link_name, m->name), member, &t);

	if (r < 0 || !member)
		return -ENOMEM;
	if (!ar->thin) {
		t->content = content_ref(in->content);
		t->off = m->off;
		t->size = m->size;
	} else if (open_thin(in, m->name, &t->content) < 0) {
		t->trouble = "the member of the thin archive is not there";
	} else {
		t->size = content_size(t->content);
	}
	return 0;
}

static int add_archive(struct loading *w, uint32_t input, struct error *err)
{
	const struct input *in = &w->l->in->items[input];
	struct ar_members ar;
	struct ar_member m;
	int r = ar_members_begin(&ar, content_data(in->content), content_size(in->content), in->path, err);

	if (r < 0)
		return r;
	while ((r = ar_members_next(&ar, &m, err)) > 0) {
		r = add_member(w, input, &ar, &m);
		if (r < 0)
			break;
	}
	return r;
}

static int add_file(struct loading *w, uint32_t input)
{
	const struct input *in = &w->l->in->items[input];
	struct link_tables *t;
	int r = add_object(w, input, in->link_name, NULL, &t);

	if (r < 0)
		return r;
	t->content = content_ref(in->content);
	t->size = content_size(in->content);
	t->bitcode = in->kind == INPUT_BITCODE;
	w->l->objects[w->l->object_count - 1].elf = in->elf;
	return 0;
}

static int list_objects(struct loading *w, struct error *err)
{
	const struct inputs *in = w->l->in;
	uint32_t i;
	int r = 0;

	for (i = 0; i < in->count && r >= 0; i++)
		switch (in->items[i].kind) {
		case INPUT_ARCHIVE: r = add_archive(w, i, err); break;
		case INPUT_OBJECT:
		case INPUT_BITCODE: r = add_file(w, i); break;
		default: break;
		}
	return r;
}

/* ---- one object: parallel --------------------------------------------------------------------------------------- */

static int read_group(struct link_tables *t, const struct elf_file *f, uint32_t header, struct link_group *g)
{
	const struct elf_file_section *s = &f->sections[header];
	struct cursor c = elf_file_cursor(f, s);
	struct elf_file_symbol symbol;
	uint32_t member;

	g->header = header;
	g->comdat = cursor_u32(&c) & GRP_COMDAT;
	if (!elf_file_symbol(f, s->link, s->info, &symbol))
		return 0;
	g->signature = symbol.name;
	if (symbol.type == STT_SECTION && symbol.section < f->section_count)
		g->signature = f->sections[symbol.section].name;
	while (cursor_left(&c) >= 4) {
		member = cursor_u32(&c);
		if (member < f->section_count)
			t->group_of[member] = (uint32_t)(g - t->groups) + 1;
	}
	return 0;
}

static bool is_linkonce(const struct elf_file_section *s)
{
	return strncmp(s->name, ".gnu.linkonce.", 14) == 0;
}

static int read_groups(struct link_tables *t, const struct elf_file *f)
{
	uint32_t i, n = 0;

	for (i = 1; i < f->section_count; i++)
		n += f->sections[i].type == SHT_GROUP || is_linkonce(&f->sections[i]);
	if (!n)
		return 0;
	t->groups = calloc(n, sizeof(*t->groups));
	t->group_of = calloc(f->section_count, sizeof(*t->group_of));
	if (!t->groups || !t->group_of)
		return -ENOMEM;
	for (i = 1; i < f->section_count; i++)
		if (f->sections[i].type == SHT_GROUP) {
			(void)read_group(t, f, i, &t->groups[t->group_count++]);
		} else if (is_linkonce(&f->sections[i])) {
			t->groups[t->group_count] = (struct link_group){ .signature = f->sections[i].name, .header = i,
								       .comdat = true };
			t->group_of[i] = ++t->group_count;
		}
	return 0;
}

/* Up to the version: foo@V1 is a foo. */
static size_t name_length(const char *name)
{
	const char *at = strchr(name, '@');

	return at && at != name ? (size_t)(at - name) : strlen(name);
}

static int hash_symbols(struct link_tables *t, const struct elf_file *f)
{
	uint64_t n = elf_file_entries(f, f->symtab), i;
	struct elf_file_symbol s;

	if (!n || n > UINT32_MAX / 2)
		return 0;
	t->symbol_count = (uint32_t)n;
	t->locals = f->sections[f->symtab].info < n ? f->sections[f->symtab].info : (uint32_t)n;
	t->symbols = malloc((n - t->locals + 1) * sizeof(*t->symbols));
	t->hashes = malloc((n - t->locals + 1) * sizeof(*t->hashes));
	if (!t->symbols || !t->hashes)
		return -ENOMEM;
	for (i = t->locals; i < n; i++) {
		t->symbols[i - t->locals] = LINK_NONE;
		(void)elf_file_symbol(f, f->symtab, i, &s);
		t->hashes[i - t->locals] = symbol_hash(s.name, name_length(s.name));
	}
	return 0;
}

/* Sections that can be in an output: neither tables for the linker nor what it is told to leave out. */
static bool is_input_section(const struct elf_file_section *s)
{
	switch (s->type) {
	case SHT_NULL:
	case SHT_SYMTAB:
	case SHT_STRTAB:
	case SHT_RELA:
	case SHT_REL:
	case SHT_RELR:
	case SHT_GROUP:
	case SHT_SYMTAB_SHNDX:
		return false;
	}
	if (strncmp(s->name, ".gnu.lto_", 9) == 0 || strncmp(s->name, ".gnu.debuglto_", 14) == 0)
		return false;
	return s->flags & SHF_ALLOC || !(s->flags & SHF_EXCLUDE || strcmp(s->name, ".note.GNU-stack") == 0);
}

static int open_object(void *ctx, size_t i)
{
	struct link *l = ctx;
	struct link_object *o = &l->objects[i];
	struct link_tables *t = &((struct link_priv *)l->priv)->tables[i];
	const uint8_t *data = t->content ? content_data(t->content) + t->off : NULL;
	int r;

	if (data && t->size >= 4 && (memcmp(data, "BC\xc0\xde", 4) == 0 || memcmp(data, "\xde\xc0\x17\x0b", 4) == 0))
		t->bitcode = true;
	if (!o->elf && data && elf_file_probe(data, t->size)) {
		t->owned = true;
		r = elf_file_open(t->content, t->off, t->size, &o->elf, NULL);
		if (r == -ENOMEM)
			return r;
	}
	if (o->elf && o->elf->type != ET_REL)
		t->trouble = "it is not a relocatable object";
	else if (o->elf && o->elf->cut)
		t->trouble = "it is cut off";
	else if (!o->elf && !t->trouble && !t->bitcode)
		t->trouble = "it is no object";
	o->lto = t->bitcode || (o->elf && elf_file_lto(o->elf) == ELF_LTO_ONLY);
	if (!o->elf || t->trouble)
		return 0;
	r = read_groups(t, o->elf);
	return r < 0 ? r : hash_symbols(t, o->elf);
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

static int number_object(struct link *l, uint32_t i)
{
	struct link_object *o = &l->objects[i];
	struct link_tables *t = &((struct link_priv *)l->priv)->tables[i];
	uint32_t k;

	o->first = l->section_count;
	if (!o->elf || t->trouble)
		return 0;
	t->section_of = malloc((o->elf->section_count + 1) * sizeof(*t->section_of));
	if (!t->section_of)
		return -ENOMEM;
	for (k = 0; k < o->elf->section_count; k++)
		t->section_of[k] = is_input_section(&o->elf->sections[k]) ? l->section_count++ : LINK_NONE;
	o->count = l->section_count - o->first;
	return l->section_count < SECTIONS_MAX ? 0 : -ENOMEM;
}

static void fill_sections(struct link *l, uint32_t i)
{
	const struct link_object *o = &l->objects[i];
	const struct link_tables *t = &((struct link_priv *)l->priv)->tables[i];
	uint32_t k;

	for (k = 0; o->count && k < o->elf->section_count; k++)
		if (t->section_of[k] != LINK_NONE)
			l->sections[t->section_of[k]] = (struct link_section){
				.object = i, .index = k, .node = GRAPH_NONE, .size = o->elf->sections[k].size,
				.out_off = UINT64_MAX, .out_address = UINT64_MAX,
				.merged = o->elf->sections[k].flags & SHF_MERGE && o->elf->sections[k].entsize,
			};
}

int link_load(struct link *l, struct error *err)
{
	struct link_priv *p = l->priv;
	struct loading w = { .l = l };
	uint32_t i;
	int r = list_objects(&w, err);

	for (i = 0; !p->options.pool && i < l->object_count && r >= 0; i++)
		r = open_object(l, i);
	if (p->options.pool && r >= 0)
		r = pool_for(p->options.pool, l->object_count, open_object, l);
	for (i = 0; i < l->object_count && r >= 0; i++)
		r = number_object(l, i);
	if (r < 0)
		return r;
	l->sections = calloc((size_t)l->section_count + 1, sizeof(*l->sections));
	if (!l->sections)
		return -ENOMEM;
	for (i = 0; i < l->object_count; i++)
		fill_sections(l, i);
	return 0;
}
