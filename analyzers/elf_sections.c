/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_sections.c: what a section holds, by its type, flags and name, and to
 * which places the words in it may refer.
 *
 * Sources: System V ABI chapter 4, gABI processor supplements, LSB 5.0 core
 * (.eh_frame, .eh_frame_hdr), DWARF 5 section 7 for the debug sections, and
 * measured libraries for the sections of NVIDIA's tools.
 *
 * References are a promise about words that *may* name a place: a reader takes
 * one for such only where the value follows the way its target moved.
 * REFERS_TABLE without target: the table starts at or before the word; with a
 * target: it is relative to the address of that part.
 */
#include "analyzers/formats.h"
#include "analyzers/elf_image.h"

#include <errno.h>
#include <stdio.h>

#define SMALL              32 /* not worth being split by symbols */
#define FATBIN_SECTION_MIN 4096
#define REFERENCES_MAX     24

/* By name; a trailing '*' takes all names that begin so. The first that fits counts. */
static const struct {
	const char *name;
	enum elf_role role;
} named_roles[] = {
	{ ".comment", ROLE_STRINGS },
	{ ".interp", ROLE_STRINGS },
	{ ".modinfo", ROLE_STRINGS },
	{ ".GCC.command.line", ROLE_STRINGS },
	{ ".eh_frame_hdr", ROLE_EH_FRAME_HDR },
	{ ".eh_frame*", ROLE_EXCEPTIONS },
	{ ".gcc_except_table*", ROLE_EXCEPTIONS },
	{ ".rodata*", ROLE_CONSTANTS },
	{ ".lrodata*", ROLE_CONSTANTS },
	{ ".data.rel.ro*", ROLE_DATA },
	{ ".nv_fatbin", ROLE_FATBIN },
	{ "__nv_relfatbin", ROLE_FATBIN },
	{ ".nvFatBinSegment", ROLE_FATBIN_WRAPPERS },
	{ ".hipFatBinSegment", ROLE_FATBIN_WRAPPERS },
	{ ".hip_fatbin*", ROLE_BUNDLE },
	{ ".gnu_debuglink", ROLE_DEBUGLINK },
	{ ".gnu_debugaltlink", ROLE_DEBUGALTLINK },
	{ ".gnu.lto_.opts*", ROLE_STRINGS },
	{ ".gnu.lto_*", ROLE_BUNDLE }, /* a zstd or zlib stream each, but for a few small ones */
	{ ".gopclntab", ROLE_RAW },
	{ ".go.buildinfo", ROLE_RAW },
	{ ".nv.*", ROLE_WORDS },
	{ ".nv_debug_line_sass", ROLE_DEBUG_LINE },
	{ ".nv_debug_ptx_txt*", ROLE_STRINGS },
	{ ".gdb_index", ROLE_DEBUG_DATA },
	{ NULL, ROLE_RAW },
};

static bool fits(const char *name, const char *pattern)
{
	size_t n = strlen(pattern);

	if (n && pattern[n - 1] == '*')
		return strncmp(name, pattern, n - 1) == 0;
	return strcmp(name, pattern) == 0;
}

/* "info" of .debug_info, .zdebug_info, .debug_info.dwo; NULL: no debug section. */
static const char *debug_name(const char *name)
{
	if (strncmp(name, ".debug_", 7) == 0)
		return name + 7;
	return strncmp(name, ".zdebug_", 8) == 0 ? name + 8 : NULL;
}

static bool is_debug(const char *debug, const char *name)
{
	size_t n = strlen(name);

	return strncmp(debug, name, n) == 0 && (!debug[n] || strcmp(debug + n, ".dwo") == 0);
}

static enum elf_role debug_role(const char *debug)
{
	if (is_debug(debug, "info") || is_debug(debug, "types"))
		return ROLE_DEBUG_INFO;
	if (is_debug(debug, "line"))
		return ROLE_DEBUG_LINE;
	if (is_debug(debug, "aranges"))
		return ROLE_DEBUG_ARANGES;
	if (is_debug(debug, "gnu_pubnames") || is_debug(debug, "gnu_pubtypes") ||
	    is_debug(debug, "pubnames") || is_debug(debug, "pubtypes"))
		return ROLE_DEBUG_PUBNAMES;
	if (is_debug(debug, "str") || is_debug(debug, "line_str") || is_debug(debug, "gdb_scripts"))
		return ROLE_STRINGS;
	if (is_debug(debug, "abbrev") || is_debug(debug, "cu_index") || is_debug(debug, "tu_index"))
		return ROLE_RAW;
	return ROLE_DEBUG_DATA;
}

