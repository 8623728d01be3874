/* SPDX-License-Identifier: Apache-2.0 */
/* link.c: the link model from its inputs to a finished graph; see link_model.h for the steps. */
#include "depgraph/link/link_model.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void link_set_opaque(struct link *l, const char *fmt, ...)
{
	va_list ap;

	if (l->opaque[0])
		return;
	va_start(ap, fmt);
	vsnprintf(l->opaque, sizeof(l->opaque), fmt, ap);
	va_end(ap);
}

bool link_is_opaque(const struct link *l)
{
	return l->opaque[0];
}

/* ---- which linker ------------------------------------------------------------------------------------------------ */

static bool find_linker(const struct elf_file *f, enum linkmap_dialect *ret)
{
	static const struct {
		const char *says;
		enum linkmap_dialect is;
	} marks[] = { { "mold ", LINKMAP_MOLD }, { "Linker: LLD", LINKMAP_LLD }, { "LLD ", LINKMAP_LLD } };
	uint32_t comment = elf_file_section_named(f, ".comment");
	struct cursor c;
	size_t i;

	if (elf_file_section_named(f, ".note.gnu.gold-version")) {
		*ret = LINKMAP_GOLD;
		return true;
	}
	if (!comment)
		return false;
	c = elf_file_cursor(f, &f->sections[comment]);
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (memmem(c.base, c.size, marks[i].says, strlen(marks[i].says))) {
			*ret = marks[i].is;
			return true;
		}
	return false;
}

static enum linkmap_dialect which_linker(const struct link *l, const struct link_options *o)
{
	enum linkmap_dialect d = LINKMAP_GNU;

	if (o->linker_told)
		return o->linker;
	if (l->in->map)
		return l->in->map->dialect;
	if (l->output && l->output->elf)
		(void)find_linker(l->output->elf, &d);
	return d;
}

/* ---- what is missing when there is no map ---------------------------------------------------------------------------- */

/* Names that the linker, the compiler's start files or the C library's static part bring: they refer to nothing of the program's
 * but main. */
