/* SPDX-License-Identifier: Apache-2.0 */
/*
 * macho_commands.c: the fields of Mach-O headers and load commands, and the
 * debug map in the symbol table; see macho.c.
 *
 * The tables say little-endian; a big-endian file's layout is corrected when it
 * is complete.
 */
#include "analyzers/macho.h"
#include "analyzers/placement.h"
#include "base/path.h"

#define END                                         \
	{                                           \
		NULL, 0, MEANS_NOTHING, CODED_BYTES \
	}

static const struct field_spec fat_header_fields[] = {
	{ "magic", 4, MEANS_MAGIC, CODED_BE },
	{ "nfat_arch", 4, MEANS_COUNT, CODED_BE },
	END,
};
static const struct field_spec fat_entry_fields[] = {
	{ "cputype", 4, MEANS_NOTHING, CODED_BE }, { "cpusubtype", 4, MEANS_NOTHING, CODED_BE },
	{ "offset", 4, MEANS_OFFSET, CODED_BE },   { "size", 4, MEANS_SIZE, CODED_BE },
	{ "align", 4, MEANS_SETTING, CODED_BE },   END,
};
static const struct field_spec fat_entry64_fields[] = {
	{ "cputype", 4, MEANS_NOTHING, CODED_BE },
	{ "cpusubtype", 4, MEANS_NOTHING, CODED_BE },
	{ "offset", 8, MEANS_OFFSET, CODED_BE },
	{ "size", 8, MEANS_SIZE, CODED_BE },
	{ "align", 4, MEANS_SETTING, CODED_BE },
	{ "reserved", 4, MEANS_NOTHING, CODED_BE },
	END,
};
static const struct field_spec header_fields[] = {
	{ "magic", 4, MEANS_MAGIC, CODED_LE },
	{ "cputype", 4, MEANS_NOTHING, CODED_LE },
	{ "cpusubtype", 4, MEANS_NOTHING, CODED_LE },
	{ "filetype", 4, MEANS_NOTHING, CODED_LE },
	{ "ncmds", 4, MEANS_COUNT, CODED_LE },
	{ "sizeofcmds", 4, MEANS_SIZE, CODED_LE },
	{ "flags", 4, MEANS_FLAGS, CODED_LE },
	{ "reserved", 4, MEANS_NOTHING, CODED_LE },
	END,
};
static const struct field_spec uuid_fields[] = { { "uuid", 16, MEANS_ID, CODED_BYTES }, END };
static const struct field_spec source_version_fields[] = { { "version", 8, MEANS_VERSION, CODED_LE }, END };
static const struct field_spec version_min_fields[] = {
	{ "version", 4, MEANS_VERSION, CODED_LE },
	{ "sdk", 4, MEANS_VERSION, CODED_LE },
	END,
};
static const struct field_spec build_version_fields[] = {
	{ "platform", 4, MEANS_NOTHING, CODED_LE },
	{ "minos", 4, MEANS_VERSION, CODED_LE },
	{ "sdk", 4, MEANS_VERSION, CODED_LE },
	{ "ntools", 4, MEANS_COUNT, CODED_LE },
	END,
};
static const struct field_spec dylib_fields[] = {
	{ "name offset", 4, MEANS_OFFSET, CODED_LE },
	{ "timestamp", 4, MEANS_TIME, CODED_LE },
	{ "current version", 4, MEANS_VERSION, CODED_LE },
	{ "compatibility version", 4, MEANS_VERSION, CODED_LE },
	END,
};
static const struct field_spec path_fields[] = { { "path offset", 4, MEANS_OFFSET, CODED_LE }, END };
static const struct field_spec place_fields[] = {
	{ "offset", 4, MEANS_OFFSET, CODED_LE },
	{ "size", 4, MEANS_SIZE, CODED_LE },
	END,
};
static const struct field_spec symtab_fields[] = {
	{ "symoff", 4, MEANS_OFFSET, CODED_LE },
	{ "nsyms", 4, MEANS_COUNT, CODED_LE },
	{ "stroff", 4, MEANS_OFFSET, CODED_LE },
	{ "strsize", 4, MEANS_SIZE, CODED_LE },
	END,
};
static const struct field_spec segment_fields[] = {
	{ "segname", 16, MEANS_NAME, CODED_BYTES }, { "vmaddr", 4, MEANS_ADDRESS, CODED_LE },
	{ "vmsize", 4, MEANS_SIZE, CODED_LE },      { "fileoff", 4, MEANS_OFFSET, CODED_LE },
	{ "filesize", 4, MEANS_SIZE, CODED_LE },    { "maxprot", 4, MEANS_FLAGS, CODED_LE },
	{ "initprot", 4, MEANS_FLAGS, CODED_LE },   { "nsects", 4, MEANS_COUNT, CODED_LE },
	{ "flags", 4, MEANS_FLAGS, CODED_LE },      END,
};
static const struct field_spec segment64_fields[] = {
	{ "segname", 16, MEANS_NAME, CODED_BYTES }, { "vmaddr", 8, MEANS_ADDRESS, CODED_LE },
	{ "vmsize", 8, MEANS_SIZE, CODED_LE },      { "fileoff", 8, MEANS_OFFSET, CODED_LE },
	{ "filesize", 8, MEANS_SIZE, CODED_LE },    { "maxprot", 4, MEANS_FLAGS, CODED_LE },
	{ "initprot", 4, MEANS_FLAGS, CODED_LE },   { "nsects", 4, MEANS_COUNT, CODED_LE },
	{ "flags", 4, MEANS_FLAGS, CODED_LE },      END,
};
static const struct field_spec section_fields[] = {
	{ "sectname", 16, MEANS_NAME, CODED_BYTES }, { "segname", 16, MEANS_NAME, CODED_BYTES },
	{ "addr", 4, MEANS_ADDRESS, CODED_LE },      { "size", 4, MEANS_SIZE, CODED_LE },
	{ "offset", 4, MEANS_OFFSET, CODED_LE },     { "align", 4, MEANS_SETTING, CODED_LE },
	{ "reloff", 4, MEANS_OFFSET, CODED_LE },     { "nreloc", 4, MEANS_COUNT, CODED_LE },
	{ "flags", 4, MEANS_FLAGS, CODED_LE },       { "reserved1", 4, MEANS_NOTHING, CODED_LE },
	{ "reserved2", 4, MEANS_NOTHING, CODED_LE }, END,
};
static const struct field_spec section64_fields[] = {
	{ "sectname", 16, MEANS_NAME, CODED_BYTES },
	{ "segname", 16, MEANS_NAME, CODED_BYTES },
	{ "addr", 8, MEANS_ADDRESS, CODED_LE },
	{ "size", 8, MEANS_SIZE, CODED_LE },
	{ "offset", 4, MEANS_OFFSET, CODED_LE },
	{ "align", 4, MEANS_SETTING, CODED_LE },
	{ "reloff", 4, MEANS_OFFSET, CODED_LE },
	{ "nreloc", 4, MEANS_COUNT, CODED_LE },
	{ "flags", 4, MEANS_FLAGS, CODED_LE },
	{ "reserved1", 4, MEANS_NOTHING, CODED_LE },
	{ "reserved2", 4, MEANS_NOTHING, CODED_LE },
	{ "reserved3", 4, MEANS_NOTHING, CODED_LE },
	END,
};
static const struct field_spec oso_fields[] = {
	{ "n_strx", 4, MEANS_OFFSET, CODED_LE },
	{ "n_type", 1, MEANS_FLAGS, CODED_LE },
	{ "n_sect", 1, MEANS_NOTHING, CODED_LE },
	{ "n_desc", 2, MEANS_FLAGS, CODED_LE },
	END,
};