static enum elf_role progbits_role(const struct elf *e, const struct elf_section *s)
{
	const char *debug = debug_name(s->name);
	size_t i;

	if (debug)
		return debug_role(debug);
	if (s->flags & SHF_EXECINSTR)
		return ROLE_CODE;
	if ((s->flags & SHF_STRINGS) && s->entsize <= 1)
		return ROLE_STRINGS;
	for (i = 0; named_roles[i].name && !fits(s->name, named_roles[i].name); i++)
		;
	/* Fat binaries were found in .rodata, .ldata and sections of any name: it takes a look inside. */
	if (e->nvidia && s->size >= FATBIN_SECTION_MIN &&
	    (!named_roles[i].name || named_roles[i].role == ROLE_CONSTANTS ||
	     named_roles[i].role == ROLE_DATA))
		return ROLE_FATBIN;
	if (named_roles[i].name)
		return named_roles[i].role;
	return s->flags & SHF_ALLOC ? ROLE_DATA : ROLE_BUNDLE;
}

enum elf_role elf_role_of(const struct elf *e, const struct elf_section *s, bool decoded)
{
	if (!decoded && ((s->flags & SHF_COMPRESSED) || strncmp(s->name, ".zdebug_", 8) == 0))
		return ROLE_COMPRESSED;
	switch (s->type) {
	case SHT_SYMTAB:
	case SHT_DYNSYM: return ROLE_SYMBOLS;
	case SHT_REL:
	case SHT_RELA: return ROLE_RELOCATIONS;
	case SHT_DYNAMIC: return ROLE_DYNAMIC;
	case SHT_NOTE: return ROLE_NOTES;
	case SHT_STRTAB: return ROLE_STRINGS;
	case SHT_INIT_ARRAY:
	case SHT_FINI_ARRAY:
	case SHT_PREINIT_ARRAY:
	case SHT_RELR: return ROLE_DATA;
	case SHT_GNU_HASH: return ROLE_GNU_HASH;
	case SHT_GROUP:
	case SHT_SYMTAB_SHNDX: return ROLE_INDICES;
	case SHT_HASH:
	case SHT_GNU_versym: return ROLE_WORDS;
	case SHT_GNU_verneed:
	case SHT_GNU_verdef: return ROLE_VERSIONS;
	case SHT_PROGBITS: return progbits_role(e, s);
	case SHT_MIPS_DWARF: return e->machine == EM_MIPS ? progbits_role(e, s) : ROLE_RAW;
	case 0x70000001: /* SHT_X86_64_UNWIND, SHT_ARM_EXIDX */
		return fits(s->name, ".eh_frame*") ? progbits_role(e, s) : ROLE_WORDS;
	default: return (s->flags & SHF_EXECINSTR) ? ROLE_CODE : ROLE_RAW;
	}
}

struct reference_list {
	const struct elf *e;
	struct reference list[REFERENCES_MAX];
	uint16_t count;
};

static void add(struct reference_list *r, enum reference_kind kind, unsigned width, bool aligned,
		uint32_t target, int32_t bias)
{
	if (r->count < REFERENCES_MAX)
		r->list[r->count++] =
			(struct reference){ kind, (uint8_t)width, r->e->big, aligned, target, bias };
}

/* Absolute addresses: in objects they are still relocations. */
static void add_address(struct reference_list *r, bool aligned)
{
	if (!r->e->by_section)
		add(r, REFERS_ADDRESS, elf_word(r->e), aligned, REFERENCE_NONE, 0);
}

/*
 * x86: displacements count from the end of the instruction, which is the word's
 * end plus the immediate operand's bytes (0, 1, 2 or 4).  Other machines pack
 * their displacements into instruction bits, which no word reference describes.
 */
