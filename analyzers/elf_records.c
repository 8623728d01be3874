/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_records.c: the tables of fixed-size records, and to what each of their
 * fields refers: symbols, relocations, the dynamic section, section and program
 * headers (System V ABI, chapters 4 and 5), and the records by which CUDA and
 * HIP programs find their GPU code.
 *
 * Record types exist for both word sizes and byte orders; TABLES() makes the
 * four of each from one description.
 */
#include "analyzers/elf_image.h"
#include "base/digest.h"

#include <stdio.h>

#define DYNAMIC_MAX 512 /* entries searched for the counterpart of a size */

static const char ST_NAME[] = "st_name", ST_VALUE[] = "st_value", ST_SIZE[] = "st_size";
static const char ST_SHNDX[] = "st_shndx";
static const char R_OFFSET[] = "r_offset", R_SYM[] = "r_sym", R_TYPE[] = "r_type", R_ADDEND[] = "r_addend";
static const char D_VAL[] = "d_val";
static const char SH_NAME[] = "sh_name", SH_SIZE[] = "sh_size", SH_LINK[] = "sh_link", SH_INFO[] = "sh_info";
static const char SH_ADDR[] = "sh_addr", P_VADDR[] = "p_vaddr", P_PADDR[] = "p_paddr";

/* clang-format off */
#define REF(kind, width, B) { REFERS_##kind, width, B, false, REFERENCE_NONE, 0 }
#define TO_FIELD(width, B, field) { REFERS_EXTENT, width, B, false, field, 0 }
#define NO_REF { 0 }
#define END { NULL, 0, 0, 0, 0, NO_REF }

#define SYMBOL64(C, B) {                                                                      \
	{ ST_NAME, 0, 4, MEANS_OFFSET, C, REF(OFFSET, 4, B) },                                \
	{ "st_info", 4, 1, MEANS_NOTHING, C, NO_REF },                                        \
	{ "st_other", 5, 1, MEANS_NOTHING, C, NO_REF },                                       \
	{ ST_SHNDX, 6, 2, MEANS_COUNT, C, REF(RECORD, 2, B) },                                \
	{ ST_VALUE, 8, 8, MEANS_ADDRESS, C, REF(ADDRESS, 8, B) },                             \
	{ ST_SIZE, 16, 8, MEANS_SIZE, C, TO_FIELD(8, B, 4) }, END }
#define SYMBOL32(C, B) {                                                                      \
	{ ST_NAME, 0, 4, MEANS_OFFSET, C, REF(OFFSET, 4, B) },                                \
	{ ST_VALUE, 4, 4, MEANS_ADDRESS, C, REF(ADDRESS, 4, B) },                             \
	{ ST_SIZE, 8, 4, MEANS_SIZE, C, TO_FIELD(4, B, 1) },                                  \
	{ "st_info", 12, 1, MEANS_NOTHING, C, NO_REF },                                       \
	{ "st_other", 13, 1, MEANS_NOTHING, C, NO_REF },                                      \
	{ ST_SHNDX, 14, 2, MEANS_COUNT, C, REF(RECORD, 2, B) }, END }

/* r_info: the symbol is its upper half in 64-bit files, its upper 24 bits in 32-bit ones. */
#define SYM(off, len, C, B) { R_SYM, off, len, MEANS_NOTHING, C, REF(RECORD, len, B) }
#define TYPE(off, len, C) { R_TYPE, off, len, MEANS_NOTHING, C, NO_REF }
#define INFO64_false TYPE(8, 4, CODED_LE), SYM(12, 4, CODED_LE, false)
#define INFO64_true SYM(8, 4, CODED_BE, true), TYPE(12, 4, CODED_BE)
#define INFO32_false TYPE(4, 1, CODED_LE), SYM(5, 3, CODED_LE, false)
#define INFO32_true SYM(4, 3, CODED_BE, true), TYPE(7, 1, CODED_BE)
#define RELA64(C, B) {                                                                        \
	{ R_OFFSET, 0, 8, MEANS_ADDRESS, C, REF(ADDRESS, 8, B) }, INFO64_##B,                 \
	{ R_ADDEND, 16, 8, MEANS_ADDRESS, C, REF(ADDRESS, 8, B) }, END }
