/* SPDX-License-Identifier: Apache-2.0 */
/*
 * macho.c: Mach-O objects and programs, thin and fat (Apple's mach-o/loader.h,
 * nlist.h, fat.h, stab.h).
 *
 * Thin: a header (magic tells width and byte order), load commands, and the
 * bytes that the commands describe: sections, relocations, symbol table,
 * string table, link-edit blobs, the code signature.  Fat: a big-endian table
 * of slices, each a whole Mach-O file (or archive).  Java classes share the fat
 * magic 0xcafebabe; there the next word is the class version (at least 45 in
 * its low half), here a small number of slices.
 *
 * What varies between builds: LC_UUID, versions of tools, the paths and times
 * in the debug map.  The debug map is STABS in the symbol table: an N_OSO
 * symbol names an object file, and its value is that file's mtime; so runs of
 * N_OSO symbols are parts of their own, whose value is a time.
 */
#include "analyzers/formats.h"
#include "analyzers/macho.h"
#include "base/digest.h"

#include <errno.h>

#define FAT_MAGIC       0xcafebabeu
#define FAT_MAGIC_64    0xcafebabfu
#define FAT_SLICES_MAX  40 /* below the first Java class version */
#define COMMANDS_MAX    65536
#define SECTIONS_MAX    4096
#define FAT_HEADER_SIZE 8

struct command {
	uint32_t type, size;
	uint64_t off;
};

/* Every load command's name: those that the format still defines. */
static const char *const command_names[] = {
	[0x1] = "LC_SEGMENT",
	[0x2] = "LC_SYMTAB",
	[0x3] = "LC_SYMSEG",
	[0x4] = "LC_THREAD",
	[0x5] = "LC_UNIXTHREAD",
	[0xb] = "LC_DYSYMTAB",
	[0xc] = "LC_LOAD_DYLIB",
	[0xd] = "LC_ID_DYLIB",
	[0xe] = "LC_LOAD_DYLINKER",
	[0xf] = "LC_ID_DYLINKER",
	[0x11] = "LC_ROUTINES",
	[0x12] = "LC_SUB_FRAMEWORK",
	[0x13] = "LC_SUB_UMBRELLA",
	[0x14] = "LC_SUB_CLIENT",
	[0x15] = "LC_SUB_LIBRARY",
	[0x16] = "LC_TWOLEVEL_HINTS",
	[0x17] = "LC_PREBIND_CKSUM",
	[0x18] = "LC_LOAD_WEAK_DYLIB",
	[0x19] = "LC_SEGMENT_64",
	[0x1a] = "LC_ROUTINES_64",
	[0x1b] = "LC_UUID",
	[0x1c] = "LC_RPATH",
	[0x1d] = "LC_CODE_SIGNATURE",
	[0x1e] = "LC_SEGMENT_SPLIT_INFO",
	[0x1f] = "LC_REEXPORT_DYLIB",
	[0x20] = "LC_LAZY_LOAD_DYLIB",
	[0x21] = "LC_ENCRYPTION_INFO",
	[0x22] = "LC_DYLD_INFO",
	[0x23] = "LC_LOAD_UPWARD_DYLIB",
	[0x24] = "LC_VERSION_MIN_MACOSX",
	[0x25] = "LC_VERSION_MIN_IPHONEOS",
	[0x26] = "LC_FUNCTION_STARTS",
	[0x27] = "LC_DYLD_ENVIRONMENT",
	[0x28] = "LC_MAIN",
	[0x29] = "LC_DATA_IN_CODE",
	[0x2a] = "LC_SOURCE_VERSION",
	[0x2b] = "LC_DYLIB_CODE_SIGN_DRS",
	[0x2c] = "LC_ENCRYPTION_INFO_64",
	[0x2d] = "LC_LINKER_OPTION",
	[0x2e] = "LC_LINKER_OPTIMIZATION_HINT",
	[0x2f] = "LC_VERSION_MIN_TVOS",
	[0x30] = "LC_VERSION_MIN_WATCHOS",
	[0x31] = "LC_NOTE",
	[0x32] = "LC_BUILD_VERSION",
	[0x33] = "LC_DYLD_EXPORTS_TRIE",
	[0x34] = "LC_DYLD_CHAINED_FIXUPS",
	[0x35] = "LC_FILESET_ENTRY",
};

static const char *command_name(uint32_t type)
{
	type &= ~LC_REQUIRED;
	if (type < sizeof(command_names) / sizeof(command_names[0]) && command_names[type])
		return command_names[type];
	return "load command";
}

