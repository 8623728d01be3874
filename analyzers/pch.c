/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pch.c: precompiled headers of gcc and clang, and clang's modules.
 *
 * gcc (gcc/c-family/c-pch.cc): "gpch", the language ('C', '+', 'o', 'O') and a
 * three-digit version; a 16-byte checksum of the compiler; a validity record
 * whose last word is the length of the target's data, which follows; then
 * macros and the compiler's own heap as it stood in memory.  The heap is full
 * of addresses: with address space randomisation it differs in every run, and
 * no option changes that.
 *
 * clang (clang/Serialization/ASTBitCodes.h): "CPCH", then an LLVM bitstream
 * (bitstream.c).  Every file that was read is an INPUT_FILE record with its size
 * and modification time, not aligned to bytes: the field "input file mtime" is
 * the bytes that hold its bits.  The record ends in the file's name, a blob, and
 * blobs are whole words.  The header search table is a hash table whose key is
 * the size and mtime of each header: another mtime puts its entry elsewhere, so
 * the whole table is one field that means time.
 */
#include "analyzers/bitstream.h"
#include "analyzers/formats.h"

#include <errno.h>

#define CLANG_MAGIC     "CPCH"
#define GCC_MAGIC       "gpch"
#define GCC_HEADER_SIZE 40
#define TARGET_DATA_MAX 65536

static const struct bitstream_block blocks[] = {
	{ 8, "AST" },
	{ 9, "SOURCE_MANAGER" },
	{ 10, "PREPROCESSOR" },
	{ 11, "DECLTYPES" },
	{ 12, "PREPROCESSOR_DETAIL" },
	{ 13, "SUBMODULE" },
	{ 14, "COMMENTS" },
	{ 15, "CONTROL" },
	{ 16, "INPUT_FILES" },
	{ 17, "OPTIONS" },
	{ 18, "EXTENSION" },
	{ 19, "UNHASHED_CONTROL" },
	{ 0, NULL },
};

/*
 * Clang 17 dropped a record of the control block, and those after it moved down by one.  The two meanings of
 * a code are told apart by whether the record has a blob.
 */
static const struct bitstream_field fields[] = {
	{ 8, 34, BITSTREAM_BLOB, "header search table", PART_FIELD, MEANS_TIME },
	{ 15, 1, BITSTREAM_BLOB, "compiler version", PART_FIELD, MEANS_VERSION },
	{ 15, 3, BITSTREAM_BLOB, "original file", PART_FIELD, MEANS_PATH },
	{ 15, 4, BITSTREAM_BLOB, "original directory", PART_FIELD, MEANS_PATH },
	{ 15, 7, BITSTREAM_BLOB, "module name", PART_FIELD, MEANS_NAME },
	{ 15, 8, BITSTREAM_BLOB, "module directory", PART_FIELD, MEANS_PATH }, /* since 17 */
	{ 15, 9, BITSTREAM_BLOB, "module directory", PART_FIELD, MEANS_PATH }, /* up to 16 */
	{ 16, 1, 2, "input file mtime", PART_FIELD, MEANS_TIME },
	{ 16, 1, BITSTREAM_BLOB, "input file name", PART_FIELD, MEANS_PATH },
	{ 16, 2, BITSTREAM_RECORD, "input file hash", PART_FIELD, MEANS_ID },
	{ 17, 2, BITSTREAM_RECORD, "target options", PART_FIELD, MEANS_TEXT },
	{ 17, 3, BITSTREAM_RECORD, "file system options", PART_FIELD, MEANS_PATH },
	{ 17, 4, BITSTREAM_RECORD, "header search options", PART_FIELD, MEANS_PATH },
	{ 17, 5, BITSTREAM_RECORD, "preprocessor options", PART_FIELD, MEANS_TEXT },
	{ 19, 1, BITSTREAM_RECORD, "signature", PART_FIELD, MEANS_ID },
	{ 19, 2, BITSTREAM_RECORD, "AST block hash", PART_FIELD, MEANS_ID },
	{ 0, 0, 0, NULL, PART_RAW, MEANS_NOTHING },
};

static const struct bitstream_dialect dialect = { blocks, fields };

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_gcc(const uint8_t *data, uint64_t size)
{
	return size >= 24 && memcmp(data, GCC_MAGIC, 4) == 0 && data[4] && strchr("C+oO", data[4]) &&
	       is_digit(data[5]) && is_digit(data[6]) && is_digit(data[7]);
}

static bool pch_probe(const uint8_t *data, uint64_t size)
{
	if (is_gcc(data, size))
		return true;
	return size >= 12 && memcmp(data, CLANG_MAGIC, 4) == 0 && bitstream_plausible(data, size);
}

static int split_gcc(struct layout *l)
{
	uint64_t at = 24, target;

	(void)layout_field(l, 0, 8, "identifier", MEANS_MAGIC, CODED_BYTES);
	(void)layout_field(l, 8, 16, "compiler checksum", MEANS_ID, CODED_BYTES);
	target = l->size >= GCC_HEADER_SIZE ? load_le64(l->data + 32) : UINT64_MAX;
	if (target <= TARGET_DATA_MAX && range_inside(GCC_HEADER_SIZE, target, l->size)) {
		(void)layout_field(l, 24, 8, "validity flags", MEANS_FLAGS, CODED_BYTES);
		(void)layout_field(l, 32, 8, "target data length", MEANS_SIZE, CODED_LE);
		(void)layout_add(l, GCC_HEADER_SIZE, target, PART_DATA, "target data");
		at = GCC_HEADER_SIZE + target;
	}
	if (at < l->size)
		(void)layout_add(l, at, l->size - at, PART_DATA, "memory image");
	return 0;
}

static int pch_split(struct layout *l)
{
	return is_gcc(l->data, l->size) ? split_gcc(l) : bitstream_split(l, &dialect);
}

static int pch_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	return bitstream_split_block(child, l, p, &dialect);
}

const struct analyzer pch_analyzer = {
	.name = "pch",
	.title = "precompiled header or module",
	.probe = pch_probe,
	.split = pch_split,
	.split_part = pch_split_part,
	.recompute = bitstream_recompute,
};
