/* SPDX-License-Identifier: Apache-2.0 */
/*
 * predict.c: how large the file would be.
 *
 * Every dead section takes its bytes and the padding behind it out of its
 * output section.  With code go its unwind entries, its symbols and their
 * names, and with data its dynamic relocations: all of these are counted in the
 * output's own tables, by address.  Then the file is laid out again.
 */
#include "depgraph/link/predict.h"

#include "base/sorted.h"

#include <errno.h>
#include <string.h>

bool link_is_removable(const struct link *l, const struct link_section *s)
{
	const struct link_priv *p = l->priv;

	return s->in_output && !s->live && !(s->merged && p->rules->merged_stay);
}

/* ---- ranges ------------------------------------------------------------------------------------------------------- */

struct placed {
	uint64_t address, size;
	uint32_t section;
};

static int compare_placed(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (x->section > y->section) - (x->section < y->section);
}

static size_t collect_placed(const struct link *l, struct placed *out)
{
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < l->section_count; i++) {
		const struct link_section *s = &l->sections[i];
		const struct elf_file_section *h = link_header(l, s);

		/* .tbss lies over what follows it. */
		if (s->in_output && s->listed && !s->merged && h->flags & SHF_ALLOC && s->out_address + s->size > s->out_address &&
		    !(h->flags & SHF_TLS && h->type == SHT_NOBITS))
			out[n++] = (struct placed){ s->out_address, s->size, i };
	}
	return n;
}

/* Where the next one begins, if there is but padding before it. */
static uint64_t padded_to(const struct link *l, uint64_t end, const struct placed *next)
{
	uint64_t align = link_header(l, &l->sections[next->section])->align;

	return next->address > end && next->address - end < align ? next->address : end;
}

int link_dead_ranges(const struct link *l, struct dead_ranges *ret)
{
	AUTO_FREE struct placed *placed = malloc(((size_t)l->section_count + 1) * sizeof(*placed));
	struct dead_range *items = malloc(((size_t)l->section_count + 1) * sizeof(*items));
	size_t n, i, k = 0;

	if (!placed || !items) {
		free(items);
		return -ENOMEM;
	}
	n = collect_placed(l, placed);
	qsort(placed, n, sizeof(*placed), compare_placed);
	for (i = 0; i < n; i++) {
		uint64_t end = placed[i].address + placed[i].size, next = i + 1 < n ? padded_to(l, end, &placed[i + 1]) : end;

		if (l->sections[placed[i].section].live || (k && placed[i].address < items[k - 1].end))
			continue;
		items[k++] = (struct dead_range){ placed[i].address, end, next, placed[i].section };
	}
	*ret = (struct dead_ranges){ items, k };
	return 0;
}

void dead_ranges_release(struct dead_ranges *d)
{
	free(d->items);
	*d = (struct dead_ranges){ 0 };
}

bool dead_ranges_hold(const struct dead_ranges *d, uint64_t address)
{
	size_t n = sorted_until(d->items, d->count, address, address);

	return n && address < d->items[n - 1].end;
}

/* ---- what goes with them -------------------------------------------------------------------------------------------- */

/*
 * Names are written once, and "f" stands in the end of "_f" where a linker looks for that: symbols whose names end at the same place
 * share bytes.  What goes is what the longest dead one has beyond the longest live one.
 */
struct shared_name {
	uintptr_t end;
	size_t length; /* with its terminator */
	bool dead;
};

static int compare_names(const void *a, const void *b)
{
	const struct shared_name *x = a, *y = b;

	return (x->end > y->end) - (x->end < y->end);
}

static uint64_t dead_name_bytes(struct shared_name *names, size_t n)
{
	uint64_t bytes = 0;
	size_t i, all = 0, live = 0;

	qsort(names, n, sizeof(*names), compare_names);
	for (i = 0; i < n; i++) {
		all = names[i].length > all ? names[i].length : all;
		live = !names[i].dead && names[i].length > live ? names[i].length : live;
		if (i + 1 < n && names[i + 1].end == names[i].end)
			continue;
		bytes += all - live;
		all = live = 0;
	}
	return bytes;
}

static bool is_dead_symbol(const struct dead_ranges *d, const struct elf_file_symbol *s)
{
	return s->special == ELF_SYMBOL_IN_SECTION && s->type != STT_SECTION && s->type != STT_TLS && dead_ranges_hold(d, s->value);
}

