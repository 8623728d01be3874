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
#include "analyzers/dwarf_image.h"
#include "base/sorted.h"

#include <dwarf.h>
#include <errno.h>
#include <libdwarf.h>
#include <stdio.h>

#define UNITS_MAX (1u << 20)
#define NESTING_MAX 64
#define NO_UNIT SIZE_MAX
#define NO_OFFSET UINT64_MAX

struct unit {
	uint64_t header, next; /* extent in .debug_info */
	uint64_t die;
	uint64_t abbrevs, lines; /* offsets of its tables; NO_OFFSET */
};

enum lookup { LOOK_ADDRESS, LOOK_INFO, LOOK_UNIT };

struct pending {
	enum lookup lookup;
	size_t query, unit;
	uint64_t value;
	struct dwarf_answer *answer; /* while its unit is open */
};

struct reader {
	const struct dwarf_image *d;
	Dwarf_Debug dbg;
	struct unit *units;
	size_t unit_count;
	struct pending *pending;
	size_t count;
	size_t homeless; /* addresses without a unit so far */
};

/* ---- libdwarf's view of our sections: number 0 is the null section, as in ELF ------------------------------- */

static int section_info(void *obj, Dwarf_Half i, Dwarf_Obj_Access_Section *ret, int *error)
{
	const struct dwarf_image *d = obj;

	(void)error;
	if (i > d->count)
		return DW_DLV_NO_ENTRY;
	*ret = (Dwarf_Obj_Access_Section){ .name = "" };
	if (i) {
		ret->name = d->sections[i - 1].name;
		ret->size = d->sections[i - 1].size;
		ret->type = 1; /* SHT_PROGBITS */
	}
	return DW_DLV_OK;
}

static Dwarf_Endianness byte_order(void *obj)
{
	return ((const struct dwarf_image *)obj)->big ? DW_OBJECT_MSB : DW_OBJECT_LSB;
}

static Dwarf_Small word_size(void *obj)
{
	return ((const struct dwarf_image *)obj)->wide ? 8 : 4;
}

static Dwarf_Unsigned section_count(void *obj)
{
	return ((const struct dwarf_image *)obj)->count + 1;
}

/* libdwarf's type has no const, but it does not write into sections. */
static int load_section(void *obj, Dwarf_Half i, Dwarf_Small **ret, int *error)
{
	const struct dwarf_image *d = obj;

	(void)error;
	if (i < 1 || i > d->count)
		return DW_DLV_NO_ENTRY;
	*ret = (Dwarf_Small *)(uintptr_t)d->sections[i - 1].data;
	return DW_DLV_OK;
}

static const Dwarf_Obj_Access_Methods methods = {
	.get_section_info = section_info,
	.get_byte_order = byte_order,
	.get_length_size = word_size,
	.get_pointer_size = word_size,
	.get_section_count = section_count,
	.load_section = load_section,
};

/* Without a handler libdwarf aborts on errors whose caller has no use for the error object. */
static void ignore_error(Dwarf_Error error, Dwarf_Ptr arg)
{
	(void)error;
	(void)arg;
}

/* ---- units -------------------------------------------------------------------------------------------------- */

static uint64_t offset_attribute(Dwarf_Die die, Dwarf_Half which)
{
	Dwarf_Attribute attr;
	Dwarf_Off off;

	if (dwarf_attr(die, which, &attr, NULL) != DW_DLV_OK)
		return NO_OFFSET;
	if (dwarf_global_formref(attr, &off, NULL) != DW_DLV_OK)
		off = NO_OFFSET;
	dwarf_dealloc_attribute(attr);
	return off;
}

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

static bool add_unit(struct reader *r, const struct unit *u)
{
	if (!(r->unit_count & (r->unit_count - 1))) {
		size_t room = r->unit_count ? 2 * r->unit_count : 1;
		struct unit *units = room <= UNITS_MAX ? reallocarray(r->units, room, sizeof(*units)) : NULL;

		if (!units)
			return false;
		r->units = units;
	}
	r->units[r->unit_count++] = *u;
	return true;
}

static void read_units(struct reader *r)
{
	Dwarf_Half version, address_size, length_size, extension_size, type;
	struct unit u = { .next = 0 };
	Dwarf_Unsigned length, type_offset, next;
	Dwarf_Off abbrevs;
	Dwarf_Sig8 signature;
	Dwarf_Die die;

	while (dwarf_next_cu_header_d(r->dbg, true, &length, &version, &abbrevs, &address_size, &length_size,
				      &extension_size, &signature, &type_offset, &next, &type, NULL) == DW_DLV_OK) {
		u.header = u.next;
		u.next = next;
		u.abbrevs = abbrevs;
		u.die = u.lines = NO_OFFSET;
		if (dwarf_siblingof_b(r->dbg, NULL, true, &die, NULL) == DW_DLV_OK) {
			Dwarf_Off off;

			if (dwarf_dieoffset(die, &off, NULL) == DW_DLV_OK)
				u.die = off;
			u.lines = offset_attribute(die, DW_AT_stmt_list);
			dwarf_dealloc_die(die);
		}
		if (next <= u.header || !add_unit(r, &u))
			return;
	}
}