static bool is_linkers_own(const char *name)
{
	static const char *const names[] = {
		"_GLOBAL_OFFSET_TABLE_", "_DYNAMIC", "_PROCEDURE_LINKAGE_TABLE_", "_start", "_init", "_fini", "main",
		"__dso_handle", "__TMC_END__", "__data_start", "data_start", "_IO_stdin_used", "_edata", "edata", "_etext",
		"etext", "__etext", "_end", "end", "__bss_start", "__executable_start", "__ehdr_start",
		"__init_array_start", "__init_array_end", "__fini_array_start", "__fini_array_end",
		"__preinit_array_start", "__preinit_array_end", "__rela_iplt_start", "__rela_iplt_end",
		"__GNU_EH_FRAME_HDR", "__libc_csu_init", "__libc_csu_fini", "atexit", "at_quick_exit", "pthread_atfork",
		"__stack_chk_fail_local", "__global_pointer$", "_TLS_MODULE_BASE_", "__tls_get_addr",
		"_dl_relocate_static_pie", "deregister_tm_clones", "register_tm_clones", "__libc_start_main",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return strncmp(name, "__start_", 8) == 0 || strncmp(name, "__stop_", 7) == 0;
}

static void take_imports(struct link *l, const struct elf_file *f)
{
	struct link_priv *p = l->priv;
	uint64_t i, n = elf_file_entries(f, f->dynsym);
	struct elf_file_symbol s;
	uint32_t number;

	for (i = 1; i < n; i++) {
		(void)elf_file_symbol(f, f->dynsym, i, &s);
		number = symbol_find(&p->symbols, s.name, strlen(s.name));
		if (number != LINK_NONE && p->symbols.items[number].state == SYMBOL_UNDEFINED)
			p->symbols.items[number].wanted = false;
	}
}

static void look_for_unknown_code(struct link *l, const struct elf_file *f)
{
	struct link_priv *p = l->priv;
	uint64_t i, n = elf_file_entries(f, f->symtab);
	struct elf_file_symbol s;
	uint32_t number;

	for (i = 1; i < n; i++) {
		(void)elf_file_symbol(f, f->symtab, i, &s);
		if (s.bind == STB_LOCAL || s.special == SHN_UNDEF || s.type != STT_FUNC || is_linkers_own(s.name))
			continue;
		number = symbol_find(&p->symbols, s.name, strcspn(s.name, "@"));
		if (number == LINK_NONE || p->symbols.items[number].state <= SYMBOL_SHARED) {
			link_set_opaque(l, "%s is in the output, and no input that was given defines it", s.name);
			return;
		}
	}
}

static void look_for_missing(struct link *l)
{
	struct link_priv *p = l->priv;
	uint32_t i;

	if (l->in->map || !l->object_count)
		return;
	if (l->output && l->output->elf) {
		take_imports(l, l->output->elf);
		look_for_unknown_code(l, l->output->elf);
	}
	for (i = 0; i < p->symbols.count; i++) {
		const struct link_symbol *s = &p->symbols.items[i];

		if (s->state == SYMBOL_UNDEFINED && s->wanted && !is_linkers_own(s->name)) {
			link_set_opaque(l, "%s is defined by no input that was given", s->name);
			return;
		}
	}
}

static void note_lto(struct link *l)
{
	uint32_t i;

	for (i = 0; i < l->object_count; i++)
		if (l->objects[i].lto && (l->objects[i].linked || (!l->objects[i].member && l->in->map)))
			link_set_opaque(l, "%s was compiled for link-time optimisation: its code is made by the link",
					l->objects[i].name);
}

/* ---- what the whole looks like ------------------------------------------------------------------------------------------ */

static void judge_output(struct link *l)
{
	const struct link_priv *p = l->priv;
	uint64_t single = 0, code = 0;
	uint32_t i;

	for (i = 0; i < l->section_count; i++) {
		const struct link_section *s = &l->sections[i];
		const struct elf_file_section *h = link_header(l, s);

		if (!s->in_output || !(h->flags & SHF_EXECINSTR))
			continue;
		code += s->size;
		single += strncmp(h->name, ".text.", 6) == 0 ? s->size : 0;
	}
	l->per_function = code && single * 2 >= code;
	l->gc = l->in->map && p->shadows > 0;
}

int link_build(const struct inputs *in, const struct link_options *o, struct graph *g, struct link **ret,
	       struct error *err)
{
	CLEANUP(link_freep) struct link *l = calloc(1, sizeof(*l));
	struct link_priv *p = calloc(1, sizeof(*p));
	int r;

	if (!l || !p) {
		free(p);
		return -ENOMEM;
	}
	l->priv = p;
	l->in = in;
	l->graph = g;
	p->arena = (struct arena)ARENA_INIT((size_t)4 << 30);
	p->options = *o;
	l->output = inputs_output(in);
	l->shared = l->output && l->output->kind == INPUT_SHARED;
	l->linker = which_linker(l, o);
	p->rules = link_rules_of(l->linker);
	r = link_load(l, err);
	if (r >= 0)
		r = link_place(l);
	note_lto(l);
	if (r >= 0)
		r = link_resolve(l);
	if (r < 0)
		return r;
	note_lto(l);
	look_for_missing(l);
	r = link_edges(l);
	if (r >= 0)
		r = link_roots(l);
	if (r >= 0 && !o->leave_open)
		r = graph_finish(g);
	if (r < 0)
		return r;
	judge_output(l);
	*ret = steal_pointer(l);
	return 0;
}

static void tables_release(struct link_tables *t)
{
	free(t->section_of);
	free(t->symbols);
	free(t->hashes);
	free(t->groups);
	free(t->group_of);
	content_unref(t->content);
}

void link_free(struct link *l)
{
	struct link_priv *p = l ? l->priv : NULL;
	uint32_t i;

	if (!l)
		return;
	for (i = 0; i < l->object_count; i++) {
		if (p->tables[i].owned)
			elf_file_free(l->objects[i].elf);
		tables_release(&p->tables[i]);
	}
	free(l->objects);
	free(l->sections);
	free(p->tables);
	symbol_table_release(&p->symbols);
	symbol_table_release(&p->signatures);
	free(p->alternatives);
	free(p->winners);
	free(p->winner_listed);
	free(p->named);
	free(p->library_nodes);
	arena_release(&p->arena);
	free(p);
	free(l);
}
