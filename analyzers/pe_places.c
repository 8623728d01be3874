/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pe_places.c: the structures inside an image's sections that carry times,
 * identifiers and paths, found through the data directories.
 *
 * Debug directory: 28-byte entries, each with a TimeDateStamp and the place of
 * its data.  CODEVIEW data is "RSDS", a GUID, an age and the PDB's path; REPRO
 * data is the hash that took the time stamps' place.  Resource directories form
 * a tree (type, name, language), each with a 16-byte header that has a stamp;
 * the walk is bounded by depth and count, since entries of a hostile file may
 * point backwards.
 */
#include "analyzers/pe.h"

#include <stdlib.h>

#define DIRECTORY_EXPORT      0
#define DIRECTORY_RESOURCE    2
#define DIRECTORY_DEBUG       6
#define DIRECTORY_LOAD_CONFIG 10
#define DEBUG_ENTRY_SIZE      28
#define DEBUG_ENTRIES_MAX     64
#define DEBUG_TYPE_CODEVIEW   2
#define DEBUG_TYPE_REPRO      16
#define EXPORT_SIZE           40
#define RESOURCE_SIZE         16
#define RESOURCE_DEPTH        3
#define RESOURCE_ENTRIES_MAX  4096

static bool file_offset(const struct pe *pe, uint32_t address, uint64_t *ret)
{
	const struct pe_section *s;
	uint32_t i;

	for (i = 0; i < pe->section_count; i++) {
		s = &pe->sections[i];
		if (s->off && address >= s->address && address - s->address < s->size) {
			*ret = (uint64_t)s->off + (address - s->address);
			return *ret < pe->size;
		}
	}
	return false;
}

static bool directory(const struct pe *pe, unsigned index, uint64_t *ret_off, uint32_t *ret_len)
{
	uint64_t at = pe->optional + (pe->plus ? 112 : 96);
	struct cursor c = cursor_make(pe->data, pe->optional + pe->optional_size);
	uint32_t address, len, count;

	cursor_seek(&c, at - 4);
	count = cursor_u32(&c);
	cursor_skip(&c, index * UINT64_C(8));
	address = cursor_u32(&c);
	len = cursor_u32(&c);
	if (c.failed || index >= count || address == 0 || len == 0 || !file_offset(pe, address, ret_off))
		return false;
	*ret_len = len;
	return true;
}

static void add_place(struct pe *pe, uint64_t off, uint64_t len, enum pe_tag tag, const char *name)
{
	if (pe->place_count < PE_PLACES_MAX && len && range_inside(off, len, pe->size))
		pe->places[pe->place_count++] =
			(struct pe_place){ .off = off, .len = len, .tag = tag, .name = name };
}

static const char *debug_entry_name(uint32_t type)
{
	static const char *const names[] = {
		[1] = "debug entry COFF",
		[2] = "debug entry CODEVIEW",
		[3] = "debug entry FPO",
		[4] = "debug entry MISC",
		[9] = "debug entry BORLAND",
		[12] = "debug entry VC_FEATURE",
		[13] = "debug entry POGO",
		[14] = "debug entry ILTCG",
		[16] = "debug entry REPRO",
		[17] = "debug entry EMBEDDED",
		[20] = "debug entry EX_DLLCHARACTERISTICS",
	};

	if (type < sizeof(names) / sizeof(names[0]) && names[type])
		return names[type];
	return "debug entry";
}

static void find_debug(struct pe *pe)
{
	uint64_t off;
	uint32_t len, type, size, data, i;

	if (!directory(pe, DIRECTORY_DEBUG, &off, &len))
		return;
	for (i = 0; i < len / DEBUG_ENTRY_SIZE && i < DEBUG_ENTRIES_MAX; i++, off += DEBUG_ENTRY_SIZE) {
		if (!range_inside(off, DEBUG_ENTRY_SIZE, pe->size))
			return;
		type = load_le32(pe->data + off + 12);
		size = load_le32(pe->data + off + 16);
		data = load_le32(pe->data + off + 24);
		add_place(pe, off, DEBUG_ENTRY_SIZE, PE_TAG_DEBUG_ENTRY, debug_entry_name(type));
		if (type == DEBUG_TYPE_REPRO)
			pe->hashed = true;
		if (type == DEBUG_TYPE_CODEVIEW)
			add_place(pe, data, size, PE_TAG_CODEVIEW, "CodeView record");
		else if (type == DEBUG_TYPE_REPRO)
			add_place(pe, data, size, PE_TAG_REPRO, "REPRO hash");
	}
}

static void find_resources(struct pe *pe, uint64_t root, uint64_t off, unsigned depth, unsigned *left)
{
	struct cursor c = cursor_make(pe->data, pe->size);
	uint32_t count, i, to;

	cursor_seek(&c, off);
	cursor_skip(&c, 12);
	count = cursor_u16(&c);
	count += cursor_u16(&c);
	if (c.failed)
		return;
	add_place(pe, off, RESOURCE_SIZE, PE_TAG_RESOURCE, "resource directory");
	for (i = 0; i < count && *left && depth < RESOURCE_DEPTH; i++) {
		cursor_skip(&c, 4);
		to = cursor_u32(&c);
		if (c.failed)
			return;
		--*left;
		if (to & 0x80000000u)
			find_resources(pe, root, root + (to & 0x7fffffffu), depth + 1, left);
	}
}

static int compare_places(const void *a, const void *b)
{
	const struct pe_place *x = a, *y = b;

	return x->off < y->off ? -1 : x->off > y->off;
}

