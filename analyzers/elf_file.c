/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_file.c: tables of an ELF file, checked once, read where they lie.
 *
 * Numbers that do not fit the header stand in section header 0 (gABI, chapter 4): e_shnum 0 -> sh_size,
 * e_shstrndx SHN_XINDEX -> sh_link, e_phnum PN_XNUM -> sh_info.  Tables of
 * 64-bit little-endian files, which is nearly all of them, are read by plain
 * loads; the rest through a cursor.
 */
#include "analyzers/elf_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SEGMENTS_MAX     (1u << 20)
#define UNTERMINATED_MAX 4096

static uint64_t read_word(struct cursor *c, bool wide)
{
	return cursor_uint(c, wide ? 8 : 4);
}

static struct cursor cursor_of(const struct elf_file *f)
{
	return (struct cursor){ .base = f->data, .size = f->size, .big = f->big };
}

bool elf_file_probe(const uint8_t *data, uint64_t size)
{
	return size >= EI_NIDENT && memcmp(data, ELFMAG, SELFMAG) == 0 &&
	       (data[EI_CLASS] == ELFCLASS32 || data[EI_CLASS] == ELFCLASS64) &&
	       (data[EI_DATA] == ELFDATA2LSB || data[EI_DATA] == ELFDATA2MSB);
}

struct counts {
	uint64_t shnum, shstrndx, phnum;
	uint32_t shentsize, phentsize;
};

static bool read_header(struct elf_file *f, struct counts *n)
{
	struct cursor c = cursor_of(f);

	cursor_skip(&c, EI_NIDENT);
	f->type = cursor_u16(&c);
	f->machine = cursor_u16(&c);
	cursor_skip(&c, 4);
	f->entry = read_word(&c, f->wide);
	f->phoff = read_word(&c, f->wide);
	f->shoff = read_word(&c, f->wide);
	f->flags = cursor_u32(&c);
	cursor_skip(&c, 2);
	n->phentsize = cursor_u16(&c);
	n->phnum = cursor_u16(&c);
	n->shentsize = cursor_u16(&c);
	n->shnum = cursor_u16(&c);
	n->shstrndx = cursor_u16(&c);
	return !c.failed;
}

static struct elf_file_section read_section(struct cursor *c, bool wide, uint32_t *ret_name)
{
	struct elf_file_section s = { .name = "" };

	*ret_name = cursor_u32(c);
	s.type = cursor_u32(c);
	s.flags = read_word(c, wide);
	s.addr = read_word(c, wide);
	s.off = read_word(c, wide);
	s.size = read_word(c, wide);
	s.link = cursor_u32(c);
	s.info = cursor_u32(c);
	s.align = read_word(c, wide);
	s.entsize = read_word(c, wide);
	return s;
}

static struct elf_file_segment read_segment(struct cursor *c, bool wide)
{
	struct elf_file_segment s = { 0 };

	s.type = cursor_u32(c);
	if (wide)
		s.flags = cursor_u32(c);
	s.off = read_word(c, wide);
	s.vaddr = read_word(c, wide);
	(void)read_word(c, wide); /* p_paddr */
	s.filesz = read_word(c, wide);
	s.memsz = read_word(c, wide);
	if (!wide)
		s.flags = cursor_u32(c);
	s.align = read_word(c, wide);
	return s;
}

/* The counts that the header could not hold. */
static void read_extended(const struct elf_file *f, struct counts *n)
{
	struct cursor c = cursor_of(f);
	struct elf_file_section first;
	uint32_t name;

	cursor_seek(&c, f->shoff);
	first = read_section(&c, f->wide, &name);
	if (c.failed || !f->shoff)
		return;
	if (n->shnum == 0)
		n->shnum = first.size;
	if (n->shstrndx == SHN_XINDEX)
		n->shstrndx = first.link;
	if (n->phnum == PN_XNUM)
		n->phnum = first.info;
}

static int check_table(const struct elf_file *f, uint64_t off, uint64_t count, uint64_t entsize, uint64_t smallest,
		       uint64_t max, const char *what, struct error *err)
{
	uint64_t bytes;

	if (!count)
		return 0;
	if (entsize < smallest || count > max || mul_overflows(count, entsize, &bytes) ||
	    !range_inside(off, bytes, f->size))
		return error_set_at(err, -EBADMSG, content_name(f->content), f->base + off,
				    "the table of %llu %s headers does not fit the file",
				    (unsigned long long)count, what);
	return 0;
}