static size_t unit_by_info(const struct reader *r, uint64_t off)
{
	size_t i = sorted_until(r->units, r->unit_count, next, off);

	return i < r->unit_count && off >= r->units[i].header ? i : NO_UNIT;
}

/* The unit whose table starts last at or before `off`. Tables may be shared: then the first unit that uses it. */
static size_t unit_by_table(const struct reader *r, uint64_t off, bool lines)
{
	uint64_t best = 0;
	size_t i, found = NO_UNIT;

	for (i = 0; i < r->unit_count; i++) {
		uint64_t start = lines ? r->units[i].lines : r->units[i].abbrevs;

		if (start <= off && (found == NO_UNIT || start > best)) {
			best = start;
			found = i;
		}
	}
	return found;
}

/* ---- which unit ---------------------------------------------------------------------------------------------- */

static bool in_dwo(const char *name, const char *plain)
{
	size_t n = strlen(plain);

	return !strncmp(name, plain, n) && (!name[n] || !strcmp(name + n, ".dwo"));
}

static void place_query(struct reader *r, const struct dwarf_query *q, size_t index)
{
	const struct dwarf_section *s = dwarf_query_section(r->d, q);
	struct pending p = { .query = index, .unit = NO_UNIT, .value = q->value };

	if (s && in_dwo(s->name, ".debug_info")) {
		p.lookup = LOOK_INFO;
		p.unit = unit_by_info(r, q->value);
	} else if (s && (in_dwo(s->name, ".debug_line") || in_dwo(s->name, ".debug_abbrev"))) {
		p.lookup = LOOK_UNIT;
		p.unit = unit_by_table(r, q->value, in_dwo(s->name, ".debug_line"));
	} else if (s || !dwarf_query_address(r->d, q, &p.value)) {
		return;
	}
	if (p.lookup == LOOK_ADDRESS || p.unit != NO_UNIT)
		r->pending[r->count++] = p;
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
 * last r->homeless of the pending, sorted by address; those that found their
 * unit stay among them until settle() sorts anew.
 */
static void claim(struct reader *r, size_t unit, uint64_t low, uint64_t high)
{
	struct pending *p = r->pending + r->count - r->homeless;
	size_t i;

	for (i = first_at(p, r->homeless, low); i < r->homeless && p[i].value < high; i++)
		if (p[i].unit == NO_UNIT)
			p[i].unit = unit;
}

static void settle(struct reader *r)
{
	size_t i;

	qsort(r->pending, r->count, sizeof(*r->pending), compare_address);
	for (i = r->count, r->homeless = 0; i-- > 0 && r->pending[i].unit == NO_UNIT;)
		r->homeless++;
}

static void claim_by_aranges(struct reader *r)
{
	Dwarf_Unsigned segment, segment_size, length;
	Dwarf_Signed n, i;
	Dwarf_Arange *list;
	Dwarf_Addr start;
	Dwarf_Off die;

	if (!r->homeless || dwarf_get_aranges(r->dbg, &list, &n, NULL) != DW_DLV_OK)
		return;
	for (i = 0; i < n; i++) {
		if (dwarf_get_arange_info_b(list[i], &segment, &segment_size, &start, &length, &die, NULL) != DW_DLV_OK)
			continue;
		if (length && start + length > start)
			claim(r, unit_by_info(r, die), start, start + length);
	}
	settle(r);
}

static void claim_range_list(struct reader *r, size_t unit, Dwarf_Die die, uint64_t base)
{
	uint64_t off = offset_attribute(die, DW_AT_ranges);
	Dwarf_Unsigned bytes;
	Dwarf_Ranges *list;
	Dwarf_Signed n, i;
	Dwarf_Off real;

	if (off == NO_OFFSET || dwarf_get_ranges_b(r->dbg, off, die, &real, &list, &n, &bytes, NULL) != DW_DLV_OK)
		return;
	for (i = 0; i < n && list[i].dwr_type != DW_RANGES_END; i++) {
		if (list[i].dwr_type == DW_RANGES_ADDRESS_SELECTION)
			base = list[i].dwr_addr2;
		else if (list[i].dwr_addr1 < list[i].dwr_addr2)
			claim(r, unit, base + list[i].dwr_addr1, base + list[i].dwr_addr2);
	}
	dwarf_ranges_dealloc(r->dbg, list, n);
}

/* DWARF 5. */
static void claim_rnglist(struct reader *r, size_t unit, Dwarf_Die die)
{
	Dwarf_Unsigned value, count, global, raw1, raw2, low, high, i;
	Dwarf_Rnglists_Head head;
	Dwarf_Attribute attr;
	unsigned len, code;
	Dwarf_Bool missing;
	Dwarf_Half form;
	int r1;

	if (dwarf_attr(die, DW_AT_ranges, &attr, NULL) != DW_DLV_OK || dwarf_whatform(attr, &form, NULL) != DW_DLV_OK)
		return;
	r1 = form == DW_FORM_rnglistx ? dwarf_formudata(attr, &value, NULL) : dwarf_global_formref(attr, &value, NULL);
	if (r1 != DW_DLV_OK ||
	    dwarf_rnglists_get_rle_head(attr, form, value, &head, &count, &global, NULL) != DW_DLV_OK)
		return;
	for (i = 0; i < count; i++) {
		if (dwarf_get_rnglists_entry_fields_a(head, (unsigned)i, &len, &code, &raw1, &raw2, &missing, &low, &high,
						      NULL) != DW_DLV_OK)
			break;
		if (code != DW_RLE_end_of_list && code != DW_RLE_base_address && code != DW_RLE_base_addressx && !missing)
			claim(r, unit, low, high);
	}
	dwarf_dealloc_rnglists_head(head);
}

static void claim_by_unit(struct reader *r, size_t unit)
{
	enum Dwarf_Form_Class class;
	Dwarf_Half version = 0, offset_size, form;
	Dwarf_Addr low = 0, high;
	Dwarf_Die die;

	if (dwarf_offdie_b(r->dbg, r->units[unit].die, true, &die, NULL) != DW_DLV_OK)
		return;
	(void)dwarf_get_version_of_die(die, &version, &offset_size);
	if (dwarf_lowpc(die, &low, NULL) == DW_DLV_OK &&
	    dwarf_highpc_b(die, &high, &form, &class, NULL) == DW_DLV_OK)
		claim(r, unit, low, class == DW_FORM_CLASS_ADDRESS ? high : low + high);
	else if (version >= 5)
		claim_rnglist(r, unit, die);
	else
		claim_range_list(r, unit, die, low);
	dwarf_dealloc_die(die);
}

static void find_units(struct reader *r)
{
	size_t i;

	settle(r);
	claim_by_aranges(r);
	if (!r->homeless)
		return;
	for (i = 0; i < r->unit_count; i++)
		if (r->units[i].die != NO_OFFSET)
			claim_by_unit(r, i);
	settle(r);
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
static Dwarf_Die last_before(struct reader *r, Dwarf_Die first, uint64_t off)
{
	Dwarf_Die next;
	Dwarf_Off at;

	while (dwarf_siblingof_b(r->dbg, first, true, &next, NULL) == DW_DLV_OK) {
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
static void answer_info(struct reader *r, Dwarf_Die unit, const struct pending *p)
{
	Dwarf_Die die = unit, child;
	unsigned depth;
	Dwarf_Off at;

	for (depth = 0; depth < NESTING_MAX && dwarf_child(die, &child, NULL) == DW_DLV_OK; depth++) {
		if (dwarf_dieoffset(child, &at, NULL) != DW_DLV_OK || at > p->value)
			return;
		die = last_before(r, child, p->value);
		answer_entity(unit, die, p->answer);
	}
}

static void answer_unit(struct reader *r, Dwarf_Die die, struct pending *p, size_t n)
{
	bool lines = false;
	size_t i;

	for (i = 0; i < n; i++) {
		describe_unit(die, p[i].answer);
		if (p[i].lookup == LOOK_INFO)
			answer_info(r, die, &p[i]);
		lines |= p[i].lookup == LOOK_ADDRESS;
	}
	if (lines)
		answer_lines(die, p, n);
}

/* Queries of one unit are answered in batches, so that memory does not grow with their number. */
#define BATCH 64

static int answer_all(struct reader *r, int (*answer)(void *ctx, size_t i, const struct dwarf_answer *a), void *ctx)
{
	struct dwarf_answer answers[BATCH];
	size_t i, k, n, total = r->count - r->homeless;
	Dwarf_Die die;
	int res;

	for (i = 0; i < total; i += n) {
		struct pending *p = r->pending + i;

		for (n = 0; n < BATCH && i + n < total && p[n].unit == p->unit; n++)
			p[n].answer = &answers[n];
		if (r->units[p->unit].die == NO_OFFSET ||
		    dwarf_offdie_b(r->dbg, r->units[p->unit].die, true, &die, NULL) != DW_DLV_OK)
			continue;
		answer_unit(r, die, p, n);
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
	unsigned group = dwarf_section(d, ".debug_info") ? DW_GROUPNUMBER_BASE : DW_GROUPNUMBER_DWO;
	Dwarf_Obj_Access_Interface access = { .object = (void *)(uintptr_t)d, .methods = &methods };
	struct reader r = { .d = d };
	Dwarf_Error error = NULL;
	size_t i;
	int res;

	(void)dwarf_set_de_alloc_flag(0);
	if (dwarf_object_init_b(&access, ignore_error, NULL, group, &r.dbg, &error) != DW_DLV_OK)
		return -EBADMSG;
	r.pending = calloc(n ? n : 1, sizeof(*r.pending));
	res = r.pending ? 0 : -ENOMEM;
	if (!res) {
		read_units(&r);
		for (i = 0; i < n; i++)
			place_query(&r, &queries[i], i);
		find_units(&r);
		res = answer_all(&r, answer, ctx);
	}
	free(r.pending);
	free(r.units);
	(void)dwarf_object_finish(r.dbg, NULL);
	return res;
}
