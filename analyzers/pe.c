/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pe.c: PE images (Microsoft "PE Format" specification); objects are in
 * pe_coff.c, the structures inside sections in pe_places.c.
 *
 *	DOS header    64 bytes, "MZ"; e_lfanew at 0x3c says where the PE header is
 *	DOS stub      a program; MSVC's linker appends the Rich header: "DanS" and pairs of
 *	              (tool id and build, use count), XORed with a key, which ends it and is itself
 *	              a checksum of the DOS header, the stub and the pairs
 *	"PE\0\0"
 *	COFF header   20 bytes: machine, section count, TimeDateStamp, ...
 *	optional header, data directories
 *	section table, sections, certificates, overlay
 *
 * What varies between builds: TimeDateStamp here and once more in each debug
 * directory entry, the export and the resource directories; the GUID and age
 * that tie the image to its PDB, and the PDB's path; the CheckSum over all.
 * With /Brepro (a debug entry of type REPRO) the linker writes a hash of the
 * content where the stamps were: they are identifiers then, and no times.
 *
 * CheckSum (ImageHlp's CheckSumMappedFile): the file's 16-bit little-endian
 * words, the field itself as zero, added with end-around carry; then the file's
 * size is added.  Linkers leave 0 when not asked for it.
 */
#include "analyzers/formats.h"
#include "analyzers/pe.h"
#include "analyzers/placement.h"

#include <errno.h>

#define DOS_HEADER_SIZE        64
#define FILE_HEADER_SIZE       20
#define CHECKSUM_OFFSET        64 /* in the optional header, both kinds */
#define DIRECTORY_CERTIFICATES 4
#define FLAG_CODE              0x20
#define FLAG_INITIALIZED       0x40

static uint32_t pe_signature_offset(const uint8_t *data, uint64_t size)
{
	uint32_t off;

	if (size < DOS_HEADER_SIZE || memcmp(data, "MZ", 2) != 0)
		return 0;
	off = load_le32(data + 0x3c);
	if (!range_inside(off, 4 + FILE_HEADER_SIZE, size) || memcmp(data + off, "PE\0\0", 4) != 0)
		return 0;
	return off;
}

static bool pe_probe(const uint8_t *data, uint64_t size)
{
	return pe_signature_offset(data, size) != 0 || pe_is_object(data, size);
}

/* The Rich header in the stub, by its end: "Rich", key, then zeros. */
static bool find_rich(const uint8_t *data, uint64_t end, uint64_t *ret_off, uint64_t *ret_len)
{
	uint64_t off, start;
	uint32_t key;

	for (off = DOS_HEADER_SIZE; off + 8 <= end; off += 4) {
		if (memcmp(data + off, "Rich", 4) != 0)
			continue;
		key = load_le32(data + off + 4);
		for (start = DOS_HEADER_SIZE; start < off; start += 4)
			if ((load_le32(data + start) ^ key) == 0x536e6144) /* "DanS" */
				break;
		if (start >= off)
			return false;
		*ret_off = start;
		*ret_len = off + 8 - start;
		return true;
	}
	return false;
}

#define STUB_MAX 65536

static void add_dos_part(struct layout *l, uint32_t signature)
{
	uint64_t end = signature < STUB_MAX ? signature : STUB_MAX, rich, len;

	if (signature < DOS_HEADER_SIZE) {
		(void)layout_add(l, 0, signature, PART_RAW, "DOS header");
		return;
	}
	(void)layout_group(l, 0, DOS_HEADER_SIZE, PE_TAG_DOS, "DOS header");
	if (!find_rich(l->data, end, &rich, &len)) {
		(void)layout_add(l, DOS_HEADER_SIZE, signature - DOS_HEADER_SIZE, PART_CODE, "DOS stub");
		return;
	}
	(void)layout_add(l, DOS_HEADER_SIZE, rich - DOS_HEADER_SIZE, PART_CODE, "DOS stub");
	(void)layout_group(l, rich, len, PE_TAG_RICH, "Rich header");
	(void)layout_add(l, rich + len, signature - rich - len, PART_PADDING, "padding");
}

static void add_certificates(struct layout *l, const struct pe *pe)
{
	uint64_t at = pe->optional + (pe->plus ? 112 : 96) + 8 * DIRECTORY_CERTIFICATES;
	struct cursor c = cursor_make(pe->data, pe->optional + pe->optional_size);
	uint32_t off, len;

	cursor_seek(&c, at);
	off = cursor_u32(&c);
	len = cursor_u32(&c);
	if (!c.failed && off && len)
		(void)layout_field(l, off, len, "certificate table", MEANS_SIGNATURE, CODED_BYTES);
}

/* What follows the last byte that a header speaks of: an installer's payload, a zip. */
static void add_overlay(struct layout *l)
{
	uint64_t end = 0;
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->parts[i].off + l->parts[i].len > end)
			end = l->parts[i].off + l->parts[i].len;
	if (end < l->size)
		(void)layout_add(l, end, l->size - end, PART_CONTENT, "overlay");
}