static const char *name_at(const struct elf_file *f, const struct elf_file_section *table, uint64_t off)
{
	const uint8_t *p;

	if (off >= table->size_in_file)
		return "";
	p = f->data + table->off;
	/* A table ends with a terminator; in one that does not, names are looked at one by one, and not far. */
	if (p[table->size_in_file - 1] != 0) {
		uint64_t left = table->size_in_file - off;

		if (!memchr(p + off, 0, left < UNTERMINATED_MAX ? left : UNTERMINATED_MAX))
			return "";
	}
	return (const char *)p + off;
}

static void check_section(struct elf_file *f, struct elf_file_section *s)
{
	if (s->type == SHT_NOBITS || s->type == SHT_NULL)
		return;
	if (range_inside(s->off, s->size, f->size))
		s->size_in_file = s->size;
	else
		f->cut++;
}

static void name_sections(struct elf_file *f, const uint32_t *names, uint64_t shstrndx)
{
	const struct elf_file_section *table = &f->sections[shstrndx];
	uint32_t i;

	for (i = 1; i < f->section_count; i++)
		f->sections[i].name = name_at(f, table, names[i]);
}

static void note_tables(struct elf_file *f)
{
	uint32_t i;

	for (i = f->section_count; i-- > 1;)
		switch (f->sections[i].type) {
		case SHT_SYMTAB: f->symtab = i; break;
		case SHT_DYNSYM: f->dynsym = i; break;
		case SHT_DYNAMIC: f->dynamic = i; break;
		case SHT_SYMTAB_SHNDX: f->indices = i; break;
		case SHT_GNU_versym: f->versym = i; break;
		case SHT_GNU_verdef: f->verdef = i; break;
		case SHT_GNU_verneed: f->verneed = i; break;
		}
}

static int read_sections(struct elf_file *f, const struct counts *n, struct error *err)
{
	AUTO_FREE uint32_t *names = NULL;
	struct cursor c = cursor_of(f);
	uint32_t i;
	int r = check_table(f, f->shoff, n->shnum, n->shentsize, f->wide ? 64 : 40, ELF_SECTIONS_MAX, "section", err);

	if (r < 0 || !n->shnum)
		return r;
	f->sections = arena_array(&f->arena, n->shnum, sizeof(*f->sections));
	names = calloc(n->shnum, sizeof(*names));
	if (!f->sections || !names)
		return -ENOMEM;
	f->section_count = (uint32_t)n->shnum;
	for (i = 0; i < f->section_count; i++) {
		cursor_seek(&c, f->shoff + (uint64_t)i * n->shentsize);
		f->sections[i] = read_section(&c, f->wide, &names[i]);
		check_section(f, &f->sections[i]);
	}
	if (n->shstrndx && n->shstrndx < n->shnum)
		name_sections(f, names, n->shstrndx);
	note_tables(f);
	return 0;
}

static int read_segments(struct elf_file *f, const struct counts *n, struct error *err)
{
	struct cursor c = cursor_of(f);
	uint32_t i;
	int r = check_table(f, f->phoff, n->phnum, n->phentsize, f->wide ? 56 : 32, SEGMENTS_MAX, "program", err);

	if (r < 0 || !n->phnum)
		return r;
	f->segments = arena_array(&f->arena, n->phnum, sizeof(*f->segments));
	if (!f->segments)
		return -ENOMEM;
	f->segment_count = (uint32_t)n->phnum;
	for (i = 0; i < f->segment_count; i++) {
		cursor_seek(&c, f->phoff + (uint64_t)i * n->phentsize);
		f->segments[i] = read_segment(&c, f->wide);
	}
	return 0;
}

static int read_tables(struct elf_file *f, struct error *err)
{
	struct counts n = { 0 };
	int r;

	if (!read_header(f, &n))
		return error_set_at(err, -EBADMSG, content_name(f->content), f->base, "the ELF header is cut off");
	read_extended(f, &n);
	r = read_sections(f, &n, err);
	return r < 0 ? r : read_segments(f, &n, err);
}

void elf_file_free(struct elf_file *f)
{
	if (!f)
		return;
	content_unref(f->content);
	arena_release(&f->arena);
	free(f);
}

uint32_t elf_file_section_named(const struct elf_file *f, const char *name)
{
	uint32_t i;

	for (i = 1; i < f->section_count; i++)
		if (strcmp(f->sections[i].name, name) == 0)
			return i;
	return 0;
}

uint32_t elf_file_section_at(const struct elf_file *f, uint64_t address)
{
	uint32_t i;

	for (i = 1; i < f->section_count; i++) {
		const struct elf_file_section *s = &f->sections[i];

		/* .tbss has addresses but takes no room: what follows it has them too. */
		if (s->flags & SHF_ALLOC && address >= s->addr && address - s->addr < s->size &&
		    !(s->type == SHT_NOBITS && s->flags & SHF_TLS))
			return i;
	}
	return 0;
}