static int count_symbols(const struct elf_file *f, const struct dead_ranges *d, struct link_prediction *p)
{
	uint64_t i, n = elf_file_entries(f, f->symtab);
	AUTO_FREE struct shared_name *names = calloc(n + 1, sizeof(*names));
	struct elf_file_symbol s;

	if (!names)
		return -ENOMEM;
	for (i = 1; i < n; i++) {
		size_t length;

		(void)elf_file_symbol(f, f->symtab, i, &s);
		length = strlen(s.name) + 1;
		names[i - 1] = (struct shared_name){ (uintptr_t)s.name + length, length, is_dead_symbol(d, &s) };
		p->symbols += names[i - 1].dead ? (f->wide ? 24 : 16) : 0;
	}
	p->names += dead_name_bytes(names, n ? n - 1 : 0);
	return 0;
}

/* mold keeps the compiler's local names of strings, and drops them with the strings. */
static void count_string_symbols(const struct link *l, struct link_prediction *p)
{
	struct elf_file_symbol s;
	uint32_t i, k;

	for (i = 0; i < l->object_count; i++) {
		const struct link_tables *t = &((struct link_priv *)l->priv)->tables[i];
		const struct elf_file *f = l->objects[i].elf;

		for (k = 1; l->objects[i].linked && l->objects[i].count && k < t->locals; k++) {
			uint32_t section;

			(void)elf_file_symbol(f, f->symtab, k, &s);
			if (s.special != ELF_SYMBOL_IN_SECTION || s.section >= f->section_count || s.type == STT_SECTION)
				continue;
			section = t->section_of[s.section];
			if (section == LINK_NONE || !l->sections[section].merged || !l->sections[section].in_output ||
			    l->sections[section].live)
				continue;
			p->symbols += f->wide ? 24 : 16;
			p->names += strlen(s.name) + 1;
		}
	}
}

/* ---- output sections --------------------------------------------------------------------------------------------------- */


static void take_ranges(const struct elf_file *f, const struct dead_ranges *d, uint64_t *removed)
{
	uint32_t at = 0;
	size_t i;

	for (i = 0; i < d->count; i++) {
		const struct dead_range *r = &d->items[i];
		uint64_t end = r->next;

		if (!at || r->address < f->sections[at].addr || r->address - f->sections[at].addr >= f->sections[at].size)
			at = elf_file_section_at(f, r->address);
		if (!at)
			continue;
		if (end > f->sections[at].addr + f->sections[at].size)
			end = r->end;
		removed[at] += end - r->address;
	}
}

static void take(const struct elf_file *f, const char *name, uint64_t bytes, uint64_t *removed)
{
	uint32_t i = elf_file_section_named(f, name);

	if (i)
		removed[i] += bytes;
}

static int predict_file(const struct link *l, struct link_prediction *p)
{
	const struct elf_file *f = l->output->elf;
	AUTO_FREE uint64_t *removed = calloc((size_t)f->section_count + 1, sizeof(*removed));
	CLEANUP(dead_ranges_release) struct dead_ranges dead = { 0 };
	uint64_t entries;
	uint32_t i;
	int r = removed ? link_dead_ranges(l, &dead) : -ENOMEM;

	if (r >= 0)
		r = link_dead_merged(l, &p->merged);
	if (r < 0)
		return r;
	r = count_symbols(f, &dead, p);
	if (r < 0)
		return r;
	if (((struct link_priv *)l->priv)->rules->merged_stay)
		count_string_symbols(l, p);
	r = link_dead_imports(l, &dead, removed, p);
	if (r < 0)
		return r;
	link_dead_unwind(f, &dead, &p->unwind, &entries);
	p->unwind_index = elf_file_section_named(f, ".eh_frame_hdr") ? entries * 8 : 0;
	take_ranges(f, &dead, removed);
	removed[f->symtab] += p->symbols;
	if (f->symtab)
		removed[f->sections[f->symtab].link < f->section_count ? f->sections[f->symtab].link : 0] += p->names;
	take(f, ".eh_frame", p->unwind, removed);
	take(f, ".eh_frame_hdr", p->unwind_index, removed);
	take(f, elf_file_section_named(f, ".rodata.str") ? ".rodata.str" : ".rodata", p->merged, removed);
	for (i = 0; i < f->section_count; i++)
		if (removed[i] > f->sections[i].size)
			removed[i] = f->sections[i].size;
	p->file_size = link_shrunk_size(f, removed);
	return 0;
}

int link_predict(const struct link *l, struct link_prediction *ret)
{
	struct link_prediction p = { 0 };
	uint32_t i;
	int r;

	for (i = 0; i < l->section_count; i++) {
		const struct link_section *s = &l->sections[i];

		if (!link_is_removable(l, s))
			continue;
		p.sections++;
		p.bytes += link_header(l, s)->type == SHT_NOBITS ? 0 : s->size;
		p.loaded += link_header(l, s)->flags & SHF_ALLOC ? s->size : 0;
	}
	if (l->output && l->output->elf && l->in->map) {
		r = predict_file(l, &p);
		if (r < 0)
			return r;
	}
	*ret = p;
	return 0;
}