static void add_code(struct reference_list *r)
{
	static const int32_t biases[] = { 4, 5, 6, 8 };
	size_t i;

	if (r->e->machine != EM_X86_64 && r->e->machine != EM_386)
		return;
	for (i = 0; i < (r->e->machine == EM_386 ? 1 : 4); i++)
		add(r, REFERS_PCREL, 4, false, REFERENCE_NONE, biases[i]);
	if (r->e->by_section)
		return;
	add(r, REFERS_ADDRESS, 4, false, REFERENCE_NONE, 0);
	if (r->e->wide)
		add(r, REFERS_ADDRESS, 8, false, REFERENCE_NONE, 0);
}

uint32_t elf_debug_part(const struct elf *e, const char *from, const char *to)
{
	static const char *const prefixes[] = { ".debug_", ".zdebug_" };
	uint32_t part = REFERENCE_NONE;
	char name[64];
	size_t i;

	for (i = 0; i < 2 && part == REFERENCE_NONE; i++) {
		(void)snprintf(name, sizeof(name), "%s%s%s", prefixes[i], to,
			       strstr(from, ".dwo") ? ".dwo" : "");
		part = elf_part_named(e, name);
	}
	return part;
}

/* Go's and Rust's slices and strings: an address, a length, for Go's slices a capacity. */
static void add_span(struct reference_list *r)
{
	if (!r->e->by_section)
		add(r, REFERS_SPAN, (uint8_t)elf_word(r->e), true, REFERENCE_NONE, 0);
}

static void add_debug_offset(struct reference_list *r, const char *from, const char *to)
{
	uint32_t part = elf_debug_part(r->e, from, to);

	if (part != REFERENCE_NONE)
		add(r, REFERS_OFFSET, 4, false, part, 0);
}

/* clang-format off */
/* Which debug sections the words of another name by offset (DWARF 5, figure B.1 and section 7.5.5). */
static const struct {
	const char *from;
	const char *to[14];
	bool addresses, lengths;
} debug_references[] = {
	{ "info", { "str", "line_str", "line", "loclists", "loc", "rnglists", "ranges", "str_offsets", "addr",
		    "macro", "macinfo", "info", "types" }, true, false },
	{ "types", { "str", "line_str", "line", "str_offsets", "info" }, false, false },
	{ "line", { "line_str", "str" }, true, false },
	{ "aranges", { "info" }, true, false },
	{ "str_offsets", { "str" }, false, true },
	{ "addr", { NULL }, true, true },
	{ "names", { "str", "info", "types" }, false, true },
	{ "pubnames", { "info" }, false, true },
	{ "pubtypes", { "info" }, false, true },
	{ "gnu_pubnames", { "info" }, false, true },
	{ "gnu_pubtypes", { "info" }, false, true },
	{ "ranges", { NULL }, true, false },
	{ "rnglists", { NULL }, true, true },
	{ "loc", { NULL }, true, false },
	{ "loclists", { NULL }, true, true },
	{ "frame", { "frame" }, true, true },
	{ "macro", { "str", "line", "macro" }, false, false },
};
/* clang-format on */

static void add_debug(struct reference_list *r, const char *name)
{
	const char *debug = debug_name(name);
	size_t i, k;

	if (!debug) { /* .gdb_index: offsets of .debug_info and of itself */
		add_debug_offset(r, name, "info");
		add(r, REFERS_SELF, 4, true, REFERENCE_NONE, 0);
		add_address(r, false);
		return;
	}
	for (i = 0; i < sizeof(debug_references) / sizeof(*debug_references); i++) {
		if (!is_debug(debug, debug_references[i].from))
			continue;
		for (k = 0; k < 14 && debug_references[i].to[k]; k++)
			add_debug_offset(r, name, debug_references[i].to[k]);
		if (debug_references[i].addresses)
			add_address(r, false);
		if (debug_references[i].lengths)
			add(r, REFERS_SELF_SIZE, 4, false, REFERENCE_NONE, 0);
	}
}

