/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bitcode.c: LLVM bitcode, plain and in the wrapper that Darwin's tools write
 * (LLVM "Bitcode File Format"); the container is read by bitstream.c.
 *
 * Plain: "BC" 0xc0de, then an identification block (which LLVM wrote it), one
 * or more modules, a symbol table and a string table.  Wrapped: 0x0b17c0de,
 * version, offset and size of the plain bitcode, CPU type, and padding.
 */
#include "analyzers/bitstream.h"
#include "analyzers/formats.h"

#include <errno.h>

#define MAGIC         "BC\xc0\xde"
#define WRAPPER_MAGIC 0x0b17c0deu
#define WRAPPER_SIZE  20

static const struct bitstream_block blocks[] = {
	{ 8, "MODULE" },
	{ 9, "PARAMATTR" },
	{ 10, "PARAMATTR_GROUP" },
	{ 11, "CONSTANTS" },
	{ 12, "FUNCTION" },
	{ 13, "IDENTIFICATION" },
	{ 14, "VALUE_SYMTAB" },
	{ 15, "METADATA" },
	{ 16, "METADATA_ATTACHMENT" },
	{ 17, "TYPE" },
	{ 18, "USELIST" },
	{ 19, "MODULE_STRTAB" },
	{ 20, "GLOBALVAL_SUMMARY" },
	{ 21, "OPERAND_BUNDLE_TAGS" },
	{ 22, "METADATA_KIND" },
	{ 23, "STRTAB" },
	{ 24, "FULL_LTO_GLOBALVAL_SUMMARY" },
	{ 25, "SYMTAB" },
	{ 26, "SYNC_SCOPE_NAMES" },
	{ 0, NULL },
};

static const struct bitstream_field fields[] = {
	{ 13, 1, BITSTREAM_RECORD, "producer", PART_FIELD, MEANS_VERSION },
	{ 13, 2, BITSTREAM_RECORD, "epoch", PART_FIELD, MEANS_VERSION },
	{ 8, 2, BITSTREAM_RECORD, "target triple", PART_FIELD, MEANS_TEXT },
	{ 8, 3, BITSTREAM_RECORD, "data layout", PART_FIELD, MEANS_TEXT },
	{ 8, 4, BITSTREAM_RECORD, "inline assembly", PART_FIELD, MEANS_TEXT },
	{ 8, 13, BITSTREAM_RECORD, "value symbol table offset", PART_FIELD, MEANS_OFFSET },
	{ 8, 16, BITSTREAM_RECORD, "source file name", PART_FIELD, MEANS_PATH },
	{ 8, 17, BITSTREAM_RECORD, "module hash", PART_FIELD, MEANS_ID },
	{ 15, 35, BITSTREAM_BLOB, "metadata strings", PART_RAW, MEANS_NOTHING },
	{ 23, 1, BITSTREAM_BLOB, "strings", PART_RAW, MEANS_NOTHING },
	{ 25, 1, BITSTREAM_BLOB, "symbols", PART_DATA, MEANS_NOTHING },
	{ 0, 0, 0, NULL, PART_RAW, MEANS_NOTHING },
};

static const struct bitstream_dialect dialect = { blocks, fields };

static bool is_wrapper(const uint8_t *data, uint64_t size)
{
	uint64_t off;

	if (size < WRAPPER_SIZE || load_le32(data) != WRAPPER_MAGIC)
		return false;
	off = load_le32(data + 8);
	return off >= WRAPPER_SIZE && range_inside(off, load_le32(data + 12), size);
}

static bool bitcode_probe(const uint8_t *data, uint64_t size)
{
	if (is_wrapper(data, size))
		return true;
	return size >= 12 && memcmp(data, MAGIC, 4) == 0 && bitstream_plausible(data, size);
}

static int split_wrapper(struct layout *l)
{
	static const struct field_spec specs[] = {
		{ "magic", 4, MEANS_MAGIC, CODED_LE },      { "version", 4, MEANS_VERSION, CODED_LE },
		{ "offset", 4, MEANS_OFFSET, CODED_LE },    { "size", 4, MEANS_SIZE, CODED_LE },
		{ "CPU type", 4, MEANS_NOTHING, CODED_LE }, { 0 },
	};
	uint64_t off = load_le32(l->data + 8), len = load_le32(l->data + 12);

	layout_fields(l, 0, specs);
	(void)layout_add(l, WRAPPER_SIZE, off - WRAPPER_SIZE, PART_PADDING, "padding");
	(void)layout_add(l, off, len, PART_CONTENT, "bitcode");
	(void)layout_add(l, off + len, l->size - off - len, PART_PADDING, "padding");
	return 0;
}

static int bitcode_split(struct layout *l)
{
	return is_wrapper(l->data, l->size) ? split_wrapper(l) : bitstream_split(l, &dialect);
}

static int bitcode_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	return bitstream_split_block(child, l, p, &dialect);
}

const struct analyzer bitcode_analyzer = {
	.name = "bitcode",
	.title = "LLVM bitcode",
	.probe = bitcode_probe,
	.split = bitcode_split,
	.split_part = bitcode_split_part,
	.recompute = bitstream_recompute,
};
