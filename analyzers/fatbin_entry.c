/* SPDX-License-Identifier: Apache-2.0 */
/* fatbin_entry.c: headers of NVIDIA's fat binaries; the format is described in fatbin.c. */
#include "analyzers/fatbin_entry.h"

#include "analyzers/elf_extent.h"
#include "analyzers/formats.h"
#include "base/bytes.h"

#include <stdio.h>

#define ENTRY_HEADER_MAX 65536
#define ENTRY_VERSION 0x0101
#define OPTION_HEADER 8

static void read_options(const uint8_t *data, struct fatbin_entry *e)
{
	if (!e->option_block)
		return;
	if (e->option_block < FATBIN_ENTRY_HEADER || !range_inside(e->option_block, OPTION_HEADER, e->header)) {
		e->option_block = 0;
		return;
	}
	e->option = load_le32(data + e->option_block);
	e->option_len = load_le32(data + e->option_block + 4);
	if (e->option < e->option_block + OPTION_HEADER || !range_inside(e->option, e->option_len, e->header)) {
		e->option = e->option_block + OPTION_HEADER;
		e->option_len = 0;
	}
}

bool fatbin_entry_read(const uint8_t *data, uint64_t size, struct fatbin_entry *e)
{
	struct cursor c = cursor_make(data, size);
	unsigned version;

	*e = (struct fatbin_entry){ .kind = cursor_u16(&c) };
	version = cursor_u16(&c);
	e->header = cursor_u32(&c);
	e->payload = cursor_u64(&c);
	e->compressed = cursor_u32(&c);
	e->option_block = cursor_u32(&c);
	e->minor = cursor_u16(&c);
	e->major = cursor_u16(&c);
	e->arch = cursor_u32(&c);
	e->ident = cursor_u32(&c);
	e->ident_len = cursor_u32(&c);
	e->flags = cursor_u64(&c);
	cursor_skip(&c, 8);
	e->plain = cursor_u64(&c);
	if (c.failed || version != ENTRY_VERSION || e->header < FATBIN_ENTRY_HEADER || e->header > ENTRY_HEADER_MAX ||
	    e->header % 8 || e->payload % 8 || e->header > size || e->payload > size - e->header ||
	    e->compressed > e->payload)
		return false;
	if (e->ident < FATBIN_ENTRY_HEADER || !range_inside(e->ident, e->ident_len, e->header))
		e->ident_len = 0;
	read_options(data, e);
	return true;
}

bool fatbin_container_header(const uint8_t *data, uint64_t size, uint64_t *ret_end)
{
	struct cursor c = cursor_make(data, size);
	bool ok = cursor_u32(&c) == FATBIN_MAGIC;

	ok &= cursor_u16(&c) == 1;
	ok &= cursor_u16(&c) == FATBIN_CONTAINER_HEADER;
	return ok && !add_overflows(cursor_u64(&c), FATBIN_CONTAINER_HEADER, ret_end) && !c.failed;
}

uint64_t fatbin_chain_end(const uint8_t *data, uint64_t end)
{
	uint64_t pos = FATBIN_CONTAINER_HEADER;
	struct fatbin_entry e;

	while (pos < end && fatbin_entry_read(data + pos, end - pos, &e))
		pos += e.header + e.payload;
	return pos;
}

uint64_t fatbin_container_length(const uint8_t *data, uint64_t size)
{
	uint64_t end;

	if (!fatbin_container_header(data, size, &end) || end > size || fatbin_chain_end(data, end) != end)
		return 0;
	return end;
}

char fatbin_entry_variant(const struct fatbin_entry *e)
{
	return e->flags & FATBIN_ARCH_SPECIFIC ? 'a' : e->flags & FATBIN_FAMILY_SPECIFIC ? 'f' : 0;
}

bool fatbin_entry_encoded(const struct fatbin_entry *e)
{
	return e->kind != FATBIN_LTO_IR && e->flags & (FATBIN_ZSTD | FATBIN_LZ4) && e->compressed;
}

uint64_t fatbin_entry_used(const uint8_t *data, const struct fatbin_entry *e)
{
	const uint8_t *payload = data + e->header;
	uint64_t used;

	if (e->compressed)
		return e->compressed;
	if (e->kind == FATBIN_PTX)
		return strnlen((const char *)payload, e->payload);
	if (elf_extent(payload, e->payload, &used) && e->payload - used < 8)
		return used;
	return e->payload;
}

int fatbin_entry_decode(const struct fatbin_entry *e, const uint8_t *in, uint64_t len, struct budget *budget,
			struct content **ret, struct error *err)
{
	CLEANUP(spool_release) struct spool s = SPOOL_NONE;
	char name[48];
	int r;

	snprintf(name, sizeof(name), "sm_%u.%s", e->arch, e->kind == FATBIN_PTX ? "ptx" : "cubin");
	r = spool_init(&s, budget, len);
	if (r < 0)
		return r;
	if (e->flags & FATBIN_ZSTD)
		r = decode_zstd(in, len, &s, err);
	else
		r = decode_lz4_block(in, len, e->plain, &s, err);
	return r < 0 ? r : spool_finish(&s, name, ret);
}
