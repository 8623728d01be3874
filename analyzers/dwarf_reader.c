/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source: DWARF 5, sections 3.1, 6.1.2 and 2.17.3; libdwarf's manual.
 */
#include "analyzers/dwarf_reader.h"

#include "base/sorted.h"

#include <dwarf.h>
#include <errno.h>

#define UNITS_MAX (1u << 20)

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

uint64_t dwarf_offset_attribute(Dwarf_Die die, Dwarf_Half which)
{
	Dwarf_Attribute attr;
	Dwarf_Off off;

	if (dwarf_attr(die, which, &attr, NULL) != DW_DLV_OK)
		return DWARF_NO_OFFSET;
	if (dwarf_global_formref(attr, &off, NULL) != DW_DLV_OK)
		off = DWARF_NO_OFFSET;
	dwarf_dealloc_attribute(attr);
	return off;
}

static bool add_unit(struct dwarf_reader *r, const struct dwarf_unit *u)
{
	if (!(r->unit_count & (r->unit_count - 1))) {
		size_t room = r->unit_count ? 2 * r->unit_count : 1;
		struct dwarf_unit *units = room <= UNITS_MAX ? reallocarray(r->units, room, sizeof(*units)) : NULL;

		if (!units)
			return false;
		r->units = units;
	}
	r->units[r->unit_count++] = *u;
	return true;
}

static void read_units(struct dwarf_reader *r)
{
	Dwarf_Half version, address_size, length_size, extension_size, type;
	struct dwarf_unit u = { .next = 0 };
	Dwarf_Unsigned length, type_offset, next;
	Dwarf_Off abbrevs;
	Dwarf_Sig8 signature;
	Dwarf_Die die;

	while (dwarf_next_cu_header_d(r->dbg, true, &length, &version, &abbrevs, &address_size, &length_size,
				      &extension_size, &signature, &type_offset, &next, &type, NULL) == DW_DLV_OK) {
		u.header = u.next;
		u.next = next;
		u.abbrevs = abbrevs;
		u.die = u.lines = DWARF_NO_OFFSET;
		if (dwarf_siblingof_b(r->dbg, NULL, true, &die, NULL) == DW_DLV_OK) {
			Dwarf_Off off;

			if (dwarf_dieoffset(die, &off, NULL) == DW_DLV_OK)
				u.die = off;
			u.lines = dwarf_offset_attribute(die, DW_AT_stmt_list);
			dwarf_dealloc_die(die);
		}
		if (next <= u.header || !add_unit(r, &u))
			return;
	}
}

size_t dwarf_unit_by_info(const struct dwarf_reader *r, uint64_t off)
{
	size_t i = sorted_until(r->units, r->unit_count, next, off);

	return i < r->unit_count && off >= r->units[i].header ? i : DWARF_NO_UNIT;
}

/* ---- ranges --------------------------------------------------------------------------------------------------- */

struct found {
	dwarf_range_function fn;
	void *ctx;
};

void dwarf_reader_aranges(const struct dwarf_reader *r, dwarf_range_function found, void *ctx)
{
	Dwarf_Unsigned segment, segment_size, length;
	Dwarf_Signed n, i;
	Dwarf_Arange *list;
	Dwarf_Addr start;
	Dwarf_Off die;

	if (dwarf_get_aranges(r->dbg, &list, &n, NULL) != DW_DLV_OK)
		return;
	for (i = 0; i < n; i++) {
		if (dwarf_get_arange_info_b(list[i], &segment, &segment_size, &start, &length, &die, NULL) != DW_DLV_OK)
			continue;
		if (length && start + length > start)
			found(ctx, dwarf_unit_by_info(r, die), start, start + length);
	}
}

static void range_list(const struct dwarf_reader *r, size_t unit, Dwarf_Die die, uint64_t base,
			     const struct found *f)
{
	uint64_t off = dwarf_offset_attribute(die, DW_AT_ranges);
	Dwarf_Unsigned bytes;
	Dwarf_Ranges *list;
	Dwarf_Signed n, i;
	Dwarf_Off real;

	if (off == DWARF_NO_OFFSET || dwarf_get_ranges_b(r->dbg, off, die, &real, &list, &n, &bytes, NULL) != DW_DLV_OK)
		return;
	for (i = 0; i < n && list[i].dwr_type != DW_RANGES_END; i++) {
		if (list[i].dwr_type == DW_RANGES_ADDRESS_SELECTION)
			base = list[i].dwr_addr2;
		else if (list[i].dwr_addr1 < list[i].dwr_addr2)
			f->fn(f->ctx, unit, base + list[i].dwr_addr1, base + list[i].dwr_addr2);
	}
	dwarf_ranges_dealloc(r->dbg, list, n);
}

/* DWARF 5. */
static void rnglist(size_t unit, Dwarf_Die die, const struct found *f)
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
			f->fn(f->ctx, unit, low, high);
	}
	dwarf_dealloc_rnglists_head(head);
}

void dwarf_reader_unit_ranges(const struct dwarf_reader *r, size_t unit, dwarf_range_function found, void *ctx)
{
	enum Dwarf_Form_Class class;
	Dwarf_Half version = 0, offset_size, form;
	const struct found f = { found, ctx };
	Dwarf_Addr low = 0, high;
	Dwarf_Die die;

	if (r->units[unit].die == DWARF_NO_OFFSET ||
	    dwarf_offdie_b(r->dbg, r->units[unit].die, true, &die, NULL) != DW_DLV_OK)
		return;
	(void)dwarf_get_version_of_die(die, &version, &offset_size);
	if (dwarf_lowpc(die, &low, NULL) == DW_DLV_OK &&
	    dwarf_highpc_b(die, &high, &form, &class, NULL) == DW_DLV_OK)
		found(ctx, unit, low, class == DW_FORM_CLASS_ADDRESS ? high : low + high);
	else if (version >= 5)
		rnglist(unit, die, &f);
	else
		range_list(r, unit, die, low, &f);
	dwarf_dealloc_die(die);
}

/* ---- opening -------------------------------------------------------------------------------------------------- */

int dwarf_reader_open(struct dwarf_reader *r, const struct dwarf_image *d)
{
	unsigned group = dwarf_section(d, ".debug_info") ? DW_GROUPNUMBER_BASE : DW_GROUPNUMBER_DWO;
	Dwarf_Error error = NULL;

	*r = (struct dwarf_reader){ .d = d, .access = { .object = (void *)(uintptr_t)d, .methods = &methods } };
	(void)dwarf_set_de_alloc_flag(0);
	if (dwarf_object_init_b(&r->access, ignore_error, NULL, group, &r->dbg, &error) != DW_DLV_OK)
		return -EBADMSG;
	read_units(r);
	return 0;
}

void dwarf_reader_close(struct dwarf_reader *r)
{
	free(r->units);
	(void)dwarf_object_finish(r->dbg, NULL);
}