#define REL64(C, B) {                                                                         \
	{ R_OFFSET, 0, 8, MEANS_ADDRESS, C, REF(ADDRESS, 8, B) }, INFO64_##B, END }
#define RELA32(C, B) {                                                                        \
	{ R_OFFSET, 0, 4, MEANS_ADDRESS, C, REF(ADDRESS, 4, B) }, INFO32_##B,                 \
	{ R_ADDEND, 8, 4, MEANS_ADDRESS, C, REF(ADDRESS, 4, B) }, END }
#define REL32(C, B) {                                                                         \
	{ R_OFFSET, 0, 4, MEANS_ADDRESS, C, REF(ADDRESS, 4, B) }, INFO32_##B, END }

#define DYNAMIC64(C, B) {                                                                     \
	{ "d_tag", 0, 8, MEANS_NOTHING, C, NO_REF },                                          \
	{ D_VAL, 8, 8, MEANS_NOTHING, C, REF(ADDRESS, 8, B) }, END }
#define DYNAMIC32(C, B) {                                                                     \
	{ "d_tag", 0, 4, MEANS_NOTHING, C, NO_REF },                                          \
	{ D_VAL, 4, 4, MEANS_NOTHING, C, REF(ADDRESS, 4, B) }, END }

#define SECTION64(C, B) {                                                                     \
	{ SH_NAME, 0, 4, MEANS_OFFSET, C, REF(OFFSET, 4, B) },                                \
	{ "sh_type", 4, 4, MEANS_NOTHING, C, NO_REF },                                        \
	{ "sh_flags", 8, 8, MEANS_FLAGS, C, NO_REF },                                         \
	{ SH_ADDR, 16, 8, MEANS_ADDRESS, C, REF(ADDRESS, 8, B) },                             \
	{ "sh_offset", 24, 8, MEANS_OFFSET, C, REF(FILE_OFFSET, 8, B) },                      \
	{ SH_SIZE, 32, 8, MEANS_SIZE, C, TO_FIELD(8, B, 3) },                                 \
	{ SH_LINK, 40, 4, MEANS_COUNT, C, REF(RECORD, 4, B) },                                \
	{ SH_INFO, 44, 4, MEANS_COUNT, C, REF(RECORD, 4, B) },                                \
	{ "sh_addralign", 48, 8, MEANS_NOTHING, C, NO_REF },                                  \
	{ "sh_entsize", 56, 8, MEANS_SIZE, C, NO_REF }, END }
#define SECTION32(C, B) {                                                                     \
	{ SH_NAME, 0, 4, MEANS_OFFSET, C, REF(OFFSET, 4, B) },                                \
	{ "sh_type", 4, 4, MEANS_NOTHING, C, NO_REF },                                        \
	{ "sh_flags", 8, 4, MEANS_FLAGS, C, NO_REF },                                         \
	{ SH_ADDR, 12, 4, MEANS_ADDRESS, C, REF(ADDRESS, 4, B) },                             \
	{ "sh_offset", 16, 4, MEANS_OFFSET, C, REF(FILE_OFFSET, 4, B) },                      \
	{ SH_SIZE, 20, 4, MEANS_SIZE, C, TO_FIELD(4, B, 3) },                                 \
	{ SH_LINK, 24, 4, MEANS_COUNT, C, REF(RECORD, 4, B) },                                \
	{ SH_INFO, 28, 4, MEANS_COUNT, C, REF(RECORD, 4, B) },                                \
	{ "sh_addralign", 32, 4, MEANS_NOTHING, C, NO_REF },                                  \
	{ "sh_entsize", 36, 4, MEANS_SIZE, C, NO_REF }, END }

#define SEGMENT64(C, B) {                                                                     \
	{ "p_type", 0, 4, MEANS_NOTHING, C, NO_REF },                                         \
	{ "p_flags", 4, 4, MEANS_FLAGS, C, NO_REF },                                          \
	{ "p_offset", 8, 8, MEANS_OFFSET, C, REF(FILE_OFFSET, 8, B) },                        \
	{ P_VADDR, 16, 8, MEANS_ADDRESS, C, REF(ADDRESS, 8, B) },                             \
	{ P_PADDR, 24, 8, MEANS_ADDRESS, C, REF(ADDRESS, 8, B) },                             \
	{ "p_filesz", 32, 8, MEANS_SIZE, C, TO_FIELD(8, B, 2) },                              \
	{ "p_memsz", 40, 8, MEANS_SIZE, C, TO_FIELD(8, B, 3) },                               \
	{ "p_align", 48, 8, MEANS_NOTHING, C, NO_REF }, END }