bool elf_file_offset(const struct elf_file *f, uint64_t address, uint64_t *ret)
{
	uint32_t i;

	for (i = 0; i < f->segment_count; i++) {
		const struct elf_file_segment *s = &f->segments[i];

		if (s->type != PT_LOAD || address < s->vaddr || address - s->vaddr >= s->filesz)
			continue;
		if (s->off > f->size || address - s->vaddr >= f->size - s->off)
			return false;
		*ret = s->off + (address - s->vaddr);
		return true;
	}
	return false;
}

const char *elf_file_string(const struct elf_file *f, uint32_t table, uint64_t off)
{
	return table && table < f->section_count ? name_at(f, &f->sections[table], off) : "";
}

static uint64_t natural_entsize(const struct elf_file *f, uint32_t type)
{
	switch (type) {
	case SHT_SYMTAB:
	case SHT_DYNSYM: return f->wide ? 24 : 16;
	case SHT_RELA: return f->wide ? 24 : 12;
	case SHT_REL:
	case SHT_DYNAMIC: return f->wide ? 16 : 8;
	case SHT_GROUP:
	case SHT_SYMTAB_SHNDX: return 4;
	case SHT_GNU_versym: return 2;
	default: return f->wide ? 8 : 4;
	}
}

uint64_t elf_file_entries(const struct elf_file *f, uint32_t table)
{
	const struct elf_file_section *s;

	if (!table || table >= f->section_count)
		return 0;
	s = &f->sections[table];
	return s->size_in_file / natural_entsize(f, s->type);
}

/* The bytes of one entry; NULL: beyond the table. */
static const uint8_t *entry_at(const struct elf_file *f, uint32_t table, uint64_t index)
{
	if (index >= elf_file_entries(f, table))
		return NULL;
	return f->data + f->sections[table].off + index * natural_entsize(f, f->sections[table].type);
}

/* Section header indices beyond 0xff00 stand in a table of their own. */
static uint32_t extended_index(const struct elf_file *f, uint32_t table, uint64_t index)
{
	const uint8_t *p = NULL;

	if (f->indices && f->sections[f->indices].link == table)
		p = entry_at(f, f->indices, index);
	return p ? (uint32_t)load_uint(p, 4, f->big) : ELF_SECTION_NONE;
}

static void place_symbol(const struct elf_file *f, uint32_t table, uint64_t index, uint16_t shndx,
			 struct elf_file_symbol *s)
{
	s->special = shndx;
	s->section = ELF_SECTION_NONE;
	if (shndx == SHN_UNDEF || (shndx >= SHN_LORESERVE && shndx != SHN_XINDEX))
		return;
	s->special = ELF_SYMBOL_IN_SECTION;
	s->section = shndx == SHN_XINDEX ? extended_index(f, table, index) : shndx;
	if (s->section >= f->section_count)
		s->section = ELF_SECTION_NONE;
}

static void read_symbol(const struct elf_file *f, const uint8_t *p, struct elf_file_symbol *s, uint32_t *ret_name,
			uint8_t *ret_other, uint16_t *ret_shndx)
{
	uint8_t info = p[f->wide ? 4 : 12];

	*ret_name = (uint32_t)load_uint(p, 4, f->big);
	*ret_other = p[f->wide ? 5 : 13];
	*ret_shndx = (uint16_t)load_uint(p + (f->wide ? 6 : 14), 2, f->big);
	s->value = f->wide ? load_uint(p + 8, 8, f->big) : load_uint(p + 4, 4, f->big);
	s->size = f->wide ? load_uint(p + 16, 8, f->big) : load_uint(p + 8, 4, f->big);
	s->type = ELF64_ST_TYPE(info);
	s->bind = ELF64_ST_BIND(info);
}

bool elf_file_symbol(const struct elf_file *f, uint32_t table, uint64_t index, struct elf_file_symbol *ret)
{
	const uint8_t *p = entry_at(f, table, index);
	uint32_t name;
	uint16_t shndx;
	uint8_t other;

	if (!p)
		return false;
	read_symbol(f, p, ret, &name, &other, &shndx);
	ret->visibility = ELF64_ST_VISIBILITY(other);
	ret->name = elf_file_string(f, f->sections[table].link, name);
	place_symbol(f, table, index, shndx, ret);
	return true;
}