static int compare_ranges(const void *a, const void *b)
{
	const struct address_range *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static void set_ranges(struct layout *l, const struct pe *pe)
{
	uint64_t image_base =
		load_uint(pe->data + pe->optional + (pe->plus ? 24 : 28), pe->plus ? 8 : 4, false);
	struct address_range *ranges = arena_array(&l->arena, pe->section_count, 2 * sizeof(*ranges));
	const struct pe_section *s;
	uint64_t bytes;
	size_t n = 0;
	uint32_t i;

	if (!ranges)
		return;
	for (i = 0; i < pe->section_count; i++) {
		s = &pe->sections[i];
		bytes = range_inside(s->off, s->size, l->size) ? s->size : 0;
		if (bytes)
			ranges[n++] =
				(struct address_range){ image_base + s->address, bytes, s->off, s->name };
		if (s->memory_size > bytes) /* zero-filled: the end of .data, all of .bss */
			ranges[n++] =
				(struct address_range){ image_base + s->address + bytes,
							s->memory_size - bytes, ADDRESS_NO_BYTES, s->name };
	}
	qsort(ranges, n, sizeof(*ranges), compare_ranges);
	l->ranges = ranges;
	l->range_count = n;
	l->image = l;
}

static struct pe *read_headers(struct layout *l, uint32_t signature)
{
	struct pe *pe = arena_alloc(&l->arena, sizeof(*pe));
	const uint8_t *coff = l->data + signature + 4;
	bool fits;

	if (!pe)
		return NULL;
	*pe = (struct pe){ .data = l->data, .size = l->size, .base = l->base, .symbol_size = 18 };
	pe->coff = signature + UINT64_C(4);
	pe->optional = pe->coff + FILE_HEADER_SIZE;
	pe->optional_size = load_le16(coff + 16);
	pe->headers = pe->optional + pe->optional_size;
	fits = pe->optional_size >= 96 && range_inside(pe->optional, pe->optional_size, l->size);
	pe->plus = fits && load_le16(l->data + pe->optional) == 0x20b;
	fits = fits &&
	       pe_read_sections(l, pe, load_le16(coff + 2), load_le32(coff + 8), load_le32(coff + 12));
	if (!fits)
		layout_note(l, pe->optional, "the optional header or section table does not fit the file");
	l->priv = pe;
	return pe;
}

static int split_image(struct layout *l, uint32_t signature)
{
	struct pe *pe = read_headers(l, signature);

	if (!pe)
		return -ENOMEM;
	add_dos_part(l, signature);
	(void)layout_field(l, signature, 4, "PE signature", MEANS_MAGIC, CODED_BYTES);
	(void)layout_group(l, pe->coff, FILE_HEADER_SIZE, PE_TAG_COFF, "COFF header");
	if (!pe->sections)
		return 0;
	pe_find_places(l, pe);
	(void)layout_group(l, pe->optional, pe->optional_size, PE_TAG_OPTIONAL, "optional header");
	if (pe->section_count)
		set_ranges(l, pe);
	pe_add_sections(l, pe);
	pe_add_symbols(l, pe);
	add_certificates(l, pe);
	add_overlay(l);
	return 0;
}

static int pe_split(struct layout *l)
{
	uint32_t signature = pe_signature_offset(l->data, l->size);

	return signature ? split_image(l, signature) : pe_split_object(l);
}

static const struct field_spec dos_fields[] = {
	{ "e_magic", 2, MEANS_MAGIC, CODED_BYTES },  { "e_cblp", 2, MEANS_SIZE, CODED_LE },
	{ "e_cp", 2, MEANS_COUNT, CODED_LE },        { "e_crlc", 2, MEANS_COUNT, CODED_LE },
	{ "e_cparhdr", 2, MEANS_SIZE, CODED_LE },    { "e_minalloc", 2, MEANS_SIZE, CODED_LE },
	{ "e_maxalloc", 2, MEANS_SIZE, CODED_LE },   { "e_ss", 2, MEANS_ADDRESS, CODED_LE },
	{ "e_sp", 2, MEANS_ADDRESS, CODED_LE },      { "e_csum", 2, MEANS_CHECKSUM, CODED_LE },
	{ "e_ip", 2, MEANS_ADDRESS, CODED_LE },      { "e_cs", 2, MEANS_ADDRESS, CODED_LE },
	{ "e_lfarlc", 2, MEANS_OFFSET, CODED_LE },   { "e_ovno", 2, MEANS_NOTHING, CODED_LE },
	{ "e_res", 8, MEANS_NOTHING, CODED_BYTES },  { "e_oemid", 2, MEANS_NOTHING, CODED_LE },
	{ "e_oeminfo", 2, MEANS_NOTHING, CODED_LE }, { "e_res2", 20, MEANS_NOTHING, CODED_BYTES },
	{ "e_lfanew", 4, MEANS_OFFSET, CODED_LE },   { 0 },
};

static const struct field_spec coff_fields[] = {
	{ "Machine", 2, MEANS_NOTHING, CODED_LE },
	{ "NumberOfSections", 2, MEANS_COUNT, CODED_LE },
	{ "TimeDateStamp", 4, MEANS_TIME, CODED_LE },
	{ "PointerToSymbolTable", 4, MEANS_OFFSET, CODED_LE },
	{ "NumberOfSymbols", 4, MEANS_COUNT, CODED_LE },
	{ "SizeOfOptionalHeader", 2, MEANS_SIZE, CODED_LE },
	{ "Characteristics", 2, MEANS_FLAGS, CODED_LE },
	{ 0 },
};

static const struct field_spec bigobj_fields[] = {
	{ "Sig1", 2, MEANS_MAGIC, CODED_LE },
	{ "Sig2", 2, MEANS_MAGIC, CODED_LE },
	{ "Version", 2, MEANS_VERSION, CODED_LE },
	{ "Machine", 2, MEANS_NOTHING, CODED_LE },
	{ "TimeDateStamp", 4, MEANS_TIME, CODED_LE },
	{ "ClassID", 16, MEANS_MAGIC, CODED_BYTES },
	{ "SizeOfData", 4, MEANS_SIZE, CODED_LE },
	{ "Flags", 4, MEANS_FLAGS, CODED_LE },
	{ "MetaDataSize", 4, MEANS_SIZE, CODED_LE },
	{ "MetaDataOffset", 4, MEANS_OFFSET, CODED_LE },
	{ "NumberOfSections", 4, MEANS_COUNT, CODED_LE },
	{ "PointerToSymbolTable", 4, MEANS_OFFSET, CODED_LE },
	{ "NumberOfSymbols", 4, MEANS_COUNT, CODED_LE },
	{ 0 },
};

static const struct field_spec optional_head[] = {
	{ "Magic", 2, MEANS_MAGIC, CODED_LE },
	{ "MajorLinkerVersion", 1, MEANS_VERSION, CODED_LE },
	{ "MinorLinkerVersion", 1, MEANS_VERSION, CODED_LE },
	{ "SizeOfCode", 4, MEANS_SIZE, CODED_LE },
	{ "SizeOfInitializedData", 4, MEANS_SIZE, CODED_LE },
	{ "SizeOfUninitializedData", 4, MEANS_SIZE, CODED_LE },
	{ "AddressOfEntryPoint", 4, MEANS_ADDRESS, CODED_LE },
	{ "BaseOfCode", 4, MEANS_ADDRESS, CODED_LE },
	{ 0 },
};

static const struct field_spec optional_base32[] = {
	{ "BaseOfData", 4, MEANS_ADDRESS, CODED_LE },
	{ "ImageBase", 4, MEANS_ADDRESS, CODED_LE },
	{ 0 },
};

static const struct field_spec optional_base64[] = {
	{ "ImageBase", 8, MEANS_ADDRESS, CODED_LE },
	{ 0 },
};

static const struct field_spec optional_middle[] = {
	{ "SectionAlignment", 4, MEANS_NOTHING, CODED_LE },
	{ "FileAlignment", 4, MEANS_NOTHING, CODED_LE },
	{ "MajorOperatingSystemVersion", 2, MEANS_VERSION, CODED_LE },
	{ "MinorOperatingSystemVersion", 2, MEANS_VERSION, CODED_LE },
	{ "MajorImageVersion", 2, MEANS_VERSION, CODED_LE },
	{ "MinorImageVersion", 2, MEANS_VERSION, CODED_LE },
	{ "MajorSubsystemVersion", 2, MEANS_VERSION, CODED_LE },
	{ "MinorSubsystemVersion", 2, MEANS_VERSION, CODED_LE },
	{ "Win32VersionValue", 4, MEANS_VERSION, CODED_LE },
	{ "SizeOfImage", 4, MEANS_SIZE, CODED_LE },
	{ "SizeOfHeaders", 4, MEANS_SIZE, CODED_LE },
	{ "CheckSum", 4, MEANS_CHECKSUM, CODED_LE },
	{ "Subsystem", 2, MEANS_NOTHING, CODED_LE },
	{ "DllCharacteristics", 2, MEANS_FLAGS, CODED_LE },
	{ 0 },
};

static const struct field_spec section_header_fields[] = {
	{ "Name", 8, MEANS_NAME, CODED_BYTES },
	{ "VirtualSize", 4, MEANS_SIZE, CODED_LE },
	{ "VirtualAddress", 4, MEANS_ADDRESS, CODED_LE },
	{ "SizeOfRawData", 4, MEANS_SIZE, CODED_LE },
	{ "PointerToRawData", 4, MEANS_OFFSET, CODED_LE },
	{ "PointerToRelocations", 4, MEANS_OFFSET, CODED_LE },
	{ "PointerToLinenumbers", 4, MEANS_OFFSET, CODED_LE },
	{ "NumberOfRelocations", 2, MEANS_COUNT, CODED_LE },
	{ "NumberOfLinenumbers", 2, MEANS_COUNT, CODED_LE },
	{ "Characteristics", 4, MEANS_FLAGS, CODED_LE },
	{ 0 },
};

static const char *const directory_names[] = {
	"export table",         "import table",
	"resource table",       "exception table",
	"certificate table",    "base relocation table",
	"debug directory",      "architecture",
	"global pointer",       "TLS table",
	"load config table",    "bound import",
	"import address table", "delay import descriptor",
	"CLR header",           "reserved",
};

static void split_optional(struct layout *l, const struct pe *pe)
{
	static const char *const memory_sizes[] = { "SizeOfStackReserve", "SizeOfStackCommit",
						    "SizeOfHeapReserve", "SizeOfHeapCommit" };
	unsigned width = pe->plus ? 8 : 4, i;
	uint64_t at = 72;

	layout_fields(l, 0, optional_head);
	layout_fields(l, 24, pe->plus ? optional_base64 : optional_base32);
	layout_fields(l, 32, optional_middle);
	for (i = 0; i < 4; i++, at += width)
		(void)layout_field(l, at, width, memory_sizes[i], MEANS_SETTING, CODED_LE);
	(void)layout_field(l, at, 4, "LoaderFlags", MEANS_FLAGS, CODED_LE);
	(void)layout_field(l, at + 4, 4, "NumberOfRvaAndSizes", MEANS_COUNT, CODED_LE);
	at += 8;
	for (i = 0; i < 16 && range_inside(at, 8, l->size); i++, at += 8) {
		struct part *p = layout_addf(l, at, 4, PART_FIELD, "%s address", directory_names[i]);

		if (p) {
			p->meaning = i == DIRECTORY_CERTIFICATES ? MEANS_OFFSET : MEANS_ADDRESS;
			p->coding = CODED_LE;
		}
		p = layout_addf(l, at + 4, 4, PART_FIELD, "%s size", directory_names[i]);
		if (p) {
			p->meaning = MEANS_SIZE;
			p->coding = CODED_LE;
		}
	}
}

static bool is_recomputed(const char *name, const uint8_t *value)
{
	if (strcmp(name, "CheckSum") == 0)
		return load_le32(value) != 0;
	return strcmp(name, "SizeOfCode") == 0 || strcmp(name, "SizeOfInitializedData") == 0 ||
	       strcmp(name, "SizeOfImage") == 0;
}

/* The Rich header's words are stored XORed: the pairs are compared as stored, the key is recomputed. */
static void split_rich(struct layout *l)
{
	uint64_t at;

	(void)layout_field(l, 0, 16, "DanS", MEANS_MAGIC, CODED_BYTES);
	for (at = 16; at + 8 < l->size; at += 8)
		(void)layout_field(l, at, 8, "tool and count", MEANS_VERSION, CODED_BYTES);
	(void)layout_field(l, l->size - 8, 4, "Rich", MEANS_MAGIC, CODED_BYTES);
	(void)layout_derived(l, l->size - 4, 4, "key", MEANS_CHECKSUM, CODED_LE);
}

/* A section that directories point into: those places are groups, the rest is data. */
static void split_section(struct layout *l, const struct pe *pe)
{
	uint64_t start = pe_offset(pe, l), at = 0, off;
	const struct pe_place *place;
	size_t i;

	for (i = 0; i < pe->place_count; i++) {
		place = &pe->places[i];
		off = place->off - start;
		if (place->off < start || off < at || !range_inside(off, place->len, l->size))
			continue;
		(void)layout_add(l, at, off - at, PART_DATA, "data");
		(void)layout_group(l, off, place->len, place->tag, place->name);
		at = off + place->len;
	}
	(void)layout_add(l, at, l->size - at, PART_DATA, "data");
}

/* Fields that say where a part is, each with the field that says how long it is. */
static const struct extent {
	const char *offset, *size;
} extents[] = {
	{ "PointerToRawData", "SizeOfRawData" },
	{ "PointerToRelocations", "NumberOfRelocations" },
	{ "PointerToSymbolTable", "NumberOfSymbols" },
};
#define EXTENT_COUNT (sizeof(extents) / sizeof(extents[0]))

static bool is_placement(const char *name)
{
	size_t i;

	for (i = 0; i < EXTENT_COUNT; i++)
		if (strcmp(name, extents[i].offset) == 0 || strcmp(name, extents[i].size) == 0)
			return true;
	return strcmp(name, "VirtualAddress") == 0;
}

/* Fields that say more here than their table does: proved ones, and stamps that are hashes. */
static void refine_fields(struct layout *l, const struct pe *pe, uint32_t tag)
{
	struct part *p;

	for (p = l->parts; p < l->parts + l->count; p++) {
		if (p->kind != PART_FIELD)
			continue;
		if (tag == PE_TAG_OPTIONAL && p->len == 4 && is_recomputed(p->name, l->data + p->off))
			p->recomputes = true;
		if (tag == PE_TAG_SECTION_HEADER || tag == PE_TAG_COFF || tag == PE_TAG_BIGOBJ)
			p->recomputes = is_placement(p->name);
		if (pe->hashed && p->meaning == MEANS_TIME && tag != PE_TAG_RESOURCE)
			p->meaning = MEANS_ID;
	}
}

static int pe_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	const struct pe *pe = child->priv = l->priv;

	switch (p->tag) {
	case PE_TAG_DOS: layout_fields(child, 0, dos_fields); break;
	case PE_TAG_RICH: split_rich(child); break;
	case PE_TAG_COFF: layout_fields(child, 0, coff_fields); break;
	case PE_TAG_BIGOBJ: layout_fields(child, 0, bigobj_fields); break;
	case PE_TAG_OPTIONAL: split_optional(child, pe); break;
	case PE_TAG_SECTION_HEADER: layout_fields(child, 0, section_header_fields); break;
	case PE_TAG_SECTION: split_section(child, pe); break;
	default: pe_split_place(child, (enum pe_tag)p->tag);
	}
	refine_fields(child, pe, p->tag);
	return 0;
}