#define SEGMENT32(C, B) {                                                                     \
	{ "p_type", 0, 4, MEANS_NOTHING, C, NO_REF },                                         \
	{ "p_offset", 4, 4, MEANS_OFFSET, C, REF(FILE_OFFSET, 4, B) },                        \
	{ P_VADDR, 8, 4, MEANS_ADDRESS, C, REF(ADDRESS, 4, B) },                              \
	{ P_PADDR, 12, 4, MEANS_ADDRESS, C, REF(ADDRESS, 4, B) },                             \
	{ "p_filesz", 16, 4, MEANS_SIZE, C, TO_FIELD(4, B, 1) },                              \
	{ "p_memsz", 20, 4, MEANS_SIZE, C, TO_FIELD(4, B, 2) },                               \
	{ "p_flags", 24, 4, MEANS_FLAGS, C, NO_REF },                                         \
	{ "p_align", 28, 4, MEANS_NOTHING, C, NO_REF }, END }

#define TABLES(name, KIND)                                                                    \
	static const struct record_field name##_fields[4][11] = {                             \
		KIND##32(CODED_LE, false), KIND##32(CODED_BE, true),                          \
		KIND##64(CODED_LE, false), KIND##64(CODED_BE, true),                          \
	}
#define TYPES(name, title, size32, size64)                                                          \
	static const struct record_type name##_types[4] = {                                         \
		{ title, size32, name##_fields[0] }, { title, size32, name##_fields[1] },           \
		{ title, size64, name##_fields[2] }, { title, size64, name##_fields[3] },           \
	}

TABLES(symbol, SYMBOL);
TABLES(rela, RELA);
TABLES(rel, REL);
TABLES(dynamic, DYNAMIC);
TABLES(section, SECTION);
TABLES(segment, SEGMENT);
TYPES(symbol, "symbol", sizeof(Elf32_Sym), sizeof(Elf64_Sym));
TYPES(rela, "relocation", sizeof(Elf32_Rela), sizeof(Elf64_Rela));
TYPES(rel, "relocation", sizeof(Elf32_Rel), sizeof(Elf64_Rel));
TYPES(dynamic, "dynamic entry", sizeof(Elf32_Dyn), sizeof(Elf64_Dyn));
TYPES(section, "section header", sizeof(Elf32_Shdr), sizeof(Elf64_Shdr));
TYPES(segment, "program header", sizeof(Elf32_Phdr), sizeof(Elf64_Phdr));

/* __fatBinC_Wrapper_t of fatbinary_section.h; clang's is the same: 64-bit little-endian hosts only. */
static const struct record_field wrapper_fields[] = {
	{ "magic", 0, 4, MEANS_MAGIC, CODED_LE, NO_REF },
	{ "version", 4, 4, MEANS_VERSION, CODED_LE, NO_REF },
	{ "data", 8, 8, MEANS_ADDRESS, CODED_LE, REF(ADDRESS, 8, false) },
	{ "prelinked", 16, 8, MEANS_ADDRESS, CODED_LE, REF(ADDRESS, 8, false) },
	END,
};
static const struct record_type wrapper_type = { "fat binary wrapper", 24, wrapper_fields };

/* clang-format on */

static unsigned variant(const struct elf *e)
{
	return 2 * e->wide + e->big;
}

const struct record_type *elf_section_table_type(const struct elf *e)
{
	return &section_types[variant(e)];
}

const struct record_type *elf_segment_table_type(const struct elf *e)
{
	return &segment_types[variant(e)];
}

const struct record_type *elf_record_type(const struct elf *e, const struct elf_section *s,
					  enum elf_role role)
{
	const struct record_type *t = NULL;

	switch (role) {
	case ROLE_SYMBOLS: t = &symbol_types[variant(e)]; break;
	case ROLE_RELOCATIONS:
		t = s->type == SHT_RELA ? &rela_types[variant(e)] : &rel_types[variant(e)];
		break;
	case ROLE_DYNAMIC: t = &dynamic_types[variant(e)]; break;
	case ROLE_FATBIN_WRAPPERS: return e->wide && !e->big ? &wrapper_type : NULL;
	default: return NULL;
	}
	return s->entsize && s->entsize != t->size ? NULL : t;
}

/* The value of the field `name` of a record, 0 when it has none. */
static uint64_t record_value(const struct layout *l, const struct part *p, uint64_t index, const char *name)
{
	const struct record_field *f;

	if (index >= p->len / p->records->size)
		return 0;
	for (f = p->records->fields; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return load_uint(part_data(l, p) + index * p->records->size + f->off, f->len,
					 f->coding == CODED_BE);
	return 0;
}

/* The string at `off` of the string table `section`; "" when there is none. */
static const char *string_at(const struct elf *e, uint32_t section, uint64_t off)
{
	const uint8_t *data;
	uint64_t size;

	if (section >= e->section_count || !elf_section_bytes(e, &e->sections[section], &data, &size))
		return "";
	return elf_string(data, size, off);
}

struct symbol_view {
	const char *name;
	uint8_t type;
	uint32_t section;
};

/* Symbol `index` of the symbol table that is section `table`. */
static struct symbol_view symbol_of(const struct elf *e, uint32_t table, uint64_t index)
{
	const uint64_t entsize = e->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	struct symbol_view v = { .name = "" };
	const uint8_t *data;
	uint64_t size;

	if (table >= e->section_count || !elf_section_bytes(e, &e->sections[table], &data, &size) ||
	    index >= size / entsize)
		return v;
	data += index * entsize;
	v.type = data[e->wide ? 4 : 12] & 0xf;
	v.section = (uint32_t)load_uint(data + (e->wide ? 6 : 14), 2, e->big);
	v.name = string_at(e, e->sections[table].link, load_uint(data, 4, e->big));
	if (v.type == STT_SECTION && v.section < e->section_count && !*v.name)
		v.name = e->sections[v.section].name;
	return v;
}

static bool to_part(struct reference *ret, enum reference_kind kind, uint32_t target, int32_t bias)
{
	ret->kind = kind;
	ret->target = target;
	ret->bias = bias;
	if (target == REFERENCE_NONE)
		ret->width = 0;
	return true;
}

static bool refers_nowhere(struct reference *ret)
{
	ret->width = 0;
	return true;
}

static bool symbol_reference(const struct elf *e, const struct elf_section *s, const struct symbol_view *v,
			     const char *field, struct reference *ret)
{
	if (field == ST_NAME)
		return to_part(ret, REFERS_OFFSET, elf_part_of(e, s->link), 0);
	if (field == ST_SHNDX)
		return v->section >= SHN_LORESERVE ? refers_nowhere(ret)
						   : to_part(ret, REFERS_RECORD, e->section_table_part, 0);
	if (field != ST_VALUE)
		return false;
	if (v->section == SHN_UNDEF || v->section >= SHN_LORESERVE || v->type == STT_TLS)
		return refers_nowhere(ret);
	return e->by_section ? to_part(ret, REFERS_OFFSET, elf_part_of(e, v->section), 0) : false;
}

/* Types whose addend is an address of the image, per machine (processor supplements). */
static bool is_relative(uint16_t machine, uint64_t type)
{
	static const struct {
		uint16_t machine, relative, irelative;
	} types[] = {
		{ EM_X86_64, 8, 37 },    { EM_386, 8, 42 },     { EM_AARCH64, 1027, 1032 },
		{ EM_ARM, 23, 160 },     { EM_PPC64, 22, 248 }, { EM_PPC, 22, 248 },
		{ EM_RISCV, 3, 58 },     { EM_S390, 12, 61 },   { EM_LOONGARCH, 3, 12 },
		{ EM_SPARCV9, 22, 249 },
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (types[i].machine == machine)
			return type == types[i].relative || type == types[i].irelative;
	return false;
}

/* x86 counts from the end of the displacement: the addend is four short of the offset. */
static int32_t addend_bias(uint16_t machine, uint64_t type)
{
	return machine == EM_X86_64 && (type == R_X86_64_PC32 || type == R_X86_64_PLT32) ? 4 : 0;
}

/*
 * r_info of 64-bit MIPS is no number but a structure: the symbol's index, a special symbol, and three types, of
 * which the last byte is the first to apply (64-bit ELF Object File Specification of MIPS, figure 4).
 */
static void relocation_info(const struct layout *l, const struct part *p, uint64_t index,
			    uint64_t *ret_symbol, uint64_t *ret_type)
{
	const struct elf *e = elf_of(l);
	const uint8_t *info = part_data(l, p) + index * p->records->size + 8;

	if (e->machine != EM_MIPS || !e->wide || index >= p->len / p->records->size) {
		*ret_symbol = record_value(l, p, index, R_SYM);
		*ret_type = record_value(l, p, index, R_TYPE);
		return;
	}
	*ret_symbol = load_uint(info, 4, e->big);
	*ret_type = info[7];
}

static bool relocation_reference(const struct layout *l, const struct part *p, uint64_t index,
				 const char *field, struct reference *ret)
{
	const struct elf *e = elf_of(l);
	const struct elf_section *s = elf_section_of(l, p);
	uint64_t symbol, type;
	struct symbol_view v;

	relocation_info(l, p, index, &symbol, &type);

	if (e->machine == EM_MIPS && e->wide && !e->big && field == R_SYM)
		return refers_nowhere(ret); /* the types: the index stands in the other half, as r_type */
	if (e->machine == EM_MIPS && e->wide && !e->big && field == R_TYPE)
		ret->width = 4;
	if (field == R_SYM || (field == R_TYPE && ret->width))
		return to_part(ret, REFERS_RECORD, elf_part_of(e, s->link), 0);
	if (field == R_OFFSET)
		return e->by_section ? to_part(ret, REFERS_OFFSET, elf_part_of(e, s->info), 0) : false;
	if (field != R_ADDEND)
		return false;
	if (!e->by_section)
		return is_relative(e->machine, type) ? false : refers_nowhere(ret);
	v = symbol_of(e, s->link, symbol);
	if (v.type != STT_SECTION)
		return refers_nowhere(ret);
	return to_part(ret, REFERS_SECTION_ADDEND, elf_part_of(e, v.section), addend_bias(e->machine, type));
}

enum dynamic_kind { DYNAMIC_OTHER, DYNAMIC_STRING, DYNAMIC_ADDRESS, DYNAMIC_SIZE };

/* clang-format off */
static const struct {
	int64_t tag;
	enum dynamic_kind kind;
	int64_t of; /* DYNAMIC_SIZE: the tag with the address of what is measured */
} dynamic_tags[] = {
	{ DT_NEEDED, DYNAMIC_STRING, 0 },	{ DT_SONAME, DYNAMIC_STRING, 0 },
	{ DT_RPATH, DYNAMIC_STRING, 0 },	{ DT_RUNPATH, DYNAMIC_STRING, 0 },
	{ DT_AUXILIARY, DYNAMIC_STRING, 0 },	{ DT_FILTER, DYNAMIC_STRING, 0 },
	{ DT_PLTGOT, DYNAMIC_ADDRESS, 0 },	{ DT_HASH, DYNAMIC_ADDRESS, 0 },
	{ DT_STRTAB, DYNAMIC_ADDRESS, 0 },	{ DT_SYMTAB, DYNAMIC_ADDRESS, 0 },
	{ DT_RELA, DYNAMIC_ADDRESS, 0 },	{ DT_REL, DYNAMIC_ADDRESS, 0 },
	{ DT_RELR, DYNAMIC_ADDRESS, 0 },	{ DT_JMPREL, DYNAMIC_ADDRESS, 0 },
	{ DT_INIT, DYNAMIC_ADDRESS, 0 },	{ DT_FINI, DYNAMIC_ADDRESS, 0 },
	{ DT_INIT_ARRAY, DYNAMIC_ADDRESS, 0 },	{ DT_FINI_ARRAY, DYNAMIC_ADDRESS, 0 },
	{ DT_PREINIT_ARRAY, DYNAMIC_ADDRESS, 0 }, { DT_GNU_HASH, DYNAMIC_ADDRESS, 0 },
	{ DT_VERSYM, DYNAMIC_ADDRESS, 0 },	{ DT_VERNEED, DYNAMIC_ADDRESS, 0 },
	{ DT_VERDEF, DYNAMIC_ADDRESS, 0 },	{ DT_STRSZ, DYNAMIC_SIZE, DT_STRTAB },
	{ DT_RELASZ, DYNAMIC_SIZE, DT_RELA },	{ DT_RELSZ, DYNAMIC_SIZE, DT_REL },
	{ DT_RELRSZ, DYNAMIC_SIZE, DT_RELR },	{ DT_PLTRELSZ, DYNAMIC_SIZE, DT_JMPREL },
	{ DT_INIT_ARRAYSZ, DYNAMIC_SIZE, DT_INIT_ARRAY }, { DT_FINI_ARRAYSZ, DYNAMIC_SIZE, DT_FINI_ARRAY },
	{ DT_PREINIT_ARRAYSZ, DYNAMIC_SIZE, DT_PREINIT_ARRAY },
};
/* clang-format on */

static uint32_t dynamic_target(const struct layout *l, const struct part *p, int64_t tag)
{
	const struct elf_section *s;
	uint64_t i;

	for (i = 0; i < p->len / p->records->size && i < DYNAMIC_MAX; i++)
		if (record_value(l, p, i, "d_tag") == (uint64_t)tag) {
			s = elf_section_at(elf_of(l), record_value(l, p, i, D_VAL));
			return s ? s->part : REFERENCE_NONE;
		}
	return REFERENCE_NONE;
}

static bool dynamic_reference(const struct layout *l, const struct part *p, uint64_t index, const char *field,
			      struct reference *ret)
{
	uint64_t tag = record_value(l, p, index, "d_tag");
	size_t i;

	if (field != D_VAL)
		return false;
	if (index >= DYNAMIC_MAX)
		return refers_nowhere(ret);
	for (i = 0; i < sizeof(dynamic_tags) / sizeof(*dynamic_tags); i++) {
		if ((uint64_t)dynamic_tags[i].tag != tag)
			continue;
		if (dynamic_tags[i].kind == DYNAMIC_ADDRESS)
			return false;
		if (dynamic_tags[i].kind == DYNAMIC_SIZE)
			return to_part(ret, REFERS_SIZE, dynamic_target(l, p, dynamic_tags[i].of), 0);
		return to_part(ret, REFERS_OFFSET, elf_part_of(elf_of(l), elf_section_of(l, p)->link), 0);
	}
	return refers_nowhere(ret);
}

static bool section_reference(const struct elf *e, uint64_t index, const char *field, struct reference *ret)
{
	const struct elf_section *s = index < e->section_count ? &e->sections[index] : NULL;
	bool relocations = s && (s->type == SHT_REL || s->type == SHT_RELA);

	if (!s || !index)
		return refers_nowhere(ret);
	if (field == SH_NAME)
		return to_part(ret, REFERS_OFFSET, elf_part_of(e, e->shstrndx), 0);
	if (field == SH_SIZE && s->part != REFERENCE_NONE)
		return to_part(ret, REFERS_SIZE, s->part, 0);
	if (field == SH_SIZE && e->by_section)
		return refers_nowhere(ret);
	if (field == SH_ADDR && (e->by_section || !(s->flags & SHF_ALLOC)))
		return refers_nowhere(ret);
	if (field == SH_LINK && s->link)
		return to_part(ret, REFERS_RECORD, e->section_table_part, 0);
	/* sh_info: what relocations apply to; the first global symbol; the symbol that names a group */
	if (field == SH_INFO && s->info && (relocations || (s->flags & SHF_INFO_LINK)))
		return to_part(ret, REFERS_RECORD, e->section_table_part, 0);
	if (field == SH_INFO && s->info && (s->type == SHT_SYMTAB || s->type == SHT_DYNSYM))
		return to_part(ret, REFERS_RECORD, s->part, 0);
	if (field == SH_INFO && s->info && s->type == SHT_GROUP)
		return to_part(ret, REFERS_RECORD, elf_part_of(e, s->link), 0);
	return field == SH_LINK || field == SH_INFO ? refers_nowhere(ret) : false;
}

bool elf_record_reference(const struct layout *l, const struct part *p, uint64_t index, unsigned field,
			  struct reference *ret)
{
	const struct elf *e = elf_of(l);
	const struct elf_section *s = elf_section_of(l, p);
	const struct record_field *f = &p->records->fields[field];
	struct symbol_view v;
	struct reference r = f->ref;
	bool refined = false;

	r.width = (uint8_t)f->len;
	r.big = e->big;
	if (p->records == elf_section_table_type(e)) {
		refined = section_reference(e, index, f->name, &r);
	} else if (s && elf_record_type(e, s, ROLE_SYMBOLS) == p->records) {
		v = symbol_of(e, (uint32_t)(s - e->sections), index);
		refined = symbol_reference(e, s, &v, f->name, &r);
	} else if (s && elf_record_type(e, s, ROLE_RELOCATIONS) == p->records) {
		refined = relocation_reference(l, p, index, f->name, &r);
	} else if (s && elf_record_type(e, s, ROLE_DYNAMIC) == p->records) {
		refined = dynamic_reference(l, p, index, f->name, &r);
	}
	if (refined)
		*ret = r;
	return refined;
}

const char *elf_record_name(const struct layout *l, const struct part *p, uint64_t index)
{
	const struct elf *e = elf_of(l);
	const struct elf_section *s = elf_section_of(l, p);
	uint64_t symbol, type;

	if (p->records == elf_section_table_type(e))
		return index < e->section_count ? e->sections[index].name : NULL;
	if (s && elf_record_type(e, s, ROLE_SYMBOLS) == p->records)
		return symbol_of(e, (uint32_t)(s - e->sections), index).name;
	if (!s || elf_record_type(e, s, ROLE_RELOCATIONS) != p->records)
		return NULL;
	relocation_info(l, p, index, &symbol, &type);
	return symbol_of(e, s->link, symbol).name;
}

static uint64_t key_of(const char *name, uint64_t seed)
{
	return hash64(name ? name : "", name ? strlen(name) : 0, seed);
}

static uint64_t dynamic_key(const struct layout *l, const struct part *p, uint64_t index)
{
	uint64_t tag = record_value(l, p, index, "d_tag");
	bool named = tag == DT_NEEDED;

	return key_of(
		named ? string_at(elf_of(l), elf_section_of(l, p)->link, record_value(l, p, index, D_VAL))
		      : "",
		tag);
}

uint64_t elf_record_key(const struct layout *l, const struct part *p, uint64_t index)
{
	const struct elf *e = elf_of(l);
	const struct elf_section *s = elf_section_of(l, p);
	const char *name = elf_record_name(l, p, index);

	if (p->records == elf_section_table_type(e))
		return key_of(name, record_value(l, p, index, "sh_type"));
	if (p->records == elf_segment_table_type(e))
		return key_of("", record_value(l, p, index, "p_type") << 32 |
					  record_value(l, p, index, "p_flags"));
	if (s && elf_record_type(e, s, ROLE_SYMBOLS) == p->records)
		return key_of(name, record_value(l, p, index, "st_info"));
	if (s && elf_record_type(e, s, ROLE_RELOCATIONS) == p->records)
		return key_of(name, record_value(l, p, index, R_TYPE));
	if (s && elf_record_type(e, s, ROLE_DYNAMIC) == p->records)
		return dynamic_key(l, p, index);
	return record_value(l, p, index, "magic");
}

/* All fields of the record: "puts: st_name=0x1 st_info=0x12 ...". */
bool elf_record_context(const struct layout *l, const struct part *p, uint64_t off, char *out, size_t size)
{
	uint64_t index = (off - p->off) / p->records->size;
	const char *name = elf_record_name(l, p, index);
	const struct record_field *f;
	size_t at;
	int n;

	if (off < p->off || index >= p->len / p->records->size || !size)
		return false;
	n = snprintf(out, size, "%s %llu%s%.100s:", p->records->name, (unsigned long long)index,
		     name && *name ? " " : "", name ? name : "");
	for (f = p->records->fields, at = (size_t)n; f->name && at < size; f++, at += (size_t)n)
		n = snprintf(out + at, size - at, " %s=0x%llx", f->name,
			     (unsigned long long)record_value(l, p, index, f->name));
	return true;
}