static bool thin_magic(const uint8_t *data, struct macho *ret)
{
	uint32_t magic = load_le32(data);

	ret->wide = magic == 0xfeedfacfu || magic == 0xcffaedfeu;
	ret->big = magic == 0xcefaedfeu || magic == 0xcffaedfeu;
	return ret->wide || ret->big || magic == 0xfeedfaceu;
}

static bool is_fat(const uint8_t *data, uint64_t size, unsigned *ret_width)
{
	struct cursor c = cursor_make(data, size);
	uint64_t off, len;
	uint32_t magic, count, i;
	unsigned width;

	c.big = true;
	magic = cursor_u32(&c);
	count = cursor_u32(&c);
	width = magic == FAT_MAGIC_64 ? 8 : 4;
	if ((magic != FAT_MAGIC && magic != FAT_MAGIC_64) || count == 0 || count > FAT_SLICES_MAX)
		return false;
	for (i = 0; i < count && !c.failed; i++) {
		cursor_skip(&c, 8);
		off = cursor_uint(&c, width);
		len = cursor_uint(&c, width);
		cursor_skip(&c, width == 8 ? 8 : 4);
		if (off < FAT_HEADER_SIZE || !range_inside(off, len, size))
			return false;
	}
	*ret_width = width;
	return !c.failed;
}

static bool macho_probe(const uint8_t *data, uint64_t size)
{
	struct macho m;
	uint32_t type, commands;
	unsigned width;

	if (size < 28)
		return false;
	if (!thin_magic(data, &m))
		return is_fat(data, size, &width);
	type = (uint32_t)load_uint(data + 12, 4, m.big);
	commands = (uint32_t)load_uint(data + 16, 4, m.big);
	return type >= 1 && type <= 16 && commands <= COMMANDS_MAX;
}

