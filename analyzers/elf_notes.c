/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_notes.c: note sections and segments (System V ABI, chapter 5), and the
 * two sections that name separate debug files (GDB manual, "Debugging
 * Information in Separate Files").
 *
 * A note is namesz, descsz, type (4 bytes each), the name and the descriptor,
 * each padded to 4 bytes; to 8 where the section is aligned to 8, as
 * .note.gnu.property of 64-bit files is.
 */
#include "analyzers/elf_image.h"

#include <errno.h>
#include <stdio.h>

#define NOTE_HEADER      12
#define NOTES_MAX        (1u << 20)
#define GO_BUILD_ID      4
#define STAPSDT          3
#define NVIDIA_TOOL      2000 /* ptxas: its version and command line */
#define PACKAGE_METADATA 0xcafe1a7e
#define OWNER_MAX        16

struct note_parts {
	uint32_t namesz, descsz, type;
	uint64_t desc, end;        /* offsets from the note's start */
	char owner[OWNER_MAX + 1]; /* cut; not printable: "" */
};

static uint64_t align_up(uint64_t v, uint64_t align)
{
	return (v + align - 1) & ~(align - 1);
}

static bool read_note(const struct elf *e, const uint8_t *data, uint64_t size, uint64_t align,
		      struct note_parts *ret)
{
	struct cursor c = elf_cursor(e, data, size);
	struct note_parts n = { 0 };
	size_t i;

	n.namesz = cursor_u32(&c);
	n.descsz = cursor_u32(&c);
	n.type = cursor_u32(&c);
	n.desc = align_up(NOTE_HEADER + (uint64_t)n.namesz, align);
	n.end = n.desc + n.descsz;
	if (c.failed || n.end > size)
		return false;
	for (i = 0; i < n.namesz && i < OWNER_MAX; i++) {
		uint8_t ch = data[NOTE_HEADER + i];

		if (ch < 0x20 || ch > 0x7e)
			break;
		n.owner[i] = (char)ch;
	}
	n.end = align_up(n.end, align) < size ? align_up(n.end, align) : size;
	*ret = n;
	return true;
}

static bool is_note(const struct note_parts *n, const char *owner, uint32_t type)
{
	return n->type == type && strcmp(n->owner, owner) == 0;
}

static void add_description(struct layout *child, const struct elf *e, const struct note_parts *n,
			    uint64_t off)
{
	struct part *p;

	if (is_note(n, "GNU", NT_GNU_BUILD_ID)) {
		p = layout_field(child, off, n->descsz, "build-id", MEANS_ID, CODED_BYTES);
		if (p)
			p->recomputes = true;
	} else if (is_note(n, "Go", GO_BUILD_ID)) {
		(void)layout_field(child, off, n->descsz, "Go build id", MEANS_ID, CODED_BYTES);
	} else if (is_note(n, "GNU", NT_GNU_ABI_TAG)) {
		(void)layout_field(child, off, n->descsz, "ABI tag", MEANS_VERSION, CODED_BYTES);
	} else if (is_note(n, "FDO", PACKAGE_METADATA)) {
		(void)layout_add(child, off, n->descsz, PART_TEXT, "package metadata");
	} else if (is_note(n, "NVIDIA Corp", NVIDIA_TOOL)) {
		(void)layout_add(child, off, n->descsz, PART_STRINGS, "tool");
	} else {
		p = layout_add(child, off, n->descsz, PART_DATA,
			       is_note(n, "stapsdt", STAPSDT) ? "probe" : "desc");
		if (p && !e->by_section)
			elf_set_references(child, e, p, ROLE_DATA, "");
	}
}

static void add_note_fields(struct layout *child, const struct elf *e, const struct note_parts *n,
			    uint64_t size)
{
	uint64_t name_end = NOTE_HEADER + (uint64_t)n->namesz, desc_end = n->desc + n->descsz;

	(void)elf_field(child, 0, 4, "namesz", MEANS_SIZE);
	(void)elf_field(child, 4, 4, "descsz", MEANS_SIZE);
	(void)elf_field(child, 8, 4, "type", MEANS_NOTHING);
	(void)layout_field(child, NOTE_HEADER, n->namesz, "name", MEANS_NAME, CODED_BYTES);
	(void)layout_add(child, name_end, n->desc - name_end, PART_PADDING, "name padding");
	add_description(child, e, n, n->desc);
	if (desc_end < size)
		(void)layout_add(child, desc_end, size - desc_end, PART_PADDING, "desc padding");
}

/* One note that fills its bytes. */
static int split_one(struct layout *child, const struct elf *e, uint64_t align)
{
	struct note_parts n;

	if (!read_note(e, child->data, child->size, align, &n) || n.end != child->size)
		return -EBADMSG;
	add_note_fields(child, e, &n, child->size);
	return 0;
}

int elf_split_note(struct layout *child, const struct layout *l)
{
	const struct elf *e = elf_of(l);
	const struct elf_view *v = l->priv;
	uint64_t align = v->section < e->section_count ? e->sections[v->section].align : 4;

	if (!elf_set_view(child, VIEW_NOTE, v->section))
		return -ENOMEM;
	return split_one(child, e, align == 8 ? 8 : 4);
}

int elf_split_notes(struct layout *child, uint64_t align, uint32_t section)
{
	const struct elf *e = elf_of(child);
	struct note_parts n;
	unsigned count = 0;
	uint64_t off;

	align = align == 8 ? 8 : 4;
	if (read_note(e, child->data, child->size, align, &n) && n.end == child->size) {
		if (!elf_set_view(child, VIEW_NOTE, section))
			return -ENOMEM;
		add_note_fields(child, e, &n, child->size);
		return 0;
	}
	if (!elf_set_view(child, VIEW_SECTION, section))
		return -ENOMEM;
	for (off = 0; off < child->size && count < NOTES_MAX; off += n.end, count++) {
		if (!read_note(e, child->data + off, child->size - off, align, &n)) {
			layout_note(child, off, "malformed note");
			break;
		}
		if (!layout_addf(child, off, n.end, PART_GROUP, "%s note %u", *n.owner ? n.owner : "unnamed",
				 n.type))
			return -ENOMEM;
	}
	return 0;
}

/* A file name, NUL, padding to 4, and the CRC-32 of that file: which is not here to recompute it. */
int elf_split_debuglink(struct layout *child)
{
	const uint8_t *nul = child->size ? memchr(child->data, 0, child->size) : NULL;
	uint64_t end = nul ? (uint64_t)(nul - child->data) + 1 : 0, crc = align_up(end, 4);

	if (!nul || crc + 4 > child->size) {
		layout_note(child, 0, "malformed debug link");
		return 0;
	}
	(void)layout_field(child, 0, end, "file name", MEANS_NAME, CODED_BYTES);
	(void)layout_add(child, end, crc - end, PART_PADDING, "padding");
	(void)elf_field(child, crc, 4, "CRC", MEANS_CHECKSUM);
	return 0;
}

/* dwz: the path of the common file, NUL, and its build-id. */
int elf_split_debugaltlink(struct layout *child)
{
	const uint8_t *nul = child->size ? memchr(child->data, 0, child->size) : NULL;
	uint64_t end = nul ? (uint64_t)(nul - child->data) + 1 : 0;

	if (!nul) {
		layout_note(child, 0, "malformed alternate debug link");
		return 0;
	}
	(void)layout_field(child, 0, end, "file name", MEANS_PATH, CODED_BYTES);
	(void)layout_field(child, end, child->size - end, "build-id", MEANS_ID, CODED_BYTES);
	return 0;
}