bool elf_file_relocation(const struct elf_file *f, uint32_t table, uint64_t index, struct elf_file_relocation *ret)
{
	const uint8_t *p = entry_at(f, table, index);
	bool addend;
	uint64_t info;

	if (!p || (f->sections[table].type != SHT_RELA && f->sections[table].type != SHT_REL))
		return false;
	addend = f->sections[table].type == SHT_RELA;
	if (f->wide && !f->big) {
		ret->offset = load_le64(p);
		info = load_le64(p + 8);
		ret->addend = addend ? (int64_t)load_le64(p + 16) : 0;
	} else if (f->wide) {
		ret->offset = load_uint(p, 8, true);
		info = load_uint(p + 8, 8, true);
		ret->addend = addend ? (int64_t)load_uint(p + 16, 8, true) : 0;
	} else {
		ret->offset = load_uint(p, 4, f->big);
		info = load_uint(p + 4, 4, f->big);
		ret->addend = addend ? (int32_t)load_uint(p + 8, 4, f->big) : 0;
	}
	ret->symbol = (uint32_t)(f->wide ? info >> 32 : info >> 8);
	ret->type = (uint32_t)(f->wide ? info : info & 0xff);
	return true;
}

/*
 * RELR: an even word is an address; each odd word after it is a bitmap of the
 * words that follow, bit 1 being the first of them.
 */
int elf_file_relr(const struct elf_file *f, uint32_t table, int (*found)(void *ctx, uint64_t address), void *ctx)
{
	uint64_t i, n = elf_file_entries(f, table), word, next = 0, at;
	unsigned width = f->wide ? 8 : 4;
	int r = 0;

	for (i = 0; i < n && r >= 0; i++) {
		word = load_uint(entry_at(f, table, i), width, f->big);
		if (!(word & 1)) {
			r = found(ctx, word);
			next = word + width;
			continue;
		}
		for (at = next, word >>= 1; word && r >= 0; word >>= 1, at += width)
			if (word & 1)
				r = found(ctx, at);
		next += (8 * width - 1) * width;
	}
	return r < 0 ? r : 0;
}

bool elf_file_dynamic(const struct elf_file *f, uint64_t index, int64_t *ret_tag, uint64_t *ret_value)
{
	const uint8_t *p = entry_at(f, f->dynamic, index);
	uint64_t tag;

	if (!p)
		return false;
	tag = load_uint(p, f->wide ? 8 : 4, f->big);
	if (tag == DT_NULL)
		return false;
	*ret_tag = f->wide ? (int64_t)tag : (int32_t)tag;
	*ret_value = load_uint(p + (f->wide ? 8 : 4), f->wide ? 8 : 4, f->big);
	return true;
}

const char *elf_file_dynamic_string(const struct elf_file *f, uint64_t off)
{
	return f->dynamic ? elf_file_string(f, f->sections[f->dynamic].link, off) : "";
}

const char *elf_file_soname(const struct elf_file *f)
{
	int64_t tag;
	uint64_t i, value;

	for (i = 0; elf_file_dynamic(f, i, &tag, &value); i++)
		if (tag == DT_SONAME)
			return elf_file_dynamic_string(f, value);
	return "";
}

/* ---- versions of symbols --------------------------------------------------------------------------------------- */

/*
 * Read once into a table, since every symbol asks. Records are chained by offsets that only lead forward; a malformed chain
 * of small steps is as long as the file, so a walk ends after more records than there can be indices.
 */
#define VERSION_INDEX_MAX   0x7fff
#define VERSION_RECORDS_MAX (2 * VERSION_INDEX_MAX)

struct versions {
	struct elf_file *f;
	unsigned records; /* seen */
	unsigned highest;
};

/* The first that has an index stands. In the first walk, without a table, only the highest is noted. */
static void note_version(struct versions *v, unsigned index, uint32_t table, uint32_t name, const char *library)
{
	const struct elf_file *f = v->f;

	index &= VERSION_INDEX_MAX;
	v->highest = index > v->highest ? index : v->highest;
	if (f->versions && index < f->version_count && !f->versions[index].name)
		f->versions[index] = (struct elf_file_version){ elf_file_string(f, f->sections[table].link, name), library };
}

/* {u16 version, flags, index, count; u32 hash, aux, next}; at aux {u32 name, next}. */
static void walk_definitions(struct versions *v)
{
	const struct elf_file *f = v->f;
	struct cursor c = elf_file_cursor(f, &f->sections[f->verdef]);
	uint64_t pos = 0;
	uint32_t aux, next = 1;
	unsigned index;

	for (; f->verdef && next && v->records < VERSION_RECORDS_MAX; pos += next, v->records++) {
		cursor_seek(&c, pos);
		cursor_skip(&c, 4);
		index = cursor_u16(&c);
		cursor_skip(&c, 6);
		aux = cursor_u32(&c);
		next = cursor_u32(&c);
		cursor_seek(&c, pos + aux);
		aux = cursor_u32(&c);
		if (c.failed)
			return;
		note_version(v, index, f->verdef, aux, NULL);
	}
}

