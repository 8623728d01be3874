/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpm.c: RPM packages.
 *
 *	lead       96 bytes, big-endian, obsolete but for its magic ed ab ee db
 *	signature  a header structure, padded to 8 bytes: digests and signatures
 *	header     a header structure: everything about the package
 *	payload    a compressed cpio archive
 *
 * A header structure is 8e ad e8 01, 4 reserved bytes, the number of index
 * entries and the size of the data store as u32, then the index (tag, type,
 * offset into the store, count, each u32) and the store.  All numbers are
 * big-endian.  Values stand in the store in the order of their offsets, each
 * aligned to its type; so an offset follows from the lengths before it.  A
 * region tag (62 or 63) points at 16 bytes at the store's end that say how
 * much of the index belongs together.
 *
 * Digests are recomputed: what each covers is said in rpm's tag documentation
 * (docs/manual/tags.md, format.md) and lib/rpmtag.h.
 */
#include "analyzers/rpm_private.h"
#include "analyzers/formats.h"

#include <errno.h>

#define LEAD_SIZE 96

static const struct derived_spec lead_fields[] = {
	{ "magic", 4, MEANS_MAGIC, CODED_BYTES, 0 },
	{ "version", 2, MEANS_VERSION, CODED_BE, 0 },
	{ "type", 2, MEANS_FLAGS, CODED_BE, 0 },
	{ "architecture", 2, MEANS_SETTING, CODED_BE, 0 },
	{ "name", 66, MEANS_NAME, CODED_BYTES, 0 },
	{ "os", 2, MEANS_SETTING, CODED_BE, 0 },
	{ "signature type", 2, MEANS_FLAGS, CODED_BE, 0 },
	{ 0 },
};

static bool rpm_probe(const uint8_t *data, uint64_t size)
{
	return size >= LEAD_SIZE && memcmp(data, "\xed\xab\xee\xdb", 4) == 0;
}

bool rpm_read_header(const uint8_t *data, uint64_t size, uint64_t off, struct rpm_header *ret)
{
	struct rpm_header h = { .off = off };

	if (!range_inside(off, RPM_INTRO_SIZE, size) || memcmp(data + off, "\x8e\xad\xe8\x01", 4) != 0)
		return false;
	h.count = (uint32_t)load_uint(data + off + 8, 4, true);
	h.store_size = (uint32_t)load_uint(data + off + 12, 4, true);
	if (h.count > RPM_ENTRIES_MAX)
		return false;
	h.store = RPM_INTRO_SIZE + (uint64_t)h.count * RPM_ENTRY_SIZE;
	h.size = h.store + h.store_size;
	if (!range_inside(off, h.size, size))
		return false;
	*ret = h;
	return true;
}

static int rpm_split(struct layout *l)
{
	struct rpm_package *pkg = arena_alloc(&l->arena, sizeof(*pkg));
	uint64_t off = LEAD_SIZE, padded;

	if (!pkg)
		return -ENOMEM;
	l->priv = pkg;
	(void)layout_tagged(layout_add(l, 0, LEAD_SIZE, PART_GROUP, "lead"), RPM_LEAD);
	if (!rpm_read_header(l->data, l->size, off, &pkg->signature)) {
		layout_note(l, off, "malformed or truncated signature header");
		return 0;
	}
	(void)layout_tagged(layout_add(l, off, pkg->signature.size, PART_GROUP, "signature"), RPM_SIGNATURE);
	off += pkg->signature.size;
	padded = (off + 7) & ~(uint64_t)7;
	(void)layout_add(l, off, padded - off, PART_PADDING, "signature padding");
	if (!rpm_read_header(l->data, l->size, padded, &pkg->header)) {
		layout_note(l, padded, "malformed or truncated header");
		return 0;
	}
	(void)layout_tagged(layout_add(l, padded, pkg->header.size, PART_GROUP, "header"), RPM_HEADER);
	pkg->payload = padded + pkg->header.size;
	if (pkg->payload < l->size)
		(void)layout_add(l, pkg->payload, l->size - pkg->payload, PART_CONTENT, "payload");
	return 0;
}

static int rpm_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	const struct rpm_package *pkg = l->priv;

	if (p->tag == RPM_LEAD) {
		layout_derived_fields(child, 0, lead_fields);
		(void)layout_add(child, 80, LEAD_SIZE - 80, PART_PADDING, "reserved");
		return 0;
	}
	return rpm_split_header(child, p->tag == RPM_SIGNATURE ? &pkg->signature : &pkg->header,
				p->tag == RPM_SIGNATURE);
}

const struct analyzer rpm_analyzer = {
	.name = "rpm",
	.title = "RPM package",
	.probe = rpm_probe,
	.split = rpm_split,
	.split_part = rpm_split_part,
	.recompute = rpm_recompute,
};