static const struct field_spec *command_fields(uint32_t type)
{
	switch (type) {
	case LC_UUID: return uuid_fields;
	case LC_SOURCE_VERSION: return source_version_fields;
	case LC_BUILD_VERSION: return build_version_fields;
	case LC_VERSION_MIN_MACOSX:
	case LC_VERSION_MIN_IPHONEOS:
	case LC_VERSION_MIN_TVOS:
	case LC_VERSION_MIN_WATCHOS: return version_min_fields;
	case LC_RPATH:
	case LC_LOAD_DYLINKER:
	case LC_ID_DYLINKER: return path_fields;
	case LC_SYMTAB: return symtab_fields;
	case LC_SEGMENT: return segment_fields;
	case LC_SEGMENT_64: return segment64_fields;
	case LC_CODE_SIGNATURE: return place_fields;
	default: break;
	}
	if (macho_is_dylib(type))
		return dylib_fields;
	return macho_link_edit_name(type) ? place_fields : NULL;
}

static uint64_t fields_end(const struct layout *l)
{
	const struct part *last = l->count ? &l->parts[l->count - 1] : NULL;

	return last ? last->off + last->len : 0;
}

static void add_path(struct layout *l, uint64_t at, const char *name)
{
	uint64_t len = at < l->size ? strnlen((const char *)l->data + at, l->size - at) : 0;

	if (len == 0)
		return;
	(void)layout_field(l, at, len, name, MEANS_PATH, CODED_BYTES);
	(void)layout_add(l, at + len, l->size - at - len, PART_PADDING, "padding");
}