static void add_of_role(struct reference_list *r, enum elf_role role, const char *name)
{
	switch (role) {
	case ROLE_CODE: add_code(r); break;
	case ROLE_DATA:
		add_address(r, true);
		add_span(r);
		break;
	case ROLE_CONSTANTS:
	case ROLE_FATBIN:
		add_address(r, true);
		add_span(r);
		if (r->e->by_section)
			break;
		add(r, REFERS_TABLE, 4, true, REFERENCE_NONE, 0);
		add(r, REFERS_PCREL, 4, true, REFERENCE_NONE, 0);
		break;
	case ROLE_EXCEPTIONS:
		if (!r->e->by_section)
			add(r, REFERS_PCREL, 4, false, REFERENCE_NONE, 0);
		add_address(r, false);
		break;
	case ROLE_INDICES: add(r, REFERS_RECORD, 4, true, r->e->section_table_part, 0); break;
	case ROLE_VERSIONS: add(r, REFERS_OFFSET, 4, true, elf_part_named(r->e, ".dynstr"), 0); break;
	case ROLE_DEBUG_INFO:
	case ROLE_DEBUG_LINE:
	case ROLE_DEBUG_ARANGES:
	case ROLE_DEBUG_PUBNAMES:
	case ROLE_DEBUG_DATA: add_debug(r, name); break;
	default: break;
	}
}

void elf_set_references(struct layout *l, const struct elf *e, struct part *p, enum elf_role role,
			const char *name)
{
	struct reference_list r = { .e = e };
	struct reference *copy;

	add_of_role(&r, role, name);
	copy = r.count ? arena_array(&l->arena, r.count, sizeof(*copy)) : NULL;
	if (!copy)
		return;
	memcpy(copy, r.list, r.count * sizeof(*copy));
	p->references = copy;
	p->reference_count = r.count;
}

/* Data with a symbol table beside it can be split by its objects; tables that the linker makes have none. */
static bool by_symbols(const struct elf *e, const struct elf_section *s)
{
	static const char *const linkers[] = { ".got*",   ".init_array*", ".fini_array*",
					       ".ctors*", ".dtors*",      ".plt*" };
	size_t i;

	for (i = 0; i < sizeof(linkers) / sizeof(*linkers); i++)
		if (fits(s->name, linkers[i]))
			return false;
	for (i = 1; i < e->section_count; i++)
		if (e->sections[i].type == SHT_SYMTAB)
			return true;
	return false;
}

static enum part_kind kind_of(const struct elf *e, const struct elf_section *s, enum elf_role role)
{
	switch (role) {
	case ROLE_RAW: return PART_RAW;
	case ROLE_CODE: return s->size > SMALL && e->section_count > 1 ? PART_GROUP : PART_CODE;
	case ROLE_SYMBOLS:
	case ROLE_RELOCATIONS:
	case ROLE_DYNAMIC:
	case ROLE_FATBIN_WRAPPERS: return elf_record_type(e, s, role) ? PART_RECORDS : PART_RAW;
	case ROLE_STRINGS: return PART_STRINGS;
	case ROLE_TEXT: return PART_TEXT;
	case ROLE_DATA:
	case ROLE_CONSTANTS: return s->size > SMALL && by_symbols(e, s) ? PART_GROUP : PART_DATA;
	case ROLE_EXCEPTIONS:
	case ROLE_VERSIONS:
	case ROLE_INDICES:
	case ROLE_WORDS:
	case ROLE_DEBUG_DATA: return PART_DATA;
	case ROLE_BUNDLE: return PART_CONTENT;
	case ROLE_NOTES:
	case ROLE_EH_FRAME_HDR:
	case ROLE_GNU_HASH:
	case ROLE_DEBUG_INFO:
	case ROLE_DEBUG_LINE:
	case ROLE_DEBUG_ARANGES:
	case ROLE_DEBUG_PUBNAMES:
	case ROLE_COMPRESSED:
	case ROLE_FATBIN:
	case ROLE_DEBUGLINK:
	case ROLE_DEBUGALTLINK: break;
	}
	return PART_GROUP;
}

struct part *elf_add_section(struct layout *l, const struct elf *e, const struct elf_section *s, uint64_t off,
			     uint64_t len, bool decoded)
{
	enum elf_role role = elf_role_of(e, s, decoded);
	enum part_kind kind = kind_of(e, s, role);
	struct part *p = elf_add_named(l, off, len, kind, s->name);

	if (p && kind == PART_RECORDS)
		p->records = elf_record_type(e, s, role);
	else if (p && (kind == PART_CODE || kind == PART_DATA))
		elf_set_references(l, e, p, role, s->name);
	return p;
}

struct fatbin_split {
	struct layout *child;
	const struct elf *e;
	uint64_t at;
	bool failed;
};

