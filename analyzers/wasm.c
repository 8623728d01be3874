/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasm.c: WebAssembly modules and objects (WebAssembly core specification,
 * section 5; tool-conventions: ProducersSection, BuildId, Linking).
 *
 * "\0asm", a version, and sections to the end: id byte, size as LEB128, bytes.
 * Section 0 is custom: its bytes begin with a name.  Sizes are LEB128 and often
 * padded to five bytes by linkers, so a size field is compared as bytes and
 * proved by encoding the size anew in the same width.
 */
#include "analyzers/formats.h"

#include <errno.h>

#define MAGIC        "\0asm"
#define SECTIONS_MAX 65536
#define ENTRIES_MAX  (1u << 20)
#define SECTION_CODE 10
#define SECTION_DATA 11

enum { TAG_SECTION = 1 };

struct section {
	uint8_t id;
	uint64_t body, end; /* offsets */
	const char *name;   /* of a custom section; not terminated */
	uint64_t name_len;
};

static const char *const section_names[] = {
	"custom", "type",  "import",  "function", "table", "memory",     "global",
	"export", "start", "element", "code",     "data",  "data count", "tag",
};
#define SECTION_COUNT (sizeof(section_names) / sizeof(section_names[0]))

static bool wasm_probe(const uint8_t *data, uint64_t size)
{
	uint32_t version;

	if (size < 8 || memcmp(data, MAGIC, 4) != 0)
		return false;
	version = load_le32(data + 4);
	return version == 1 || version == 0x1000d; /* modules; components, whose sections are framed alike */
}

static bool read_section(const uint8_t *data, uint64_t size, uint64_t off, struct section *ret)
{
	struct cursor c = cursor_make(data, size);
	uint64_t len;

	*ret = (struct section){ 0 };
	cursor_seek(&c, off);
	ret->id = cursor_u8(&c);
	len = cursor_uleb(&c);
	ret->body = c.pos;
	cursor_skip(&c, len);
	ret->end = c.pos;
	if (c.failed)
		return false;
	if (ret->id == 0) {
		c = cursor_make(data, ret->end);
		cursor_seek(&c, ret->body);
		ret->name_len = cursor_uleb(&c);
		ret->name = (const char *)cursor_take(&c, ret->name_len);
		if (c.failed)
			ret->name_len = 0;
	}
	return true;
}

static int wasm_split(struct layout *l)
{
	struct section s;
	uint64_t off = 8;
	struct part *p;
	unsigned n;

	(void)layout_field(l, 0, 4, "magic", MEANS_MAGIC, CODED_BYTES);
	(void)layout_field(l, 4, 4, "version", MEANS_VERSION, CODED_LE);
	for (n = 0; off < l->size; n++, off = s.end) {
		if (n == SECTIONS_MAX || !read_section(l->data, l->size, off, &s)) {
			layout_note(l, off, "no whole section here");
			break;
		}
		if (s.name_len)
			p = layout_addf(l, off, s.end - off, PART_GROUP, "%.*s", (int)(s.name_len & 0xfff),
					s.name);
		else
			p = layout_add(l, off, s.end - off, PART_GROUP,
				       s.id < SECTION_COUNT ? section_names[s.id] : "section");
		if (p)
			p->tag = TAG_SECTION;
	}
	return 0;
}

/* Function bodies, each with its size before it. */
static void add_functions(struct layout *l, const struct section *s)
{
	struct cursor c = cursor_make(l->data, s->end);
	uint64_t count, i, at, size;

	cursor_seek(&c, s->body);
	count = cursor_uleb(&c);
	(void)layout_field(l, s->body, c.pos - s->body, "count", MEANS_COUNT, CODED_BYTES);
	for (i = 0; i < count && i < ENTRIES_MAX; i++) {
		at = c.pos;
		size = cursor_uleb(&c);
		cursor_skip(&c, size);
		if (c.failed)
			break;
		(void)layout_addf(l, at, c.pos - at, PART_CODE, "function body %llu", (unsigned long long)i);
	}
	if (c.failed || c.pos < s->end)
		layout_note(l, c.pos, "function bodies do not fill the section");
}

static void add_string(struct layout *l, struct cursor *c, const char *name, enum meaning m)
{
	uint64_t at = c->pos, len = cursor_uleb(c);

	cursor_skip(c, len);
	if (!c->failed)
		(void)layout_field(l, at, c->pos - at, name, m, CODED_BYTES);
}

