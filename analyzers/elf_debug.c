/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_debug.c: the units of .debug_info, .debug_types, .debug_aranges and the
 * name tables (DWARF 5, sections 6.1.2 and 7.5.1; DWARF 2 to 4 differ in the header).
 *
 * A section is a chain of units, each announced by its length: opening it walks
 * the chain only.  A unit is named by the base name of its source file (the
 * first DIE's DW_AT_name), so that units pair when others come or go; a type
 * unit by its signature.  In relocatable objects names stand behind
 * relocations, and units go by their place.
 *
 * The DIEs are one part of words that may refer to other sections; which
 * attribute a byte belongs to is the business of a DWARF reader.
 */
#include "analyzers/elf_image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define UNITS_MAX       (1u << 20)
#define NAMES_MAX       (1u << 20)
#define PUBNAME_MAX     4096
#define NAMING_MAX      (1u << 24) /* abbreviation attributes read in one section to find names */
#define ATTRIBUTES_MAX  128
#define NAME_MAX_LENGTH 200

/* clang-format off */
enum { DW_UT_type = 2, DW_UT_skeleton = 4, DW_UT_split_compile = 5, DW_UT_split_type = 6 };
enum { DW_AT_name = 0x03, DW_AT_str_offsets_base = 0x72 };
enum {
	DW_FORM_string = 0x08, DW_FORM_strp = 0x0e, DW_FORM_strx = 0x1a, DW_FORM_line_strp = 0x1f,
	DW_FORM_implicit_const = 0x21, DW_FORM_strx1 = 0x25, DW_FORM_strx4 = 0x28,
	DW_FORM_GNU_str_index = 0x1f02,
};
/* clang-format on */

unsigned elf_unit_length(struct cursor *c, uint64_t *ret_length)
{
	uint64_t length = cursor_u32(c);
	unsigned width = 4;

	if (length == 0xffffffff) {
		length = cursor_u64(c);
		width = 8;
	} else if (length >= 0xfffffff0) {
		return 0;
	}
	if (c->failed)
		return 0;
	*ret_length = length;
	return width;
}

void elf_set_length(struct part *p, uint64_t value)
{
	if (p && value <= UINT32_MAX) {
		p->recomputes = true;
		p->tag = (uint32_t)value;
	}
}

bool elf_add_unit_length(struct layout *child, struct cursor *c, unsigned *ret_width)
{
	uint64_t length, off = 0;
	unsigned width = elf_unit_length(c, &length);

	if (!width || length > cursor_left(c))
		return false;
	if (width == 8) {
		(void)elf_field(child, 0, 4, "64-bit DWARF", MEANS_MAGIC);
		off = 4;
	}
	elf_set_length(elf_reference_field(child, off, width, "unit_length", MEANS_SIZE, REFERS_SELF_SIZE,
					   REFERENCE_NONE),
		       child->size - off - width);
	*ret_width = width;
	return true;
}

const char *elf_debug_string(const struct elf *e, const char *section, uint64_t off)
{
	const struct elf_section *s = e->type == ET_REL ? NULL : elf_section_named(e, section);
	const uint8_t *data;
	uint64_t size;

	if (!s || (s->flags & SHF_COMPRESSED) || !elf_section_bytes(e, s, &data, &size))
		return NULL;
	return elf_string(data, size, off);
}

struct unit_header {
	unsigned width, version, address_size;
	uint64_t abbrev, dies; /* offset of the abbreviations; of the first DIE in the unit */
	uint64_t signature;
	bool is_type;
};

static bool read_unit_header(struct cursor *c, bool types, struct unit_header *ret)
{
	struct unit_header h = { 0 };
	uint64_t length;
	unsigned unit_type = 0;

	h.width = elf_unit_length(c, &length);
	h.version = cursor_u16(c);
	if (!h.width || h.version < 2 || h.version > 5)
		return false;
	if (h.version == 5) {
		unit_type = cursor_u8(c);
		h.address_size = cursor_u8(c);
		h.abbrev = cursor_uint(c, h.width);
	} else {
		h.abbrev = cursor_uint(c, h.width);
		h.address_size = cursor_u8(c);
	}
	h.is_type = types || unit_type == DW_UT_type || unit_type == DW_UT_split_type;
	if (h.is_type || unit_type == DW_UT_skeleton || unit_type == DW_UT_split_compile)
		h.signature = cursor_u64(c);
	if (h.is_type)
		cursor_skip(c, h.width);
	h.dies = c->pos;
	*ret = h;
	return !c->failed;
}

/* Steps over a form's value (DWARF 5, section 7.5.6; GNU's forms above 0x1f00). */
static void skip_form(struct cursor *c, const struct unit_header *h, uint64_t form)
{
	static const uint8_t fixed[] = {
		[0x05] = 2, [0x06] = 4, [0x07] = 8, [0x0b] = 1,  [0x0c] = 1, [0x11] = 1, [0x12] = 2,
		[0x13] = 4, [0x14] = 8, [0x1c] = 4, [0x1e] = 16, [0x20] = 8, [0x24] = 8, [0x25] = 1,
		[0x26] = 2, [0x27] = 3, [0x28] = 4, [0x29] = 1,  [0x2a] = 2, [0x2b] = 3, [0x2c] = 4,
	};

	if (form < sizeof(fixed) && fixed[form]) {
		cursor_skip(c, fixed[form]);
		return;
	}
	switch (form) {
	case 0x01: /* addr */ cursor_skip(c, h->address_size); break;
	case 0x0a: /* block1 */ cursor_skip(c, cursor_u8(c)); break;
	case 0x03: /* block2 */ cursor_skip(c, cursor_u16(c)); break;
	case 0x04: /* block4 */ cursor_skip(c, cursor_u32(c)); break;
	case 0x09:
	case 0x18: /* block, exprloc */ cursor_skip(c, cursor_uleb(c)); break;
	case 0x0d:
	case 0x0f:
	case 0x15:
	case 0x1a:
	case 0x1b:
	case 0x22:
	case 0x23:
	case 0x1f01:
	case 0x1f02: (void)cursor_uleb(c); break;
	case 0x0e:
	case 0x10:
	case 0x17:
	case 0x1d:
	case 0x1f:
	case 0x1f20:
	case 0x1f21: /* offsets */ cursor_skip(c, h->width); break;
	case DW_FORM_string: (void)cursor_cstr(c, NULL); break;
	case 0x19:
	case DW_FORM_implicit_const: break;
	default: c->failed = true;
	}
}

/* Moves to the attributes of abbreviation `code`; *work is what may still be spent. */
static bool find_abbrev(struct cursor *a, uint64_t code, unsigned *work)
{
	uint64_t found, name, form;
	unsigned k;

	for (; *work; --*work) {
		found = cursor_uleb(a);
		(void)cursor_uleb(a);
		(void)cursor_u8(a);
		if (a->failed || !found)
			return false;
		if (found == code)
			return true;
		for (k = 0, name = form = 1; (name || form) && k < ATTRIBUTES_MAX && *work; k++, --*work) {
			name = cursor_uleb(a);
			form = cursor_uleb(a);
			if (form == DW_FORM_implicit_const)
				(void)cursor_sleb(a);
		}
	}
	return false;
}

struct name_search {
	const char *name;
	uint64_t index, base; /* of .debug_str_offsets, when the name is given so */
	bool indexed;
};

static void take_name(struct name_search *n, const struct elf *e, struct cursor *c,
		      const struct unit_header *h, uint64_t form)
{
	if (form == DW_FORM_string) {
		n->name = cursor_cstr(c, NULL);
	} else if (form == DW_FORM_strp) {
		n->name = elf_debug_string(e, ".debug_str", cursor_uint(c, h->width));
	} else if (form == DW_FORM_line_strp) {
		n->name = elf_debug_string(e, ".debug_line_str", cursor_uint(c, h->width));
	} else if (form >= DW_FORM_strx1 && form <= DW_FORM_strx4) {
		n->index = cursor_uint(c, (unsigned)(form - DW_FORM_strx1) + 1);
		n->indexed = true;
	} else if (form == DW_FORM_strx || form == DW_FORM_GNU_str_index) {
		n->index = cursor_uleb(c);
		n->indexed = true;
	} else {
		skip_form(c, h, form);
	}
}

static const char *indexed_name(const struct name_search *n, const struct elf *e, const struct unit_header *h)
{
	const struct elf_section *s = elf_section_named(e, ".debug_str_offsets");
	const uint8_t *data;
	struct cursor c;
	uint64_t size, off;

	if (!s || (s->flags & SHF_COMPRESSED) || !elf_section_bytes(e, s, &data, &size) ||
	    mul_overflows(n->index, h->width, &off) || add_overflows(off, n->base, &off))
		return NULL;
	c = elf_cursor(e, data, size);
	cursor_seek(&c, off);
	off = cursor_uint(&c, h->width);
	return c.failed ? NULL : elf_debug_string(e, ".debug_str", off);
}

/* DW_AT_name of the DIE at the cursor. */
static const char *die_name(const struct elf *e, struct cursor *c, const struct unit_header *h,
			    unsigned *work)
{
	const struct elf_section *abbrev = elf_section_named(e, ".debug_abbrev");
	struct name_search n = { .base = h->width == 8 ? 16 : 8 };
	const uint8_t *data;
	struct cursor a;
	uint64_t size, name, form;
	unsigned i;

	if (!abbrev || (abbrev->flags & SHF_COMPRESSED) || !elf_section_bytes(e, abbrev, &data, &size))
		return NULL;
	a = elf_cursor(e, data, size);
	cursor_seek(&a, h->abbrev);
	if (!find_abbrev(&a, cursor_uleb(c), work))
		return NULL;
	for (i = 0; i < ATTRIBUTES_MAX && !c->failed && !a.failed; i++) {
		name = cursor_uleb(&a);
		form = cursor_uleb(&a);
		if (form == DW_FORM_implicit_const)
			(void)cursor_sleb(&a);
		if (!name && !form)
			break;
		if (name == DW_AT_name)
			take_name(&n, e, c, h, form);
		else if (name == DW_AT_str_offsets_base)
			n.base = cursor_uint(c, h->width);
		else
			skip_form(c, h, form);
	}
	return n.indexed ? indexed_name(&n, e, h) : n.name;
}

static bool info_unit_name(const struct elf *e, struct cursor c, bool types, unsigned *work, char *out,
			   size_t out_size)
{
	struct unit_header h;
	const char *name, *slash;

	if (!read_unit_header(&c, types, &h))
		return false;
	if (h.is_type) {
		(void)snprintf(out, out_size, "type %016llx", (unsigned long long)h.signature);
		return true;
	}
	name = e->type == ET_REL ? NULL : die_name(e, &c, &h, work);
	if (!name || !*name)
		return false;
	slash = strrchr(name, '/');
	(void)snprintf(out, out_size, "%.*s", NAME_MAX_LENGTH, slash && slash[1] ? slash + 1 : name);
	return true;
}

static bool is_types(const struct elf_section *s)
{
	return strstr(s->name, "debug_types") != NULL;
}

static bool unit_name(const struct elf *e, enum elf_role role, const struct elf_section *s,
		      const uint8_t *data, uint64_t size, unsigned *work, char *out, size_t out_size)
{
	if (role == ROLE_DEBUG_INFO)
		return info_unit_name(e, elf_cursor(e, data, size), is_types(s), work, out, out_size);
	return role == ROLE_DEBUG_LINE && elf_line_unit_name(e, data, size, out, out_size);
}

int elf_split_units(struct layout *child, const struct elf *e, uint32_t section, enum elf_role role)
{
	struct cursor c = elf_cursor(e, child->data, child->size);
	char name[NAME_MAX_LENGTH + 1];
	uint64_t length, off;
	unsigned count, work = NAMING_MAX;

	for (count = 0; cursor_left(&c) && count < UNITS_MAX; count++) {
		off = c.pos;
		if (!elf_unit_length(&c, &length) || length > cursor_left(&c)) {
			layout_note(child, off, "malformed unit length");
			break;
		}
		cursor_skip(&c, length);
		if (!unit_name(e, role, &e->sections[section], child->data + off, c.pos - off, &work, name,
			       sizeof(name)))
			(void)snprintf(name, sizeof(name), "unit");
		if (!layout_add(child, off, c.pos - off, PART_GROUP, name))
			return -ENOMEM;
	}
	return 0;
}

static struct part *add_words(struct layout *child, const struct elf *e, uint64_t off, const char *name,
			      enum elf_role role, const char *section)
{
	struct part *p =
		off < child->size ? layout_add(child, off, child->size - off, PART_DATA, name) : NULL;

	if (p)
		elf_set_references(child, e, p, role, section);
	return p;
}

/* Offsets inside a unit count from its start: offset in the section is the value plus this. */
static struct reference in_unit(const struct layout *child, const struct elf *e, const struct elf_section *s,
				unsigned width)
{
	bool decoded = child->content != e->image->content;
	uint64_t start = decoded ? child->base : child->base - e->image->base - s->off;

	return (struct reference){ .kind = REFERS_OFFSET,
				   .width = (uint8_t)width,
				   .big = e->big,
				   .target = start <= INT32_MAX ? s->part : REFERENCE_NONE,
				   .bias = (int32_t)start };
}

/* One more reference for a part (DW_FORM_ref4 among the DIEs). */
static void add_reference(struct layout *child, struct part *p, struct reference r)
{
	struct reference *all = arena_array(&child->arena, (size_t)p->reference_count + 1, sizeof(*all));

	if (!all || r.target == REFERENCE_NONE)
		return;
	if (p->reference_count)
		memcpy(all, p->references, p->reference_count * sizeof(*all));
	all[p->reference_count++] = r;
	p->references = all;
}

static uint64_t add_info_header(struct layout *child, const struct elf *e, const struct elf_section *s,
				const struct unit_header *h, uint64_t off)
{
	bool five = h->version == 5;
	struct part *p;
	uint32_t abbrev = elf_debug_part(e, s->name, "abbrev");

	(void)elf_field(child, off, 2, "version", MEANS_VERSION);
	off += 2;
	if (five) {
		(void)elf_field(child, off, 1, "unit_type", MEANS_NOTHING);
		(void)elf_field(child, off + 1, 1, "address_size", MEANS_NOTHING);
		off += 2;
	}
	(void)elf_reference_field(child, off, h->width, "debug_abbrev_offset", MEANS_OFFSET, REFERS_OFFSET,
				  abbrev);
	off += h->width;
	if (!five)
		(void)elf_field(child, off++, 1, "address_size", MEANS_NOTHING);
	if (h->dies > off) {
		(void)elf_field(child, off, 8, h->is_type ? "type_signature" : "dwo_id", MEANS_ID);
		off += 8;
	}
	if (h->is_type && (p = elf_field(child, off, h->width, "type_offset", MEANS_OFFSET)))
		add_reference(child, p, in_unit(child, e, s, h->width));
	return h->dies;
}

static int split_info_unit(struct layout *child, const struct elf *e, const struct elf_section *s)
{
	struct cursor c = elf_cursor(e, child->data, child->size);
	struct unit_header h;
	struct part *dies;
	unsigned width;
	uint64_t off;

	if (!elf_add_unit_length(child, &c, &width))
		return -EBADMSG;
	off = c.pos;
	c.pos = 0;
	if (read_unit_header(&c, is_types(s), &h))
		off = add_info_header(child, e, s, &h, off);
	else
		layout_note(child, off, "unit header is not of DWARF 2 to 5");
	dies = add_words(child, e, off, "DIEs", ROLE_DEBUG_INFO, s->name);
	if (dies)
		add_reference(child, dies, in_unit(child, e, s, 4));
	return 0;
}

static int split_aranges_unit(struct layout *child, const struct elf *e, const struct elf_section *s)
{
	struct cursor c = elf_cursor(e, child->data, child->size);
	unsigned width;

	if (!elf_add_unit_length(child, &c, &width))
		return -EBADMSG;
	(void)elf_field(child, c.pos, 2, "version", MEANS_VERSION);
	(void)elf_reference_field(child, c.pos + 2, width, "debug_info_offset", MEANS_OFFSET, REFERS_OFFSET,
				  elf_debug_part(e, s->name, "info"));
	(void)elf_field(child, c.pos + 2 + width, 1, "address_size", MEANS_NOTHING);
	(void)elf_field(child, c.pos + 3 + width, 1, "segment_selector_size", MEANS_NOTHING);
	(void)add_words(child, e, c.pos + 4 + width, "ranges", ROLE_DEBUG_ARANGES, s->name);
	return 0;
}

/* A name without the directories in it, so that "(lambda at /tmp/one/x.cc:5:3)" pairs with that of another directory. */
static void without_directories(const char *name, char out[PUBNAME_MAX])
{
	size_t n = 0, start = SIZE_MAX; /* of the path that is being copied */

	for (; *name && n + 1 < PUBNAME_MAX; name++) {
		bool begins = *name == '/' && (!n || out[n - 1] == ' ' || out[n - 1] == '(');

		if (begins)
			start = n;
		else if (strchr(" :),", *name))
			start = SIZE_MAX;
		if (*name == '/' && start != SIZE_MAX)
			n = start;
		else
			out[n++] = *name;
	}
	out[n] = '\0';
}

/*
 * Names by offset (DWARF 4, 6.1.1; the GNU sections put a byte of flags between).  clang writes them in the order of a
 * hash table, so that each is a part that can be found elsewhere, named as it is named.
 */
static int split_pubnames_unit(struct layout *child, const struct elf *e, const struct elf_section *s)
{
	struct cursor c = elf_cursor(e, child->data, child->size);
	uint64_t at, end, flags = strstr(s->name, "gnu_") ? 1 : 0;
	unsigned width;

	if (!elf_add_unit_length(child, &c, &width))
		return -EBADMSG;
	(void)elf_field(child, c.pos, 2, "version", MEANS_VERSION);
	(void)elf_reference_field(child, c.pos + 2, width, "debug_info_offset", MEANS_OFFSET, REFERS_OFFSET,
				  elf_debug_part(e, s->name, "info"));
	(void)elf_reference_field(child, c.pos + 2 + width, width, "debug_info_length", MEANS_SIZE,
				  REFERS_SELF_SIZE, REFERENCE_NONE);
	for (at = c.pos + 2 + 2 * width;
	     range_inside(at, width + flags + 1, child->size) && child->count < NAMES_MAX; at = end) {
		uint64_t name = at + width + flags;
		char key[PUBNAME_MAX];
		struct part *p;

		end = name + strnlen((const char *)child->data + name, child->size - name) + 1;
		if (end > child->size ||
		    !load_uint(child->data + at, width, e->big)) /* a zero ends the list */
			break;
		without_directories((const char *)child->data + name, key);
		p = elf_add_named(child, at, end - at, PART_DATA, key);
		if (!p)
			return -ENOMEM;
		elf_set_references(child, e, p, ROLE_DEBUG_PUBNAMES, s->name);
	}
	(void)add_words(child, e, at, "end", ROLE_DEBUG_PUBNAMES, s->name);
	return 0;
}

int elf_split_unit(struct layout *child, const struct elf *e, const struct layout *l)
{
	const struct elf_view *v = l->priv;
	const struct elf_section *s = &e->sections[v->section];

	if (!elf_set_view(child, VIEW_UNIT, v->section))
		return -ENOMEM;
	switch (elf_role_of(e, s, true)) {
	case ROLE_DEBUG_INFO: return split_info_unit(child, e, s);
	case ROLE_DEBUG_LINE: return elf_split_line_unit(child, e);
	case ROLE_DEBUG_ARANGES: return split_aranges_unit(child, e, s);
	case ROLE_DEBUG_PUBNAMES: return split_pubnames_unit(child, e, s);
	default: return -EINVAL;
	}
}
