/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf.c: ELF objects, programs, libraries and core dumps: 32 and 64 bits, both
 * byte orders (System V ABI, chapters 4 and 5; cubins of GPUs are ELF too).
 *
 * Top level: the ELF header, the program headers, one part a section (named by
 * its section name) and the section header table, in file order.  Between them
 * lies padding (one byte value repeated: linkers fill with zeros, or with traps
 * between code) or something nobody claims.  A file without section headers
 * (stripped of them, a core dump) is tiled by its segments instead.
 *
 * What a section is inside is decided by elf_sections.c and split when opened.
 */
#include "analyzers/formats.h"
#include "analyzers/elf_image.h"
#include "base/digest.h"

#include <errno.h>
#include <stdlib.h>

/* Larger gaps than this are not read to find out whether they are padding. */
#define GAP_CHECK_MAX (UINT64_C(16) << 20)

/* Programs have few sections; objects may have many, but no dynamic section that asks. */
#define SECTIONS_SEARCHED 4096
/* Longer strings are not names: bounds what overlapping strings can cost. */
#define STRING_REACH  65536
#define PART_NAME_MAX 256

struct claim {
	uint64_t off, len;
	uint32_t tag;
};

struct plan {
	struct claim *claims; /* ascending, without overlaps or gaps once planned */
	size_t count, capacity;
};

const struct elf_section *elf_section_of(const struct layout *l, const struct part *p)
{
	const struct elf *e = elf_of(l);
	uint32_t i;

	if (l == l->image)
		i = p->tag;
	else
		i = ((const struct elf_view *)l->priv)->section;
	return i && i < e->section_count ? &e->sections[i] : NULL;
}