static uint32_t checksum(const struct pe *pe)
{
	uint64_t field = pe->optional + CHECKSUM_OFFSET, sum = 0, i;

	for (i = 0; i + 1 < pe->size; i += 2)
		sum += load_le16(pe->data + i);
	if (pe->size & 1)
		sum += pe->data[pe->size - 1];
	for (i = 0; i < 4; i++) /* the field's own bytes count as zero, also at an odd offset */
		sum -= (uint64_t)pe->data[field + i] << ((field + i) & 1 ? 8 : 0);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint32_t)(sum + pe->size);
}

static uint32_t rotate_left(uint32_t v, unsigned n)
{
	n &= 31;
	return n ? v << n | v >> (32 - n) : v;
}

/* The sum of bytes, rotated by their place, and of tool ids, rotated by their count; e_lfanew is left out. */
static uint32_t rich_key(const struct pe *pe, uint64_t off, uint64_t len)
{
	uint32_t key = load_le32(pe->data + off + len - 4), sum = (uint32_t)off;
	uint64_t i;

	for (i = 0; i < off; i++)
		if (i < 0x3c || i >= 0x40)
			sum += rotate_left(pe->data[i], (unsigned)i);
	for (i = off + 16; i + 8 <= off + len - 8; i += 8)
		sum += rotate_left(load_le32(pe->data + i) ^ key, load_le32(pe->data + i + 4) ^ key);
	return sum;
}