static void add_section_headers(struct layout *l, const struct macho *m)
{
	uint64_t at = fields_end(l), each = m->wide ? 80 : 68;
	struct part *p;

	for (; range_inside(at, each, l->size); at += each) {
		p = layout_addf(l, at, each, PART_GROUP, "section %.*s", macho_name_length(l->data + at),
				(const char *)l->data + at);
		if (p)
			p->tag = TAG_SECTION;
	}
}

static void add_tools(struct layout *l)
{
	uint64_t at;

	for (at = fields_end(l); range_inside(at, 8, l->size); at += 8) {
		(void)layout_field(l, at, 4, "tool", MEANS_NOTHING, CODED_LE);
		(void)layout_field(l, at + 4, 4, "tool version", MEANS_VERSION, CODED_LE);
	}
}

static void split_command(struct layout *l, const struct macho *m)
{
	uint32_t type = (uint32_t)load_uint(l->data, 4, m->big) & ~LC_REQUIRED;
	const struct field_spec *fields = command_fields(type);

	(void)layout_field(l, 0, 4, "cmd", MEANS_MAGIC, CODED_LE);
	(void)layout_field(l, 4, 4, "cmdsize", MEANS_SIZE, CODED_LE);
	if (fields && l->size > 8)
		layout_fields(l, 8, fields);
	if (type == LC_SEGMENT || type == LC_SEGMENT_64)
		add_section_headers(l, m);
	else if (type == LC_BUILD_VERSION)
		add_tools(l);
	else if ((macho_is_dylib(type) || fields == path_fields) && l->size >= 12)
		add_path(l, load_uint(l->data + 8, 4, m->big), macho_is_dylib(type) ? "name" : "path");
	if (fields_end(l) < l->size)
		(void)layout_add(l, fields_end(l), l->size - fields_end(l), PART_RAW, "data");
}

/* Symbols with an object file's name and mtime stand out of the table; the runs between them stay records. */
static void split_symbols(struct layout *l, const struct macho *m)
{
	uint64_t each = macho_symbol_size(m), at, run = 0, len;
	const char *name;
	struct part *p;

	for (at = 0; at <= l->size; at += each) {
		bool end = at + each > l->size;

		if (!end && l->data[at + 4] != N_OSO)
			continue;
		p = layout_add(l, run, at - run, PART_RECORDS, "symbols");
		if (p)
			p->records = macho_symbol_record(m);
		if (end)
			break;
		name = macho_symbol_name(m, l->data + at, &len);
		p = layout_addf(l, at, each, PART_GROUP, "N_OSO %s", name ? path_base(name) : "");
		if (p)
			p->tag = TAG_OSO;
		run = at + each;
	}
}