const struct elf_section *elf_section_named(const struct elf *e, const char *name)
{
	uint32_t lo = 0, hi = e->named_count;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (strcmp(e->named[mid]->name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < e->named_count && strcmp(e->named[lo]->name, name) == 0 ? e->named[lo] : NULL;
}

const struct elf_section *elf_section_at(const struct elf *e, uint64_t address)
{
	uint32_t i;

	for (i = 1; i < e->section_count && i < SECTIONS_SEARCHED; i++)
		if ((e->sections[i].flags & SHF_ALLOC) && e->sections[i].addr == address &&
		    e->sections[i].size)
			return &e->sections[i];
	return NULL;
}

uint32_t elf_part_of(const struct elf *e, uint32_t section)
{
	return section < e->section_count ? e->sections[section].part : REFERENCE_NONE;
}

uint32_t elf_part_named(const struct elf *e, const char *name)
{
	const struct elf_section *s = elf_section_named(e, name);

	return s ? s->part : REFERENCE_NONE;
}

bool elf_section_bytes(const struct elf *e, const struct elf_section *s, const uint8_t **ret,
		       uint64_t *ret_size)
{
	if (s->type == SHT_NOBITS || s->type == SHT_NULL || !s->size || s->off >= e->image->size)
		return false;
	*ret = e->image->data + s->off;
	*ret_size = s->size < e->image->size - s->off ? s->size : e->image->size - s->off;
	return true;
}

const char *elf_string(const uint8_t *data, uint64_t size, uint64_t off)
{
	uint64_t reach;

	if (off >= size)
		return "";
	reach = size - off < STRING_REACH ? size - off : STRING_REACH;
	return memchr(data + off, 0, reach) ? (const char *)data + off : "";
}

struct part *elf_add_named(struct layout *l, uint64_t off, uint64_t len, enum part_kind kind,
			   const char *name)
{
	size_t n = strlen(name);

	if (!n)
		return layout_add(l, off, len, kind, "(no name)");
	if (n <= PART_NAME_MAX)
		return layout_add(l, off, len, kind, name);
	return layout_addf(l, off, len, kind, "%.*s~%016llx", PART_NAME_MAX, name,
			   (unsigned long long)hash64(name, n, 0));
}

struct elf_view *elf_set_view(struct layout *child, enum elf_view_kind kind, uint32_t section)
{
	struct elf_view *v = arena_alloc(&child->arena, sizeof(*v));

	if (v)
		*v = (struct elf_view){ kind, section };
	child->priv = v;
	return v;
}

struct part *elf_field(struct layout *l, uint64_t off, uint64_t len, const char *name, enum meaning m)
{
	return layout_field(l, off, len, name, m,
			    len > 8          ? CODED_BYTES
			    : elf_of(l)->big ? CODED_BE
					     : CODED_LE);
}

struct part *elf_reference_field(struct layout *l, uint64_t off, uint64_t len, const char *name,
				 enum meaning m, enum reference_kind kind, uint32_t target)
{
	struct part *p = elf_field(l, off, len, name, m);
	struct reference *r;

	if (!p)
		return NULL;
	r = arena_alloc(&l->arena, sizeof(*r));
	if (r) {
		*r = (struct reference){
			.kind = kind, .width = (uint8_t)len, .big = elf_of(l)->big, .target = target
		};
		p->references = r;
		p->reference_count = 1;
	}
	return p;
}

static bool elf_probe(const uint8_t *data, uint64_t size)
{
	return size >= EI_NIDENT && memcmp(data, ELFMAG, SELFMAG) == 0 &&
	       (data[EI_CLASS] == 1 || data[EI_CLASS] == 2) && (data[EI_DATA] == 1 || data[EI_DATA] == 2);
}

static int claim(struct plan *plan, uint64_t off, uint64_t len, uint32_t tag)
{
	struct claim *grown;

	if (!len)
		return 0;
	if (plan->count == plan->capacity) {
		plan->capacity = plan->capacity ? 2 * plan->capacity : 64;
		grown = reallocarray(plan->claims, plan->capacity, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		plan->claims = grown;
	}
	plan->claims[plan->count++] = (struct claim){ off, len, tag };
	return 0;
}

static int compare_claims(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	if (x->len != y->len) /* what is small stands for itself inside what is large */
		return x->len < y->len ? -1 : 1;
	return x->tag < y->tag ? -1 : x->tag > y->tag;
}

static int claim_tables(struct plan *plan, const struct elf *e)
{
	int r;

	r = claim(plan, 0, e->wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr), ELF_TAG_HEADER);
	if (r == 0)
		r = claim(plan, e->phoff, (uint64_t)e->segment_count * e->phentsize, ELF_TAG_SEGMENTS);
	if (r == 0)
		r = claim(plan, e->shoff, (uint64_t)e->section_count * e->shentsize, ELF_TAG_SECTIONS);
	return r;
}

static int claim_sections(struct plan *plan, struct layout *l, const struct elf *e)
{
	const uint8_t *data;
	uint64_t size;
	uint32_t i;
	int r;

	for (i = 1; i < e->section_count; i++) {
		const struct elf_section *s = &e->sections[i];

		if (!elf_section_bytes(e, s, &data, &size)) {
			if (s->type != SHT_NOBITS && s->type != SHT_NULL && s->size)
				layout_note(l, s->off, "section %s lies past the end", s->name);
			continue;
		}
		if (size < s->size)
			layout_note(l, s->off, "section %s is cut: %llu of %llu bytes are there", s->name,
				    (unsigned long long)size, (unsigned long long)s->size);
		r = claim(plan, s->off, size, i);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Without sections the small segments (notes, interpreter) say more than the loadable ones around them. */
static int claim_segments(struct plan *plan, const struct layout *l, const struct elf *e, bool loads)
{
	uint32_t i;
	int r;

	for (i = 0; i < e->segment_count; i++) {
		const struct elf_segment *s = &e->segments[i];
		bool small = s->type == PT_NOTE || s->type == PT_DYNAMIC || s->type == PT_INTERP ||
			     s->type == PT_GNU_EH_FRAME;

		if (!(loads ? s->type == PT_LOAD : small) || s->off >= l->size)
			continue;
		r = claim(plan, s->off, s->filesz < l->size - s->off ? s->filesz : l->size - s->off,
			  ELF_TAG_SEGMENT + i);
		if (r < 0)
			return r;
	}
	return 0;
}

/* One byte value, as linkers fill with; only looked at where that is cheap. */
static bool is_padding(const uint8_t *p, uint64_t n)
{
	return n <= GAP_CHECK_MAX && memcmp(p, p + 1, n - 1) == 0;
}

/* Two sections over the very same bytes, as cubins have them, are no mistake. */
static bool is_alias(const struct plan *out, const struct claim *c)
{
	const struct claim *last = out->count ? &out->claims[out->count - 1] : NULL;

	return last && last->off == c->off && last->len == c->len;
}

/*
 * Sorts `in` and copies it to `out`, each claim cut where its predecessor still
 * stands.
 */
static int settle(struct layout *l, const struct elf *e, struct plan *in, struct plan *out)
{
	uint64_t at = 0, cut;
	size_t i;
	int r;

	qsort(in->claims, in->count, sizeof(*in->claims), compare_claims);
	for (i = 0; i < in->count; i++) {
		struct claim c = in->claims[i];

		if (c.off >= l->size)
			continue;
		if (c.len > l->size - c.off)
			c.len = l->size - c.off;
		cut = c.off < at ? at - c.off : 0;
		if (cut && !is_alias(out, &c))
			layout_note(l, c.off, "%s overlaps what stands before it",
				    c.tag < e->section_count ? e->sections[c.tag].name : "a header");
		if (cut >= c.len)
			continue;
		r = claim(out, c.off + cut, c.len - cut, c.tag);
		if (r < 0)
			return r;
		at = c.off + c.len;
	}
	return 0;
}

/* The pieces of the loadable segments that lie in the gap [from, to). *k: the first segment that may. */
static int fill_gap(struct plan *out, const struct plan *loads, size_t *k, uint64_t from, uint64_t to)
{
	int r = 0;

	while (from < to && r == 0) {
		const struct claim *c = *k < loads->count ? &loads->claims[*k] : NULL;
		uint64_t end = c ? c->off + c->len : 0;

		if (c && end <= from) {
			(*k)++;
		} else if (!c || c->off >= to) {
			return claim(out, from, to - from, ELF_TAG_GAP);
		} else if (c->off > from) {
			r = claim(out, from, c->off - from, ELF_TAG_GAP);
			from = c->off;
		} else {
			r = claim(out, from, (end < to ? end : to) - from, c->tag);
			from = end < to ? end : to;
		}
	}
	return r;
}

static int fill_gaps(const struct layout *l, const struct plan *settled, const struct plan *loads,
		     struct plan *out)
{
	uint64_t at = 0;
	size_t i, k = 0;
	int r;

	for (i = 0; i < settled->count; i++) {
		const struct claim *c = &settled->claims[i];

		r = fill_gap(out, loads, &k, at, c->off);
		if (r == 0)
			r = claim(out, c->off, c->len, c->tag);
		if (r < 0)
			return r;
		at = c->off + c->len;
	}
	return fill_gap(out, loads, &k, at, l->size);
}

static int make_plan(struct layout *l, const struct elf *e, struct plan *ret)
{
	struct plan wanted = { 0 }, settled = { 0 }, loads = { 0 }, settled_loads = { 0 };
	int r;

	r = claim_tables(&wanted, e);
	if (r == 0 && e->section_count > 1)
		r = claim_sections(&wanted, l, e);
	else if (r == 0)
		r = claim_segments(&wanted, l, e, false);
	if (r == 0)
		r = settle(l, e, &wanted, &settled);
	if (r == 0 && e->section_count <= 1)
		r = claim_segments(&loads, l, e, true);
	if (r == 0 && loads.count)
		r = settle(l, e, &loads, &settled_loads);
	if (r == 0)
		r = fill_gaps(l, &settled, &settled_loads, ret);
	free(wanted.claims);
	free(settled.claims);
	free(loads.claims);
	free(settled_loads.claims);
	return r;
}

static struct part *add_table(struct layout *l, const struct claim *c, const char *name, uint32_t entsize,
			      const struct record_type *type)
{
	struct part *p = layout_add(l, c->off, c->len, entsize == type->size ? PART_RECORDS : PART_RAW, name);

	if (p && p->kind == PART_RECORDS)
		p->records = type;
	return p;
}

static const char *segment_name(uint32_t type)
{
	switch (type) {
	case PT_NOTE: return "segment NOTE";
	case PT_DYNAMIC: return "segment DYNAMIC";
	case PT_INTERP: return "segment INTERP";
	case PT_GNU_EH_FRAME: return "segment GNU_EH_FRAME";
	default: return "segment LOAD";
	}
}

static struct part *add_segment(struct layout *l, const struct elf *e, const struct claim *c)
{
	const struct elf_segment *s = &e->segments[c->tag - ELF_TAG_SEGMENT];
	enum elf_role role = s->type == PT_LOAD && (s->flags & PF_X) ? ROLE_CODE : ROLE_DATA;
	enum part_kind kind = s->type == PT_NOTE     ? PART_GROUP
			      : s->type == PT_INTERP ? PART_STRINGS
			      : role == ROLE_CODE    ? PART_CODE
						     : PART_DATA;
	struct part *p = layout_add(l, c->off, c->len, kind, segment_name(s->type));

	if (p && (kind == PART_CODE || kind == PART_DATA))
		elf_set_references(l, e, p, role, "");
	return p;
}

static struct part *add_gap(struct layout *l, const struct claim *c)
{
	if (is_padding(l->data + c->off, c->len))
		return layout_add(l, c->off, c->len, PART_PADDING, "(padding)");
	return layout_add(l, c->off, c->len, PART_UNCLAIMED, "(unclaimed)");
}

static struct part *add_claim(struct layout *l, const struct elf *e, const struct claim *c)
{
	switch (c->tag) {
	case ELF_TAG_HEADER: return layout_add(l, c->off, c->len, PART_GROUP, "ELF header");
	case ELF_TAG_SEGMENTS:
		return add_table(l, c, "program headers", e->phentsize, elf_segment_table_type(e));
	case ELF_TAG_SECTIONS:
		return add_table(l, c, "section header table", e->shentsize, elf_section_table_type(e));
	case ELF_TAG_GAP: return add_gap(l, c);
	default:
		if (c->tag >= ELF_TAG_SEGMENT)
			return add_segment(l, e, c);
		return elf_add_section(l, e, &e->sections[c->tag], c->off, c->len, false);
	}
}

/* The part that holds a section which is an alias of another. */
static uint32_t alias_part(const struct plan *plan, const struct elf_section *s)
{
	size_t lo = 0, hi = plan->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (plan->claims[mid].off < s->off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < plan->count && plan->claims[lo].off == s->off && plan->claims[lo].len == s->size
		       ? (uint32_t)lo
		       : REFERENCE_NONE;
}

/* Part indices first: references of one part name others. */
static void number_parts(struct elf *e, const struct plan *plan)
{
	size_t i;

	e->section_table_part = REFERENCE_NONE;
	for (i = 0; i < plan->count; i++) {
		if (plan->claims[i].tag == ELF_TAG_SECTIONS)
			e->section_table_part = (uint32_t)i;
		else if (plan->claims[i].tag < e->section_count)
			e->sections[plan->claims[i].tag].part = (uint32_t)i;
	}
	for (i = 1; i < e->section_count; i++)
		if (e->sections[i].part == REFERENCE_NONE && e->sections[i].type != SHT_NOBITS &&
		    e->sections[i].size)
			e->sections[i].part = alias_part(plan, &e->sections[i]);
}

static int elf_split(struct layout *l)
{
	struct plan plan = { 0 };
	struct elf *e = arena_alloc(&l->arena, sizeof(*e));
	size_t i;
	int r;

	if (!e || pthread_mutex_init(&e->lock, NULL) != 0)
		return -ENOMEM;
	l->priv = e;
	l->image = l;
	if (!elf_read(l, e)) {
		layout_note(l, 0, "the ELF header is cut");
		return 0;
	}
	r = elf_read_ranges(l, e);
	if (r == 0)
		r = make_plan(l, e, &plan);
	if (r == 0)
		number_parts(e, &plan);
	for (i = 0; r == 0 && i < plan.count; i++) {
		struct part *p = add_claim(l, e, &plan.claims[i]);

		if (p)
			p->tag = plan.claims[i].tag;
		else
			r = -ENOMEM;
	}
	free(plan.claims);
	return r;
}

static int split_image_part(struct layout *child, const struct elf *e, uint32_t tag)
{
	if (tag == ELF_TAG_HEADER)
		return elf_split_header(child, e);
	if (tag >= ELF_TAG_SEGMENT)
		return elf_split_notes(child, 4, tag);
	return elf_split_section(child, e, tag, false);
}

static int elf_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	const struct elf *e = elf_of(l);
	const struct elf_view *v = l->priv;

	if (l == l->image)
		return split_image_part(child, e, p->tag);
	if (!v || v->kind != VIEW_SECTION)
		return -EINVAL;
	if (v->section >= e->section_count || elf_role_of(e, &e->sections[v->section], true) == ROLE_NOTES)
		return elf_split_note(child, l);
	return elf_split_unit(child, e, l);
}

static int elf_split_decoded(struct layout *child, const struct layout *l, const struct part *p)
{
	const struct elf_view *v = l->image && l != l->image ? l->priv : NULL;
	int r;

	(void)p;
	if (!v || v->kind != VIEW_COMPRESSED)
		return 0;
	child->image = l->image;
	r = elf_split_section(child, elf_of(l), v->section, true);
	return r < 0 ? r : 1;
}

static bool elf_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct elf_view *v = l == l->image ? NULL : l->priv;

	if (!v)
		return false;
	if (v->kind == VIEW_HEADER)
		return elf_recompute_header(l, p, out);
	if (v->kind == VIEW_NOTE)
		return elf_recompute_build_id(l, p, out);
	if (v->kind == VIEW_COMPRESSED)
		return elf_recompute_size(l, p, out);
	if (v->kind == VIEW_SECTION)
		return elf_recompute_gnu_hash(l, p, out);
	if (v->kind == VIEW_UNIT && p->len <= 8) {
		store_uint(out, p->tag, (unsigned)p->len, elf_of(l)->big);
		return true;
	}
	return false;
}

static void elf_release(struct layout *l)
{
	if (l->image == l && l->priv)
		elf_symbols_release(l->priv);
}

const struct analyzer elf_analyzer = {
	.name = "elf",
	.title = "ELF object, program, library or core dump",
	.probe = elf_probe,
	.split = elf_split,
	.split_part = elf_split_part,
	.decode = elf_decode,
	.split_decoded = elf_split_decoded,
	.recompute = elf_recompute,
	.record_key = elf_record_key,
	.record_reference = elf_record_reference,
	.describe = elf_describe,
	.context = elf_context,
	.release = elf_release,
};