static const char *cpu_name(uint32_t type)
{
	static const struct {
		uint32_t type;
		const char *name;
	} names[] = {
		{ 7, "i386" },           { 0x01000007, "x86_64" },   { 12, "arm" },
		{ 0x0100000c, "arm64" }, { 0x0200000c, "arm64_32" }, { 18, "ppc" },
		{ 0x01000012, "ppc64" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return "slice";
}

static int split_fat(struct layout *l, unsigned width)
{
	struct cursor c = cursor_make(l->data, l->size);
	uint64_t off, len, entry = width == 8 ? 32 : 20;
	uint32_t count, cpu, i;

	c.big = true;
	cursor_skip(&c, 4);
	count = cursor_u32(&c);
	(void)layout_group(l, 0, FAT_HEADER_SIZE, TAG_FAT_HEADER, "fat header");
	for (i = 0; i < count; i++) {
		struct part *p = layout_group(l, c.pos, entry, TAG_FAT_ENTRY, "");

		cpu = cursor_u32(&c);
		cursor_skip(&c, 4);
		off = cursor_uint(&c, width);
		len = cursor_uint(&c, width);
		cursor_skip(&c, width == 8 ? 8 : 4);
		if (p)
			p->name = arena_printf(&l->arena, "fat entry %s", cpu_name(cpu));
		if (p && !p->name)
			return -ENOMEM;
		(void)layout_add(l, off, len, PART_CONTENT, cpu_name(cpu));
	}
	return 0;
}

/* The commands in order; false at the end or at one that does not fit. */
static bool next_command(struct cursor *c, uint64_t end, struct command *ret)
{
	ret->off = c->pos;
	ret->type = cursor_u32(c);
	ret->size = cursor_u32(c);
	if (c->failed || ret->size < 8 || ret->size > end - ret->off)
		return false;
	cursor_seek(c, ret->off + ret->size);
	return true;
}

/* Fixed 16-byte name fields, NUL-padded. */
int macho_name_length(const uint8_t *field)
{
	return (int)strnlen((const char *)field, 16);
}

bool macho_is_dylib(uint32_t type)
{
	return type == LC_LOAD_DYLIB || type == LC_ID_DYLIB || type == LC_LOAD_WEAK_DYLIB ||
	       type == LC_REEXPORT_DYLIB;
}

static const char *command_title(struct layout *l, const struct macho *m, const struct command *k)
{
	const uint8_t *p = l->data + k->off;
	uint32_t at = k->size >= 12 ? (uint32_t)load_uint(p + 8, 4, m->big) : 0,
		 type = k->type & ~LC_REQUIRED;

	if ((type == LC_SEGMENT || type == LC_SEGMENT_64) && k->size >= 24 && p[8])
		return arena_printf(&l->arena, "%s %.*s", command_name(k->type), macho_name_length(p + 8),
				    (const char *)p + 8);
	if (macho_is_dylib(type) && at < k->size)
		return arena_printf(&l->arena, "%s %.*s", command_name(k->type),
				    (int)strnlen((const char *)p + at, k->size - at), (const char *)p + at);
	return command_name(k->type);
}

static const struct record_field relocation_fields[] = {
	{ "address", 0, 4, MEANS_OFFSET, CODED_BYTES, { 0 } },
	{ "symbol and type", 4, 4, MEANS_NOTHING, CODED_BYTES, { 0 } },
	{ 0 },
};
static const struct record_type relocation_record = { "relocation", 8, relocation_fields };

static const struct reference code_references[] = {
	{ .kind = REFERS_PCREL, .width = 4, .target = REFERENCE_NONE, .bias = 4 },
};
static const struct reference data_references[] = {
	{ .kind = REFERS_ADDRESS, .width = 8, .aligned = true, .target = REFERENCE_NONE },
};

struct section {
	const uint8_t *name, *segment;
	uint64_t address, size;
	uint32_t off, relocations, relocation_count, flags;
};

static enum part_kind section_kind(const struct section *s)
{
	if ((s->flags & 0xff) == 2) /* S_CSTRING_LITERALS */
		return PART_STRINGS;
	if (strncmp((const char *)s->name, "__debug_str", 16) == 0 ||
	    strncmp((const char *)s->name, "__debug_line_str", 16) == 0)
		return PART_STRINGS;
	return s->flags & 0x80000400u ? PART_CODE
				      : PART_DATA; /* S_ATTR_PURE_INSTRUCTIONS, S_ATTR_SOME_INSTRUCTIONS */
}

/* Zero-filled sections (S_ZEROFILL, S_GB_ZEROFILL, S_THREAD_LOCAL_ZEROFILL) have no bytes. */
static bool has_bytes(const struct section *s)
{
	unsigned type = s->flags & 0xff;

	return s->off && type != 0x1 && type != 0xc && type != 0x12;
}

static void add_range(struct macho *m, const struct section *s)
{
	struct address_range *r = &m->ranges[m->range_count];

	if (m->range_count == SECTIONS_MAX || s->size == 0)
		return;
	*r = (struct address_range){
		.address = s->address, .size = s->size, .off = ADDRESS_NO_BYTES, .name = ""
	};
	if (has_bytes(s) && range_inside(s->off, s->size, m->size))
		r->off = s->off;
	m->range_count++;
}

static void add_section(struct layout *l, const struct macho *m, const struct section *s)
{
	struct part *p = NULL;

	if (has_bytes(s))
		p = layout_addf(l, s->off, s->size, section_kind(s), "%.*s,%.*s",
				macho_name_length(s->segment), (const char *)s->segment,
				macho_name_length(s->name), (const char *)s->name);
	if (p && m->wide && !m->big && p->kind != PART_STRINGS) {
		p->references = p->kind == PART_CODE ? code_references : data_references;
		p->reference_count = 1;
	}
	if (s->relocation_count == 0)
		return;
	p = layout_addf(l, s->relocations, s->relocation_count * UINT64_C(8), PART_RECORDS,
			"relocations %.*s", macho_name_length(s->name), (const char *)s->name);
	if (p)
		p->records = &relocation_record;
}

static struct section read_section(const struct macho *m, struct cursor *c)
{
	struct section s;

	s.name = cursor_take(c, 16);
	s.segment = cursor_take(c, 16);
	s.address = cursor_uint(c, m->wide ? 8 : 4);
	s.size = cursor_uint(c, m->wide ? 8 : 4);
	s.off = cursor_u32(c);
	cursor_skip(c, 4);
	s.relocations = cursor_u32(c);
	s.relocation_count = cursor_u32(c);
	s.flags = cursor_u32(c);
	cursor_skip(c, m->wide ? 12 : 8);
	return s;
}

static struct cursor command_cursor(const struct layout *l, const struct macho *m, const struct command *k)
{
	struct cursor c = cursor_make(l->data + k->off, k->size);

	c.big = m->big;
	cursor_skip(&c, 8);
	return c;
}

static void add_sections(struct layout *l, struct macho *m, const struct command *k)
{
	struct cursor c = command_cursor(l, m, k);
	uint32_t count, i;
	struct section s;

	cursor_seek(&c, m->wide ? 64 : 48);
	count = cursor_u32(&c);
	cursor_skip(&c, 4);
	for (i = 0; i < count && i < SECTIONS_MAX; i++) {
		s = read_section(m, &c);
		if (c.failed)
			break;
		add_section(l, m, &s);
		add_range(m, &s);
	}
}

#define SYMBOL_RECORD(id, coded, value_size)                     \
	static const struct record_field id##_fields[] = {       \
		{ "n_strx", 0, 4, MEANS_OFFSET, coded, { 0 } },  \
		{ "n_type", 4, 1, MEANS_FLAGS, coded, { 0 } },   \
		{ "n_sect", 5, 1, MEANS_NOTHING, coded, { 0 } }, \
		{ "n_desc", 6, 2, MEANS_FLAGS, coded, { 0 } },   \
		{ "n_value",                                     \
		  8,                                             \
		  value_size,                                    \
		  MEANS_ADDRESS,                                 \
		  coded,                                         \
		  { .kind = REFERS_ADDRESS,                      \
		    .width = value_size,                         \
		    .big = coded == CODED_BE,                    \
		    .target = REFERENCE_NONE } },                \
		{ 0 },                                           \
	};                                                       \
	static const struct record_type id = { "symbol", 8 + value_size, id##_fields }

SYMBOL_RECORD(symbol32_little, CODED_LE, 4);
SYMBOL_RECORD(symbol32_big, CODED_BE, 4);
SYMBOL_RECORD(symbol64_little, CODED_LE, 8);
SYMBOL_RECORD(symbol64_big, CODED_BE, 8);

const struct record_type *macho_symbol_record(const struct macho *m)
{
	if (m->wide)
		return m->big ? &symbol64_big : &symbol64_little;
	return m->big ? &symbol32_big : &symbol32_little;
}

uint64_t macho_symbol_size(const struct macho *m)
{
	return m->wide ? 16 : 12;
}

const char *macho_symbol_name(const struct macho *m, const uint8_t *symbol, uint64_t *ret_len)
{
	struct cursor c = cursor_make(m->data + m->strings, m->strings_size);

	cursor_seek(&c, load_uint(symbol, 4, m->big));
	return cursor_cstr(&c, ret_len);
}

static bool has_debug_map(const uint8_t *symbols, uint64_t size, uint64_t each)
{
	uint64_t off;

	for (off = 0; off + each <= size; off += each)
		if (symbols[off + 4] == N_OSO)
			return true;
	return false;
}

static void add_symbols(struct layout *l, struct macho *m, const struct command *k)
{
	struct cursor c = command_cursor(l, m, k);
	uint64_t off, size, strings, strings_size;
	struct part *p;

	off = cursor_u32(&c);
	size = cursor_u32(&c) * macho_symbol_size(m);
	strings = cursor_u32(&c);
	strings_size = cursor_u32(&c);
	if (c.failed ||
	    m->has_symbols) /* there is one at most; many would make us scan the same symbols again */
		return;
	m->has_symbols = true;
	if (range_inside(strings, strings_size, l->size)) {
		m->strings = strings;
		m->strings_size = strings_size;
	}
	(void)layout_add(l, strings, strings_size, PART_STRINGS, "string table");
	if (range_inside(off, size, l->size) && has_debug_map(l->data + off, size, macho_symbol_size(m))) {
		(void)layout_group(l, off, size, TAG_SYMBOLS, "symbol table");
		return;
	}
	p = layout_add(l, off, size, PART_RECORDS, "symbol table");
	if (p)
		p->records = macho_symbol_record(m);
}

static void add_blob(struct layout *l, struct cursor *c, const char *name)
{
	uint64_t off = cursor_u32(c), len = cursor_u32(c);

	if (!c->failed && off && len)
		(void)layout_add(l, off, len, PART_RAW, name);
}

static void add_dyld_info(struct layout *l, struct cursor *c)
{
	static const char *const names[] = { "rebase info", "bind info", "weak bind info", "lazy bind info",
					     "export info" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add_blob(l, c, names[i]);
}

const char *macho_link_edit_name(uint32_t type)
{
	switch (type) {
	case LC_SEGMENT_SPLIT_INFO: return "segment split info";
	case LC_FUNCTION_STARTS: return "function starts";
	case LC_DATA_IN_CODE: return "data in code";
	case LC_LINKER_OPTIMIZATION_HINT: return "linker optimization hints";
	case LC_DYLD_EXPORTS_TRIE: return "exports trie";
	case LC_DYLD_CHAINED_FIXUPS: return "chained fixups";
	default: return NULL;
	}
}

/* The bytes elsewhere in the file that a command speaks of. */
static void add_described(struct layout *l, struct macho *m, const struct command *k)
{
	uint32_t type = k->type & ~LC_REQUIRED, off, count;
	struct cursor c = command_cursor(l, m, k);

	if (type == LC_SEGMENT || type == LC_SEGMENT_64) {
		add_sections(l, m, k);
	} else if (type == LC_SYMTAB) {
		add_symbols(l, m, k);
	} else if (type == LC_DYLD_INFO) {
		add_dyld_info(l, &c);
	} else if (type == LC_DYSYMTAB) {
		cursor_seek(&c, 56);
		off = cursor_u32(&c);
		count = cursor_u32(&c);
		if (!c.failed && off)
			(void)layout_add(l, off, count * UINT64_C(4), PART_DATA, "indirect symbols");
	} else if (type == LC_CODE_SIGNATURE) {
		off = cursor_u32(&c);
		(void)layout_field(l, off, cursor_u32(&c), "code signature", MEANS_SIGNATURE, CODED_BYTES);
	} else if (macho_link_edit_name(type)) {
		add_blob(l, &c, macho_link_edit_name(type));
	}
}

static int compare_ranges(const void *a, const void *b)
{
	const struct address_range *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static int add_commands(struct layout *l, struct macho *m, uint64_t header)
{
	struct cursor c = cursor_make(l->data, l->size);
	uint32_t count = (uint32_t)load_uint(l->data + 16, 4, m->big), i;
	uint64_t end = header + load_uint(l->data + 20, 4, m->big);
	struct command k;
	const char *title;

	c.big = m->big;
	cursor_seek(&c, header);
	if (end > l->size) {
		layout_note(l, header, "the load commands do not fit the file");
		end = l->size;
	}
	for (i = 0; i < count; i++) {
		if (cursor_left(&c) == 0 || !next_command(&c, end, &k)) {
			layout_note(l, c.pos, "load command %u of %u does not fit", i, count);
			break;
		}
		title = command_title(l, m, &k);
		if (!title)
			return -ENOMEM;
		(void)layout_group(l, k.off, k.size, TAG_COMMAND, title);
		add_described(l, m, &k);
	}
	return 0;
}

static int split_thin(struct layout *l)
{
	struct macho *m = arena_alloc(&l->arena, sizeof(*m));
	uint64_t header;
	int r;

	if (!m)
		return -ENOMEM;
	(void)thin_magic(l->data, m);
	m->data = l->data;
	m->size = l->size;
	m->ranges = arena_array(&l->arena, SECTIONS_MAX, sizeof(*m->ranges));
	if (!m->ranges)
		return -ENOMEM;
	l->priv = m;
	header = m->wide ? 32 : 28;
	(void)layout_group(l, 0, header, TAG_HEADER, "header");
	r = header < l->size ? add_commands(l, m, header) : 0;
	qsort(m->ranges, m->range_count, sizeof(*m->ranges), compare_ranges);
	l->ranges = m->ranges;
	l->range_count = m->range_count;
	l->image = l;
	return r;
}

static int macho_split(struct layout *l)
{
	unsigned width;

	return is_fat(l->data, l->size, &width) ? split_fat(l, width) : split_thin(l);
}

static int macho_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	child->priv = l->priv;
	return macho_split_group(child, l->priv, (enum macho_tag)p->tag);
}

/* A symbol keeps its key when its value and its name's place move. */
static uint64_t macho_record_key(const struct layout *l, const struct part *p, uint64_t index)
{
	const struct macho *m = l->priv;
	const uint8_t *symbol;
	const char *name;
	uint64_t len;

	if (p->records != macho_symbol_record(m))
		return index;
	symbol = part_data(l, p) + index * macho_symbol_size(m);
	name = macho_symbol_name(m, symbol, &len);
	return name ? hash64(name, len, symbol[4]) : index;
}

/* A symbol's name is a place in the string table. */
static bool macho_record_reference(const struct layout *l, const struct part *p, uint64_t index,
				   unsigned field, struct reference *ret)
{
	const struct macho *m = l->priv;
	const struct part *strings;

	(void)index;
	if (field != 0 || !l->image || p->records != macho_symbol_record(m))
		return false;
	strings = layout_part_at(l->image, m->strings);
	if (!strings || strings->off != m->strings || strings->kind != PART_STRINGS)
		return false;
	*ret = (struct reference){ .kind = REFERS_OFFSET, .width = 4, .big = m->big };
	ret->target = (uint32_t)(strings - l->image->parts);
	return true;
}

const struct analyzer macho_analyzer = {
	.name = "macho",
	.title = "Mach-O object or program",
	.probe = macho_probe,
	.split = macho_split,
	.split_part = macho_split_part,
	.recompute = macho_recompute,
	.record_key = macho_record_key,
	.record_reference = macho_record_reference,
};