/* Of one library: {u32 hash; u16 flags, index; u32 name, next} each. */
static void walk_needed(struct versions *v, struct cursor c, uint64_t pos, const char *library)
{
	uint32_t name, next = 1;
	unsigned index;

	for (; next && v->records < VERSION_RECORDS_MAX; pos += next, v->records++) {
		cursor_seek(&c, pos);
		cursor_skip(&c, 6);
		index = cursor_u16(&c);
		name = cursor_u32(&c);
		next = cursor_u32(&c);
		if (c.failed)
			return;
		note_version(v, index, v->f->verneed, name, library);
	}
}

/* {u16 version, count; u32 file, aux, next}. */
static void walk_needs(struct versions *v)
{
	const struct elf_file *f = v->f;
	struct cursor c = elf_file_cursor(f, &f->sections[f->verneed]);
	uint64_t pos = 0;
	uint32_t file, aux, next = 1;

	for (; f->verneed && next && v->records < VERSION_RECORDS_MAX; pos += next, v->records++) {
		cursor_seek(&c, pos);
		cursor_skip(&c, 4);
		file = cursor_u32(&c);
		aux = cursor_u32(&c);
		next = cursor_u32(&c);
		if (c.failed)
			return;
		walk_needed(v, c, pos + aux, elf_file_string(f, f->sections[f->verneed].link, file));
	}
}

static void walk_versions(struct versions *v)
{
	v->records = 0;
	walk_definitions(v);
	v->records = 0;
	walk_needs(v);
}

static int read_versions(struct elf_file *f)
{
	struct versions v = { .f = f };

	if (!f->versym)
		return 0;
	walk_versions(&v);
	f->versions = arena_array(&f->arena, v.highest + 1, sizeof(*f->versions));
	if (!f->versions)
		return -ENOMEM;
	f->version_count = v.highest + 1;
	walk_versions(&v);
	return 0;
}

const char *elf_file_version(const struct elf_file *f, uint64_t symbol, bool *ret_hidden, const char **library)
{
	const uint8_t *p = f->versym ? entry_at(f, f->versym, symbol) : NULL;
	unsigned index = p ? (unsigned)load_uint(p, 2, f->big) : 0;

	if (library)
		*library = NULL;
	if (ret_hidden)
		*ret_hidden = index & 0x8000;
	index &= VERSION_INDEX_MAX;
	if (index <= 1 || index >= f->version_count)
		return NULL;
	if (library)
		*library = f->versions[index].library;
	return f->versions[index].name;
}

int elf_file_open(struct content *c, uint64_t off, uint64_t len, struct elf_file **ret, struct error *err)
{
	CLEANUP(elf_file_freep) struct elf_file *f = NULL;
	int r;

	if (!range_inside(off, len, content_size(c)) || !elf_file_probe(content_data(c) + off, len))
		return error_set_at(err, -EBADMSG, content_name(c), off, "is no ELF file");
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->arena = (struct arena)ARENA_INIT((size_t)8 << 30);
	f->content = content_ref(c);
	f->base = off;
	f->data = content_data(c) + off;
	f->size = len;
	f->wide = f->data[EI_CLASS] == ELFCLASS64;
	f->big = f->data[EI_DATA] == ELFDATA2MSB;
	r = read_tables(f, err);
	if (r == 0)
		r = read_versions(f);
	if (r < 0)
		return r;
	*ret = steal_pointer(f);
	return 0;
}

/* gcc writes .gnu.lto_* sections, and a symbol __gnu_lto_slim when there is nothing else; clang's fat objects have .llvm.lto. */
enum elf_lto elf_file_lto(const struct elf_file *f)
{
	bool seen = false, code = false;
	uint32_t i;

	for (i = 1; i < f->section_count; i++) {
		const struct elf_file_section *s = &f->sections[i];

		if (strncmp(s->name, ".gnu.lto_", 9) == 0 || strcmp(s->name, ".llvm.lto") == 0)
			seen = true;
		else if (s->type == SHT_PROGBITS && s->flags & SHF_ALLOC && s->size)
			code = true;
	}
	return !seen ? ELF_LTO_NONE : code ? ELF_LTO_FAT : ELF_LTO_ONLY;
}