static uint32_t sum_of_sections(const struct pe *pe, uint32_t flag)
{
	uint32_t sum = 0, i;

	for (i = 0; i < pe->section_count; i++)
		if (pe->sections[i].flags & flag)
			sum += pe->sections[i].size;
	return sum;
}

static uint32_t size_of_image(const struct pe *pe)
{
	uint32_t alignment = load_le32(pe->data + pe->optional + 32), i;
	uint64_t end = 0, s;

	for (i = 0; i < pe->section_count; i++) {
		s = (uint64_t)pe->sections[i].address + pe->sections[i].memory_size;
		end = s > end ? s : end;
	}
	return (uint32_t)(alignment ? (end + alignment - 1) / alignment * alignment : end);
}

static bool recompute_extent(const struct layout *l, const struct part *p, const struct extent *e,
			     uint64_t *ret)
{
	const struct part *offset = layout_find(l, e->offset), *size = layout_find(l, e->size), *part;
	uint64_t at;

	if (!offset || !size || offset->len != 4 ||
	    load_uint(l->data + size->off, (unsigned)size->len, false) == 0)
		return false;
	at = load_le32(l->data + offset->off);
	part = placement_part(l->parent, at);
	if (!part || !placement_follows(l->parent, at))
		return false;
	*ret = p == offset ? at : part->len / (part->kind == PART_RECORDS ? part->records->size : 1);
	return true;
}

