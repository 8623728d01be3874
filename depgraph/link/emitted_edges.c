/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emitted_edges.c: who keeps what, by the kept relocations.
 *
 * From a function or object: an edge to what it names.  A reference from code to a section of data and an addend
 * may mean an element of an array before its first.  Unless it is the address of an object's first
 * byte (and that is no displacement, which is added to an index), everything of the section within SLACK bytes is kept.
 *
 * From bytes without a symbol: a root.  One case is not: compilers put
 * tables of jumps into read-only data, without a symbol, and each entry points into the middle of the function
 * that jumps.  If those were roots no function with a switch could be dead.
 * An entry in the middle of a function is kept by whoever refers to the table: the "place" at
 * or before the entry that a relocation names.  In code that is independent of its place an entry is
 * `target - table`, which as a relocation says target + (entry - table).
 *
 * Unwind tables name every function. What they name as a symbol, or is data, is a personality or a
 * language table and stays; code that is named by section and offset is what an FDE describes, which it does not keep.
 */
#include "depgraph/link/emitted.h"

#include "base/sorted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLACK 64
#define TINY 8 /* elements before the first of an array may well be the first byte of something so small */

static bool is_unwind(const struct emitted *m, const struct emitted_reference *r)
{
	return strncmp(m->elf->sections[r->section].name, ".eh_frame", 9) == 0;
}

/* ---- places ------------------------------------------------------------------------------------------------------------ */

