/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eh_edges.c: what exception tables keep, by the rule of the linker.
 *
 * No linker lets an FDE keep the function that it describes.  The rest differs
 * (rules.c): the language table lives with the function, or is a root when it is
 * data in no group, or a root by its name; the personality lives with
 * the function, or is a root.  Tables that cannot be read as records are followed as any other section.
 */
#include "depgraph/link/edges.h"

#include <errno.h>
#include <string.h>

struct eh_relocation {
	uint64_t off;
	uint32_t symbol;
};

struct eh_cie {
	uint64_t off;
	size_t first, end; /* its relocations */
};

struct unwinding {
	struct reader *e;
	enum unwind_rule rule;
	struct eh_relocation *relocations;
	size_t count, next;
	struct eh_cie *cies;
	size_t cie_count, cie_capacity;
};

bool link_is_unwind(const struct elf_file_section *s)
{
	return strcmp(s->name, ".eh_frame") == 0;
}

/* The section that a relocation points to, and the symbol's number when it is global. */
static uint32_t target(struct reader *e, uint32_t symbol, uint32_t *ret_number)
{
	*ret_number = LINK_NONE;
	if (symbol >= e->t->symbol_count)
		return LINK_NONE;
	if (symbol < e->t->locals)
		return link_cached_target(e, symbol);
	*ret_number = e->t->symbols[symbol - e->t->locals];
	return ((struct link_priv *)e->l->priv)->symbols.items[*ret_number].section;
}

static void follow(struct unwinding *u, uint32_t from, size_t relocation, enum link_reason reason)
{
	uint32_t number, to = target(u->e, u->relocations[relocation].symbol, &number);

	link_emit(u->e, from, to, EDGE_KEEPS, number, reason);
}

/* lld: the table that an FDE names, when nothing else decides about it. */
static void follow_data(struct unwinding *u, size_t relocation)
{
	uint32_t number, to = target(u->e, u->relocations[relocation].symbol, &number);
	const struct link *l = u->e->l;
	const struct link_tables *t;

	if (to == LINK_NONE)
		return;
	t = &((struct link_priv *)l->priv)->tables[l->sections[to].object];
	if (link_header(l, &l->sections[to])->flags & (SHF_EXECINSTR | SHF_LINK_ORDER) ||
	    (t->group_of && t->group_of[l->sections[to].index]))
		return;
	link_emit(u->e, FROM_ROOT, to, EDGE_KEEPS, number, REASON_UNWIND);
}

static int add_cie(struct unwinding *u, const struct eh_record *r, size_t end)
{
	size_t capacity = u->cie_capacity ? u->cie_capacity * 2 : 8, i;
	struct eh_cie *more;

	if (u->cie_count == u->cie_capacity) {
		more = reallocarray(u->cies, capacity, sizeof(*more));
		if (!more)
			return -ENOMEM;
		u->cies = more;
		u->cie_capacity = capacity;
	}
	u->cies[u->cie_count++] = (struct eh_cie){ r->off, u->next, end };
	for (i = u->next; i < end; i++) {
		if (u->rule == UNWIND_CIE_ROOTS || (u->rule == UNWIND_ALL_DATA && i == u->next))
			follow(u, FROM_ROOT, i, REASON_PERSONALITY);
	}
	return 0;
}

static void follow_cie(struct unwinding *u, uint32_t function, uint64_t cie_off)
{
	size_t i, k;

	for (i = u->cie_count; i-- > 0;)
		if (u->cies[i].off == cie_off) {
			for (k = u->cies[i].first; k < u->cies[i].end; k++)
				follow(u, function, k, REASON_PERSONALITY);
			return;
		}
}

static void read_fde(struct unwinding *u, const struct eh_record *r, size_t end)
{
	uint32_t number, function;
	size_t i;

	if (u->next == end)
		return;
	if (u->rule == UNWIND_ALL_DATA) {
		for (i = u->next; i < end; i++)
			follow_data(u, i);
		return;
	}
	function = target(u->e, u->relocations[u->next].symbol, &number);
	if (function == LINK_NONE)
		return; /* of a copy that is not used: the entry goes */
	for (i = u->next + 1; i < end; i++)
		follow(u, function, i, REASON_UNWIND);
	if (u->rule == UNWIND_WITH_FUNCTION)
		follow_cie(u, function, r->cie_off);
}

static int read_record(void *ctx, const struct eh_record *r)
{
	struct unwinding *u = ctx;
	size_t end;

	while (u->next < u->count && u->relocations[u->next].off < r->off)
		u->next++;
	for (end = u->next; end < u->count && u->relocations[end].off < r->off + r->size; end++)
		;
	if (r->cie) {
		if (add_cie(u, r, end) < 0)
			return -ENOMEM;
	} else {
		read_fde(u, r, end);
	}
	u->next = end;
	return 0;
}

static int compare_offsets(const void *a, const void *b)
{
	const struct eh_relocation *x = a, *y = b;

	return (x->off > y->off) - (x->off < y->off);
}

static bool read_sorted(struct unwinding *u, uint32_t table)
{
	uint64_t i, n = elf_file_entries(u->e->elf, table);
	struct elf_file_relocation r;
	bool sorted = true;

	u->relocations = malloc((n + 1) * sizeof(*u->relocations));
	if (!u->relocations)
		return false;
	for (i = 0; i < n; i++) {
		if (!elf_file_relocation(u->e->elf, table, i, &r))
			continue;
		sorted &= !u->count || u->relocations[u->count - 1].off <= r.offset;
		u->relocations[u->count++] = (struct eh_relocation){ r.offset, r.symbol };
	}
	if (!sorted)
		qsort(u->relocations, u->count, sizeof(*u->relocations), compare_offsets);
	return true;
}

void link_read_unwind(struct reader *e, uint32_t header, uint32_t table)
{
	struct unwinding u = { .e = e, .rule = ((struct link_priv *)e->l->priv)->rules->unwind };
	size_t i;
	int r = 0;

	if (u.rule == UNWIND_IGNORED)
		return;
	if (!read_sorted(&u, table))
		r = -ENOMEM;
	else
		r = eh_frame_records(elf_file_cursor(e->elf, &e->elf->sections[header]), read_record, &u);
	if (r == -ENOMEM || r == -ECANCELED)
		e->error = -ENOMEM;
	for (i = 0; r == -EBADMSG && i < u.count; i++)
		follow(&u, FROM_ROOT, i, REASON_UNWIND);
	free(u.relocations);
	free(u.cies);
}