/* A tool's name, and its version as a field called by it, so that one tool more does not shift the others. */
static void add_tool(struct layout *l, struct cursor *c)
{
	uint64_t at = c->pos, len;
	struct part *p;

	add_string(l, c, "tool", MEANS_NAME);
	if (c->failed)
		return;
	cursor_seek(c, at);
	len = cursor_uleb(c);
	at = c->pos;
	cursor_skip(c, len);
	cursor_skip(c, cursor_uleb(c));
	if (c->failed)
		return;
	p = layout_addf(l, at + len, c->pos - at - len, PART_FIELD, "%.*s version", (int)(len & 0xff),
			(const char *)l->data + at);
	if (p)
		p->meaning = MEANS_VERSION;
}

/* producers: fields (language, processed-by, sdk), each with pairs of a tool's name and its version. */
static void add_producers(struct layout *l, uint64_t at, uint64_t end)
{
	struct cursor c = cursor_make(l->data, end);
	uint64_t fields, values, start;

	cursor_seek(&c, at);
	fields = cursor_uleb(&c);
	(void)layout_field(l, at, c.pos - at, "field count", MEANS_COUNT, CODED_BYTES);
	for (; fields && cursor_left(&c); fields--) {
		add_string(l, &c, "field", MEANS_NAME);
		start = c.pos;
		values = cursor_uleb(&c);
		if (!c.failed)
			(void)layout_field(l, start, c.pos - start, "value count", MEANS_COUNT, CODED_BYTES);
		for (; values && cursor_left(&c); values--)
			add_tool(l, &c);
	}
}

static bool is_named(const struct section *s, const char *name)
{
	return s->name_len == strlen(name) && memcmp(s->name, name, s->name_len) == 0;
}

static void add_custom(struct layout *l, const struct section *s)
{
	uint64_t at = s->name_len ? (uint64_t)((const uint8_t *)s->name + s->name_len - l->data) : s->body;
	struct cursor c = cursor_make(l->data, s->end);

	(void)layout_field(l, s->body, at - s->body, "name", MEANS_NAME, CODED_BYTES);
	cursor_seek(&c, at);
	if (at == s->end)
		return;
	if (is_named(s, "producers"))
		add_producers(l, at, s->end);
	else if (is_named(s, "sourceMappingURL"))
		add_string(l, &c, "URL", MEANS_PATH);
	else if (is_named(s, "external_debug_info"))
		add_string(l, &c, "path", MEANS_PATH);
	else if (is_named(s, "build_id"))
		(void)layout_field(l, at, s->end - at, "build id", MEANS_ID, CODED_BYTES);
	else if (is_named(s, ".debug_str") || is_named(s, ".debug_line_str"))
		(void)layout_add(l, at, s->end - at, PART_STRINGS, "strings");
	else
		(void)layout_add(l, at, s->end - at, PART_RAW, "content");
}

static int wasm_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	struct section s;

	(void)l;
	(void)p;
	if (!read_section(child->data, child->size, 0, &s))
		return -EBADMSG;
	(void)layout_field(child, 0, 1, "id", MEANS_MAGIC, CODED_LE);
	(void)layout_derived(child, 1, s.body - 1, "size", MEANS_SIZE, CODED_BYTES);
	if (s.id == 0)
		add_custom(child, &s);
	else if (s.id == SECTION_CODE)
		add_functions(child, &s);
	else
		(void)layout_add(child, s.body, s.end - s.body, PART_DATA,
				 s.id == SECTION_DATA ? "segments" : "entries");
	return 0;
}

/* The section's size in LEB128, padded to the field's width. */
static bool wasm_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	uint64_t v, i;

	if (p->len > 10 || l->size < 1 + p->len)
		return false;
	v = l->size - 1 - p->len;
	for (i = 0; i < p->len; i++, v >>= 7)
		out[i] = (uint8_t)((v & 0x7f) | (i + 1 < p->len ? 0x80 : 0));
	return v == 0;
}

const struct analyzer wasm_analyzer = {
	.name = "wasm",
	.title = "WebAssembly module",
	.probe = wasm_probe,
	.split = wasm_split,
	.split_part = wasm_split_part,
	.recompute = wasm_recompute,
};