static int compare_places(const void *a, const void *b)
{
	const struct emitted_place *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static int add_place(struct emitted *m, uint64_t address)
{
	size_t capacity = m->place_capacity ? m->place_capacity * 2 : 256;
	struct emitted_place *more;

	if (m->place_count == m->place_capacity) {
		more = reallocarray(m->places, capacity, sizeof(*more));
		if (!more)
			return -ENOMEM;
		m->places = more;
		m->place_capacity = capacity;
	}
	m->places[m->place_count++].address = address;
	return 0;
}

static int find_in_table(struct emitted *m, uint32_t table)
{
	uint64_t i, n = elf_file_entries(m->elf, table);
	struct emitted_reference r;
	int result = 0;

	for (i = 0; i < n && result >= 0; i++)
		if (emitted_reference(m->elf, table, i, &r)) {
			m->relocation_count++;
			if (m->cut[r.target_section] && !emitted_is_code(m, r.target_section) &&
			    emitted_at(m, r.target) == EMITTED_NONE)
				result = add_place(m, r.target);
		}
	return result;
}

int emitted_find_places(struct emitted *m)
{
	size_t i, n = 0;
	uint32_t table;
	int r = 0;

	for (table = 1; table < m->elf->section_count && r >= 0; table++)
		if (emitted_is_table(m->elf, table))
			r = find_in_table(m, table);
	if (r < 0)
		return r;
	if (m->place_count)
		qsort(m->places, m->place_count, sizeof(*m->places), compare_places);
	for (i = 0; i < m->place_count; i++)
		if (!n || m->places[n - 1].address != m->places[i].address)
			m->places[n++] = m->places[i];
	m->place_count = n;
	return n < GRAPH_NONE / 4 ? 0 : -EFBIG;
}

/* The place at or before an address, with no node between; EMITTED_NONE. */
static size_t place_before(const struct emitted *m, const struct emitted_reference *r)
{
	size_t n = sorted_until(m->places, m->place_count, address, r->at), before;
	uint64_t place;

	if (!n)
		return EMITTED_NONE;
	place = m->places[n - 1].address;
	before = sorted_until(m->nodes, m->count, address, r->at);
	if (place < m->elf->sections[r->section].addr || (before && m->nodes[before - 1].address > place))
		return EMITTED_NONE;
	return n - 1;
}

/* ---- edges ------------------------------------------------------------------------------------------------------------- */

/* Is one object meant, and no other one near? */
static bool is_exact(const struct emitted *m, const struct emitted_reference *r, size_t to)
{
	if (r->label && r->target == r->symbol && !r->displacement)
		return true;
	if (to == EMITTED_NONE)
		return false;
	if (!emitted_is_code(m, r->section))
		return true;
	return !r->displacement && m->nodes[to].address == r->target && m->nodes[to].end - r->target > TINY;
}

static void keep_data(struct emitted *m, size_t from, const struct emitted_reference *r)
{
	uint64_t address = r->target, low = address > SLACK ? address - SLACK : 0;
	uint64_t high = address < UINT64_MAX - SLACK ? address + SLACK : UINT64_MAX;
	size_t i = emitted_at(m, address);

	if (is_exact(m, r, i)) {
		emitted_keep(m, from, i);
		return;
	}
	i = sorted_until(m->nodes, m->count, address, low);
	i -= i > 0 && m->nodes[i - 1].end > low;
	for (; i < m->count && m->nodes[i].address <= high; i++)
		if (!r->target_section || m->nodes[i].section == r->target_section)
			emitted_keep(m, from, i);
}

static void keep_place(struct emitted *m, size_t from, uint64_t address)
{
	size_t n = sorted_until(m->places, m->place_count, address, address);
	node_id place = m->first_place + (node_id)n - 1;

	if (!n || m->places[n - 1].address != address)
		return;
	if (from == EMITTED_NONE)
		graph_root(m->graph, place, m->unnamed);
	else
		graph_edge(m->graph, m->first + (node_id)from, place, EDGE_RELOCATION, 0);
}

static void keep_target(struct emitted *m, size_t from, const struct emitted_reference *r)
{
	size_t object = r->object ? emitted_at(m, r->symbol) : EMITTED_NONE;

	if (object != EMITTED_NONE) {
		emitted_keep(m, from, object);
		return;
	}
	if (emitted_is_code(m, r->target_section)) {
		emitted_keep(m, from, emitted_at(m, r->target));
		if (r->label)
			emitted_keep(m, from, emitted_at(m, r->symbol));
		return;
	}
	keep_data(m, from, r);
	keep_place(m, from, r->target);
}

/* From data without a symbol: true when it is an entry of a table of jumps. */
static bool keep_jump(struct emitted *m, const struct emitted_reference *r)
{
	size_t place, to = emitted_at(m, r->target);
	uint64_t target;

	if (r->object || !emitted_is_code(m, r->target_section) || (to != EMITTED_NONE && m->nodes[to].address == r->target))
		return false;
	place = place_before(m, r);
	if (place == EMITTED_NONE)
		return false;
	target = r->target - (r->relative ? r->at - m->places[place].address : 0);
	to = emitted_at(m, target);
	if (to == EMITTED_NONE || (m->nodes[to].address == target && !r->relative))
		return false;
	graph_edge(m->graph, m->first_place + (node_id)place, m->first + (node_id)to, EDGE_RELOCATION, 0);
	return true;
}

static void follow(struct emitted *m, const struct emitted_reference *r)
{
	size_t from = m->cut[r->section] ? emitted_at(m, r->at) : EMITTED_NONE;
	struct emitted_reference whole = *r;

	if (is_unwind(m, r)) {
		if (r->object || !emitted_is_code(m, r->target_section))
			keep_target(m, EMITTED_NONE, r);
		return;
	}
	if (from == EMITTED_NONE && !emitted_is_code(m, r->section) && keep_jump(m, r))
		return;
	keep_target(m, from, r);
	/* A table with a symbol: its entries may be relative to its start. */
	if (from == EMITTED_NONE || !r->relative || r->object || emitted_is_code(m, r->section))
		return;
	whole.target -= r->at - m->nodes[from].address;
	keep_target(m, from, &whole);
}

void emitted_follow_relocations(struct emitted *m)
{
	struct emitted_reference r;
	uint32_t table;
	uint64_t i, n;

	for (table = 1; table < m->elf->section_count; table++) {
		if (!emitted_is_table(m->elf, table))
			continue;
		n = elf_file_entries(m->elf, table);
		for (i = 0; i < n; i++)
			if (emitted_reference(m->elf, table, i, &r))
				follow(m, &r);
	}
}