static void split_header(struct layout *l, const struct macho *m, enum macho_tag tag)
{
	switch (tag) {
	case TAG_FAT_HEADER: layout_fields(l, 0, fat_header_fields); break;
	case TAG_FAT_ENTRY: layout_fields(l, 0, l->size == 32 ? fat_entry64_fields : fat_entry_fields); break;
	case TAG_HEADER: layout_fields(l, 0, header_fields); break;
	case TAG_SECTION: layout_fields(l, 0, m->wide ? section64_fields : section_fields); break;
	case TAG_OSO:
		layout_fields(l, 0, oso_fields);
		(void)layout_field(l, 8, macho_symbol_size(m) - 8, "mtime", MEANS_TIME, CODED_LE);
		break;
	case TAG_COMMAND:
	case TAG_SYMBOLS: break;
	}
}

/* Fields that say where a part is, each with the field that says how long it is and in which unit. */
static const struct extent {
	const char *offset, *size;
	uint8_t unit; /* 0: a symbol */
} extents[] = {
	{ "offset", "size", 1 },
	{ "reloff", "nreloc", 8 },
	{ "symoff", "nsyms", 0 },
	{ "stroff", "strsize", 1 },
};

static bool is_recomputed(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(extents) / sizeof(extents[0]); i++)
		if (strcmp(name, extents[i].offset) == 0 || strcmp(name, extents[i].size) == 0)
			return true;
	return strcmp(name, "ncmds") == 0 || strcmp(name, "sizeofcmds") == 0;
}

/* How many load commands there are, or how many bytes they take. */
static uint64_t sum_commands(const struct layout *image, bool bytes)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < image->count; i++)
		if (image->parts[i].kind == PART_GROUP && image->parts[i].tag == TAG_COMMAND)
			sum += bytes ? image->parts[i].len : 1;
	return sum;
}

static uint64_t field_value(const struct layout *l, const struct part *p, bool big)
{
	return load_uint(l->data + p->off, (unsigned)p->len, big);
}

static bool extent_value(const struct layout *l, const struct part *p, const struct macho *m,
			 const struct extent *e, uint64_t *ret)
{
	const struct part *offset = layout_find(l, e->offset), *size = layout_find(l, e->size), *part;
	uint64_t at;

	if (!offset || !size || offset->len > 8 || size->len > 8 || field_value(l, size, m->big) == 0)
		return false;
	at = field_value(l, offset, m->big);
	part = placement_part(l->image, at);
	if (strcmp(p->name, e->offset) == 0)
		*ret = at;
	else if (part)
		*ret = part->len / (e->unit ? e->unit : macho_symbol_size(m));
	return part && placement_follows(l->image, at);
}

bool macho_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct macho *m = l->priv;
	bool known = false;
	uint64_t v = 0;
	size_t i;

	if (!m || !l->image || p->len > 8)
		return false;
	if (strcmp(p->name, "ncmds") == 0 || strcmp(p->name, "sizeofcmds") == 0) {
		v = sum_commands(l->image, p->name[0] == 's');
		known = true;
	}
	for (i = 0; i < sizeof(extents) / sizeof(extents[0]) && !known; i++)
		if (strcmp(p->name, extents[i].offset) == 0 || strcmp(p->name, extents[i].size) == 0)
			known = extent_value(l, p, m, &extents[i], &v);
	if (known)
		store_uint(out, v, (unsigned)p->len, m->big);
	return known;
}

int macho_split_group(struct layout *l, const struct macho *m, enum macho_tag tag)
{
	struct part *field;

	if (tag == TAG_COMMAND)
		split_command(l, m);
	else if (tag == TAG_SYMBOLS)
		split_symbols(l, m);
	else
		split_header(l, m, tag);
	for (field = l->parts; m && field < l->parts + l->count; field++) {
		if (m->big && field->coding == CODED_LE)
			field->coding = CODED_BE;
		field->recomputes = field->kind == PART_FIELD && is_recomputed(field->name);
	}
	return 0;
}