static void add_between(struct fatbin_split *f, uint64_t end)
{
	struct part *p;

	if (f->at >= end)
		return;
	p = layout_add(f->child, f->at, end - f->at, PART_DATA, "data");
	if (p)
		elf_set_references(f->child, f->e, p, ROLE_FATBIN, "");
	f->failed |= !p;
}

static int add_fatbin(void *ctx, uint64_t off, uint64_t len)
{
	struct fatbin_split *f = ctx;

	if (!len || off < f->at)
		return 0;
	add_between(f, off);
	f->failed |= !layout_add(f->child, off, len, PART_CONTENT, "fatbin");
	f->at = off + len;
	return f->failed ? -ENOMEM : 0;
}

static int split_fatbins(struct layout *child, const struct elf *e)
{
	struct fatbin_split f = { .child = child, .e = e };
	int r = fatbin_scan(child->data, child->size, add_fatbin, &f);

	if (r < 0)
		return r;
	add_between(&f, child->size);
	return f.failed ? -ENOMEM : 0;
}

/*
 * LSB 5.0, 10.6.2: version, three encodings, then what they encode.  All known
 * linkers write pcrel|sdata4, udata4 and datarel|sdata4: a table sorted by
 * address, relative to the section's own start.
 */
static int split_eh_frame_hdr(struct layout *child, const struct elf *e, const struct elf_section *s)
{
	static const struct field_spec head[] = {
		{ "version", 1, MEANS_VERSION, CODED_LE },
		{ "eh_frame_ptr encoding", 1, MEANS_NOTHING, CODED_LE },
		{ "FDE count encoding", 1, MEANS_NOTHING, CODED_LE },
		{ "table encoding", 1, MEANS_NOTHING, CODED_LE },
		{ NULL, 0, 0, 0 },
	};
	static const uint8_t usual[4] = { 1, 0x1b, 0x03, 0x3b };
	struct reference *r;
	struct part *p;

	if (child->size < 12 || memcmp(child->data, usual, sizeof(usual)) != 0) {
		p = layout_add(child, 0, child->size, PART_DATA, "table");
		if (p)
			elf_set_references(child, e, p, ROLE_EXCEPTIONS, "");
		return 0;
	}
	layout_fields(child, 0, head);
	(void)elf_reference_field(child, 4, 4, "eh_frame_ptr", MEANS_ADDRESS, REFERS_PCREL, REFERENCE_NONE);
	(void)elf_field(child, 8, 4, "FDE count", MEANS_COUNT);
	p = layout_add(child, 12, child->size - 12, PART_DATA, "table");
	r = arena_alloc(&child->arena, sizeof(*r));
	if (p && r) {
		*r = (struct reference){ REFERS_TABLE, 4, e->big, true, s->part, 0 };
		p->references = r;
		p->reference_count = 1;
	}
	return 0;
}

int elf_split_section(struct layout *child, const struct elf *e, uint32_t section, bool decoded)
{
	const struct elf_section *s = &e->sections[section];
	enum elf_role role = elf_role_of(e, s, decoded);

	if (!elf_set_view(child, role == ROLE_COMPRESSED ? VIEW_COMPRESSED : VIEW_SECTION, section))
		return -ENOMEM;
	switch (role) {
	case ROLE_CODE:
	case ROLE_DATA:
	case ROLE_CONSTANTS: return elf_split_by_symbols(child, e, s, role);
	case ROLE_NOTES: return elf_split_notes(child, s->align, section);
	case ROLE_GNU_HASH: return elf_split_gnu_hash(child, e);
	case ROLE_EH_FRAME_HDR: return split_eh_frame_hdr(child, e, s);
	case ROLE_DEBUG_INFO:
	case ROLE_DEBUG_LINE:
	case ROLE_DEBUG_ARANGES:
	case ROLE_DEBUG_PUBNAMES: return elf_split_units(child, e, section, role);
	case ROLE_COMPRESSED: return elf_split_compressed(child, e, s);
	case ROLE_FATBIN: return split_fatbins(child, e);
	case ROLE_DEBUGLINK: return elf_split_debuglink(child);
	case ROLE_DEBUGALTLINK: return elf_split_debugaltlink(child);
	default: /* decoded to a leaf */
		return child->size && !elf_add_section(child, e, s, 0, child->size, decoded) ? -ENOMEM : 0;
	}
}