void pe_find_places(struct layout *l, struct pe *pe)
{
	unsigned left = RESOURCE_ENTRIES_MAX;
	uint64_t off;
	uint32_t len;

	pe->places = arena_array(&l->arena, PE_PLACES_MAX, sizeof(*pe->places));
	if (!pe->places)
		return;
	find_debug(pe);
	if (directory(pe, DIRECTORY_EXPORT, &off, &len))
		add_place(pe, off, EXPORT_SIZE, PE_TAG_EXPORT, "export directory");
	if (directory(pe, DIRECTORY_LOAD_CONFIG, &off, &len) && len >= 8)
		add_place(pe, off, len, PE_TAG_LOAD_CONFIG, "load config");
	if (directory(pe, DIRECTORY_RESOURCE, &off, &len))
		find_resources(pe, off, off, 0, &left);
	qsort(pe->places, pe->place_count, sizeof(*pe->places), compare_places);
}

static const struct field_spec debug_entry_fields[] = {
	{ "Characteristics", 4, MEANS_FLAGS, CODED_LE },
	{ "TimeDateStamp", 4, MEANS_TIME, CODED_LE },
	{ "MajorVersion", 2, MEANS_VERSION, CODED_LE },
	{ "MinorVersion", 2, MEANS_VERSION, CODED_LE },
	{ "Type", 4, MEANS_NOTHING, CODED_LE },
	{ "SizeOfData", 4, MEANS_SIZE, CODED_LE },
	{ "AddressOfRawData", 4, MEANS_ADDRESS, CODED_LE },
	{ "PointerToRawData", 4, MEANS_OFFSET, CODED_LE },
	{ 0 },
};

static const struct field_spec export_fields[] = {
	{ "ExportFlags", 4, MEANS_FLAGS, CODED_LE },
	{ "TimeDateStamp", 4, MEANS_TIME, CODED_LE },
	{ "MajorVersion", 2, MEANS_VERSION, CODED_LE },
	{ "MinorVersion", 2, MEANS_VERSION, CODED_LE },
	{ "Name", 4, MEANS_ADDRESS, CODED_LE },
	{ "OrdinalBase", 4, MEANS_NOTHING, CODED_LE },
	{ "AddressTableEntries", 4, MEANS_COUNT, CODED_LE },
	{ "NumberOfNamePointers", 4, MEANS_COUNT, CODED_LE },
	{ "ExportAddressTable", 4, MEANS_ADDRESS, CODED_LE },
	{ "NamePointerTable", 4, MEANS_ADDRESS, CODED_LE },
	{ "OrdinalTable", 4, MEANS_ADDRESS, CODED_LE },
	{ 0 },
};

static const struct field_spec resource_fields[] = {
	{ "Characteristics", 4, MEANS_FLAGS, CODED_LE },
	{ "TimeDateStamp", 4, MEANS_TIME, CODED_LE },
	{ "MajorVersion", 2, MEANS_VERSION, CODED_LE },
	{ "MinorVersion", 2, MEANS_VERSION, CODED_LE },
	{ "NumberOfNameEntries", 2, MEANS_COUNT, CODED_LE },
	{ "NumberOfIDEntries", 2, MEANS_COUNT, CODED_LE },
	{ 0 },
};

static const struct field_spec load_config_fields[] = {
	{ "Size", 4, MEANS_SIZE, CODED_LE },
	{ "TimeDateStamp", 4, MEANS_TIME, CODED_LE },
	{ 0 },
};

static const struct field_spec rsds_fields[] = {
	{ "signature", 4, MEANS_MAGIC, CODED_BYTES },
	{ "GUID", 16, MEANS_ID, CODED_BYTES },
	{ "age", 4, MEANS_COUNTER, CODED_LE },
	{ 0 },
};

static const struct field_spec nb10_fields[] = {
	{ "signature", 4, MEANS_MAGIC, CODED_BYTES }, { "offset", 4, MEANS_OFFSET, CODED_LE },
	{ "TimeDateStamp", 4, MEANS_TIME, CODED_LE }, { "age", 4, MEANS_COUNTER, CODED_LE },
	{ 0 },
};

static void split_codeview(struct layout *l)
{
	bool rsds = l->size > 24 && memcmp(l->data, "RSDS", 4) == 0;
	uint64_t at = rsds ? 24 : 16, len;

	if (!rsds && (l->size <= 16 || memcmp(l->data, "NB10", 4) != 0)) {
		(void)layout_add(l, 0, l->size, PART_RAW, "data");
		return;
	}
	layout_fields(l, 0, rsds ? rsds_fields : nb10_fields);
	len = strnlen((const char *)l->data + at, l->size - at);
	(void)layout_field(l, at, len, "PDB path", MEANS_PATH, CODED_BYTES);
	(void)layout_add(l, at + len, l->size - at - len, PART_PADDING, "padding");
}

void pe_split_place(struct layout *child, enum pe_tag tag)
{
	if (tag == PE_TAG_DEBUG_ENTRY)
		layout_fields(child, 0, debug_entry_fields);
	else if (tag == PE_TAG_EXPORT)
		layout_fields(child, 0, export_fields);
	else if (tag == PE_TAG_RESOURCE)
		layout_fields(child, 0, resource_fields);
	else if (tag == PE_TAG_CODEVIEW)
		split_codeview(child);
	else if (tag == PE_TAG_REPRO)
		(void)layout_field(child, 0, child->size, "hash", MEANS_ID, CODED_BYTES);
	else if (tag == PE_TAG_LOAD_CONFIG) {
		layout_fields(child, 0, load_config_fields);
		if (child->size > 8)
			(void)layout_add(child, 8, child->size - 8, PART_DATA, "data");
	}
}