/* Sections follow each other in memory, each at a multiple of the section alignment. */
static bool recompute_address(const struct pe *pe, const struct layout *l, uint64_t *ret)
{
	uint64_t index = (pe_offset(pe, l) - pe->headers) / 40, alignment;
	const struct pe_section *before;

	if (pe->optional == 0 || index == 0 || index >= pe->section_count)
		return false;
	alignment = load_le32(pe->data + pe->optional + 32);
	before = &pe->sections[index - 1];
	if (alignment == 0)
		return false;
	*ret = ((uint64_t)before->address + before->memory_size + alignment - 1) / alignment * alignment;
	return true;
}

static bool recompute_placement(const struct layout *l, const struct part *p, uint8_t *out)
{
	bool known = false;
	uint64_t v = 0;
	size_t i;

	if (!l->parent)
		return false;
	if (strcmp(p->name, "VirtualAddress") == 0)
		known = recompute_address(l->priv, l, &v);
	for (i = 0; i < EXTENT_COUNT && !known; i++)
		if (strcmp(p->name, extents[i].offset) == 0 || strcmp(p->name, extents[i].size) == 0)
			known = recompute_extent(l, p, &extents[i], &v);
	if (known)
		store_uint(out, v, (unsigned)p->len, false);
	return known;
}

static bool pe_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct pe *pe = l->priv;
	uint32_t v;

	if (is_placement(p->name))
		return recompute_placement(l, p, out);
	if (p->len != 4)
		return false;
	if (strcmp(p->name, "CheckSum") == 0)
		v = checksum(pe);
	else if (strcmp(p->name, "key") == 0)
		v = rich_key(pe, pe_offset(pe, l), l->size);
	else if (strcmp(p->name, "SizeOfCode") == 0)
		v = sum_of_sections(pe, FLAG_CODE);
	else if (strcmp(p->name, "SizeOfInitializedData") == 0)
		v = sum_of_sections(pe, FLAG_INITIALIZED);
	else
		v = size_of_image(pe);
	store_uint(out, v, 4, false);
	return true;
}

const struct analyzer pe_analyzer = {
	.name = "pe",
	.title = "PE image or COFF object",
	.probe = pe_probe,
	.split = pe_split,
	.split_part = pe_split_part,
	.recompute = pe_recompute,
};
