/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries of source places, answered with libdwarf over the sections of a
 * struct dwarf_image.  See dwarf.h for why this runs in a confined child: so
 * errors are not followed up and little is given back, the process ends soon.
 *
 *   1. the headers of all units are read (a few bytes each, and the unit's own DIE)
 *   2. every query gets its unit: by offset for .debug_info, .debug_line and
 *      .debug_abbrev, by .debug_aranges for an address, else by the units' ranges
 *   3. units with queries are opened one after the other: names, line table
 *
 * Source: DWARF 5, sections 3.1, 6.1.2, 6.2 and 2.17.3; libdwarf's manual.
 */
#include "analyzers/dwarf_reader.h"

#include <dwarf.h>
#include <errno.h>
#include <libdwarf.h>
#include <stdio.h>

#define NESTING_MAX 64

enum lookup { LOOK_ADDRESS, LOOK_INFO, LOOK_UNIT };

struct pending {
	enum lookup lookup;
	size_t query, unit;
	uint64_t value;
	struct dwarf_answer *answer; /* while its unit is open */
};

struct lookups {
	struct dwarf_reader reader;
	struct pending *pending;
	size_t count;
	size_t homeless; /* addresses without a unit so far */
};

/* ---- attributes -------------------------------------------------------------------------------------------- */

static uint64_t number_attribute(Dwarf_Die die, Dwarf_Half which)
{
	Dwarf_Attribute attr;
	Dwarf_Unsigned v;

	if (dwarf_attr(die, which, &attr, NULL) != DW_DLV_OK)
		return 0;
	if (dwarf_formudata(attr, &v, NULL) != DW_DLV_OK)
		v = 0;
	dwarf_dealloc_attribute(attr);
	return v;
}

/* ---- which unit ---------------------------------------------------------------------------------------------- */

/* The unit whose table starts last at or before `off`. Tables may be shared: then the first unit that uses it. */
static size_t unit_by_table(const struct dwarf_reader *r, uint64_t off, bool lines)
{
	uint64_t best = 0;
	size_t i, found = DWARF_NO_UNIT;

	for (i = 0; i < r->unit_count; i++) {
		uint64_t start = lines ? r->units[i].lines : r->units[i].abbrevs;

		if (start <= off && (found == DWARF_NO_UNIT || start > best)) {
			best = start;
			found = i;
		}
	}
	return found;
}

static bool in_dwo(const char *name, const char *plain)
{
	size_t n = strlen(plain);

	return !strncmp(name, plain, n) && (!name[n] || !strcmp(name + n, ".dwo"));
}

static void place_query(struct lookups *l, const struct dwarf_query *q, size_t index)
{
	const struct dwarf_section *s = dwarf_query_section(l->reader.d, q);
	struct pending p = { .query = index, .unit = DWARF_NO_UNIT, .value = q->value };

	if (s && in_dwo(s->name, ".debug_info")) {
		p.lookup = LOOK_INFO;
		p.unit = dwarf_unit_by_info(&l->reader, q->value);
	} else if (s && (in_dwo(s->name, ".debug_line") || in_dwo(s->name, ".debug_abbrev"))) {
		p.lookup = LOOK_UNIT;
		p.unit = unit_by_table(&l->reader, q->value, in_dwo(s->name, ".debug_line"));
	} else if (s || !dwarf_query_address(l->reader.d, q, &p.value)) {
		return;
	}
	if (p.lookup == LOOK_ADDRESS || p.unit != DWARF_NO_UNIT)
		l->pending[l->count++] = p;
}

static int compare_address(const void *a, const void *b)
{
	const struct pending *x = a, *y = b;

	if (x->unit != y->unit)
		return x->unit < y->unit ? -1 : 1;
	return x->value < y->value ? -1 : x->value > y->value;
}

/* The first of p[0..n), sorted, that is not below `address`. */
static size_t first_at(const struct pending *p, size_t n, uint64_t address)
{
	size_t lo = 0;

	while (lo < n) {
		size_t mid = lo + (n - lo) / 2;

		if (p[mid].value < address)
			lo = mid + 1;
		else
			n = mid;
	}
	return lo;
}

/*
 * Gives a home to the addresses in [low, high).  The homeless ones are the
 * last l->homeless of the pending, sorted by address; those that found their
 * unit stay among them until settle() sorts anew.
 */
static void claim(void *ctx, size_t unit, uint64_t low, uint64_t high)
{
	struct lookups *l = ctx;
	struct pending *p = l->pending + l->count - l->homeless;
	size_t i;

	for (i = first_at(p, l->homeless, low); i < l->homeless && p[i].value < high; i++)
		if (p[i].unit == DWARF_NO_UNIT)
			p[i].unit = unit;
}

static void settle(struct lookups *l)
{
	size_t i;

	qsort(l->pending, l->count, sizeof(*l->pending), compare_address);
	for (i = l->count, l->homeless = 0; i-- > 0 && l->pending[i].unit == DWARF_NO_UNIT;)
		l->homeless++;
}

static void find_units(struct lookups *l)
{
	size_t i;

	settle(l);
	if (!l->homeless)
		return;
	dwarf_reader_aranges(&l->reader, claim, l);
	settle(l);
	if (!l->homeless)
		return;
	for (i = 0; i < l->reader.unit_count; i++)
		dwarf_reader_unit_ranges(&l->reader, i, claim, l);
	settle(l);
}

/* ---- answers -------------------------------------------------------------------------------------------------- */

static void set_text(char *out, size_t size, const char *s)
{
	size_t n = strnlen(s, size - 1);

	memcpy(out, s, n);
	out[n] = 0;
}

/* A file's name, without the unit's directory. */
static void set_file(struct dwarf_answer *a, const char *path)
{
	size_t n = strlen(a->directory);

	if (n && !strncmp(path, a->directory, n) && path[n] == '/')
		path += n + 1;
	set_text(a->file, sizeof(a->file), path);
}

static void set_attribute(Dwarf_Die die, Dwarf_Half which, char *out, size_t size)
{
	char *s;

	if (dwarf_die_text(die, which, &s, NULL) == DW_DLV_OK)
		set_text(out, size, s);
}

static void describe_unit(Dwarf_Die die, struct dwarf_answer *a)
{
	*a = (struct dwarf_answer){ .found = true };
	set_attribute(die, DW_AT_name, a->unit, sizeof(a->unit));
	set_attribute(die, DW_AT_comp_dir, a->directory, sizeof(a->directory));
	set_attribute(die, DW_AT_producer, a->producer, sizeof(a->producer));
	/* A skeleton names the file that has the rest. */
	if (!a->unit[0])
		set_attribute(die, DW_AT_dwo_name, a->unit, sizeof(a->unit));
	if (!a->unit[0])
		set_attribute(die, DW_AT_GNU_dwo_name, a->unit, sizeof(a->unit));
}

/* The row `line` covers the addresses [low, high). */
static void answer_row(struct pending *p, size_t n, Dwarf_Line line, uint64_t low, uint64_t high)
{
	size_t i;

	for (i = first_at(p, n, low); i < n && p[i].value < high; i++) {
		Dwarf_Unsigned number = 0;
		char *path;

		if (p[i].lookup != LOOK_ADDRESS || p[i].answer->line)
			continue;
		if (dwarf_lineno(line, &number, NULL) == DW_DLV_OK)
			p[i].answer->line = (uint32_t)number;
		if (dwarf_linesrc(line, &path, NULL) == DW_DLV_OK)
			set_file(p[i].answer, path);
	}
}

/* A row of the line table holds up to the address of the next one in its sequence. */
static void answer_lines(Dwarf_Die die, struct pending *p, size_t n)
{
	Dwarf_Line_Context context;
	Dwarf_Unsigned version;
	Dwarf_Signed count, i;
	Dwarf_Small tables;
	Dwarf_Line *rows, open = NULL;
	Dwarf_Addr start = 0;

	if (dwarf_srclines_b(die, &version, &tables, &context, NULL) != DW_DLV_OK)
		return;
	if (dwarf_srclines_from_linecontext(context, &rows, &count, NULL) != DW_DLV_OK)
		count = 0;
	for (i = 0; i < count; i++) {
		Dwarf_Bool end = false;
		Dwarf_Addr at;

		if (dwarf_lineaddr(rows[i], &at, NULL) != DW_DLV_OK)
			continue;
		if (open && at > start)
			answer_row(p, n, open, start, at);
		(void)dwarf_lineendsequence(rows[i], &end, NULL);
		open = end ? NULL : rows[i];
		start = at;
	}
	dwarf_srclines_dealloc_b(context);
}

static void answer_entity(Dwarf_Die unit, Dwarf_Die die, struct dwarf_answer *a)
{
	Dwarf_Unsigned file = number_attribute(die, DW_AT_decl_file);
	Dwarf_Half version = 0, offset_size, tag;
	const char *tag_name = "";
	char *name, **files;
	Dwarf_Signed count;

	if (dwarf_diename(die, &name, NULL) != DW_DLV_OK || dwarf_tag(die, &tag, NULL) != DW_DLV_OK)
		return;
	if (dwarf_get_TAG_name(tag, &tag_name) == DW_DLV_OK && !strncmp(tag_name, "DW_TAG_", 7))
		tag_name += 7;
	(void)snprintf(a->entity, sizeof(a->entity), "%s %s", tag_name, name);
	a->line = (uint32_t)number_attribute(die, DW_AT_decl_line);
	if (!a->line || dwarf_srcfiles(unit, &files, &count, NULL) != DW_DLV_OK)
		return;
	/* Files count from 1 before DWARF 5, and libdwarf's array from 0 always. */
	(void)dwarf_get_version_of_die(unit, &version, &offset_size);
	if (version < 5)
		file--;
	if (file < (Dwarf_Unsigned)count)
		set_file(a, files[file]);
}

/* The last of the siblings from `first` on that does not start behind `off`; takes `first`, gives the result away. */
static Dwarf_Die last_before(struct lookups *l, Dwarf_Die first, uint64_t off)
{
	Dwarf_Die next;
	Dwarf_Off at;

	while (dwarf_siblingof_b(l->reader.dbg, first, true, &next, NULL) == DW_DLV_OK) {
		if (dwarf_dieoffset(next, &at, NULL) != DW_DLV_OK || at > off) {
			dwarf_dealloc_die(next);
			break;
		}
		dwarf_dealloc_die(first);
		first = next;
	}
	return first;
}

/* Down the tree of DIEs to the one that holds the offset; the innermost that has a name is the answer. */
static void answer_info(struct lookups *l, Dwarf_Die unit, const struct pending *p)
{
	Dwarf_Die die = unit, child;
	unsigned depth;
	Dwarf_Off at;

	for (depth = 0; depth < NESTING_MAX && dwarf_child(die, &child, NULL) == DW_DLV_OK; depth++) {
		if (dwarf_dieoffset(child, &at, NULL) != DW_DLV_OK || at > p->value)
			return;
		die = last_before(l, child, p->value);
		answer_entity(unit, die, p->answer);
	}
}

static void answer_unit(struct lookups *l, Dwarf_Die die, struct pending *p, size_t n)
{
	bool lines = false;
	size_t i;

	for (i = 0; i < n; i++) {
		describe_unit(die, p[i].answer);
		if (p[i].lookup == LOOK_INFO)
			answer_info(l, die, &p[i]);
		lines |= p[i].lookup == LOOK_ADDRESS;
	}
	if (lines)
		answer_lines(die, p, n);
}

/* Queries of one unit are answered in batches, so that memory does not grow with their number. */
#define BATCH 64

static int answer_all(struct lookups *l, int (*answer)(void *ctx, size_t i, const struct dwarf_answer *a), void *ctx)
{
	struct dwarf_answer answers[BATCH];
	size_t i, k, n, total = l->count - l->homeless;
	Dwarf_Die die;
	int res;

	for (i = 0; i < total; i += n) {
		struct pending *p = l->pending + i;

		for (n = 0; n < BATCH && i + n < total && p[n].unit == p->unit; n++)
			p[n].answer = &answers[n];
		if (l->reader.units[p->unit].die == DWARF_NO_OFFSET ||
		    dwarf_offdie_b(l->reader.dbg, l->reader.units[p->unit].die, true, &die, NULL) != DW_DLV_OK)
			continue;
		answer_unit(l, die, p, n);
		dwarf_dealloc_die(die);
		for (k = 0; k < n; k++) {
			res = answer(ctx, p[k].query, p[k].answer);
			if (res < 0)
				return res;
		}
	}
	return 0;
}

int dwarf_places(const struct dwarf_image *d, const struct dwarf_query *queries, size_t n,
		 int (*answer)(void *ctx, size_t i, const struct dwarf_answer *a), void *ctx)
{
	struct lookups l = { .count = 0 };
	size_t i;
	int r = dwarf_reader_open(&l.reader, d);

	if (r < 0)
		return r;
	l.pending = calloc(n ? n : 1, sizeof(*l.pending));
	r = l.pending ? 0 : -ENOMEM;
	if (!r) {
		for (i = 0; i < n; i++)
			place_query(&l, &queries[i], i);
		find_units(&l);
		r = answer_all(&l, answer, ctx);
	}
	free(l.pending);
	dwarf_reader_close(&l.reader);
	return r;
}
