/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eh_frame.c: unwind tables as a sequence of records.
 *
 * A record is {u32 length; [u64 length when that is 0xffffffff]; u32 id; ...}.
 * id 0: a CIE, whose relocation is its personality routine.  Otherwise an
 * FDE, and the id is the distance back from itself to the CIE; its first relocation is
 * the function, another one the language's table (LSDA).  Length 0 ends the
 * section (crtend.o), and nothing may follow.
 *
 * Source: Linux Standard Base, "Exception Frames".
 */
#include "depgraph/link/link_model.h"

#include <errno.h>

static int one_record(struct cursor *c, struct eh_record *ret)
{
	uint64_t start = c->pos, length = cursor_u32(c), id_at;
	uint32_t id;

	if (length == UINT32_MAX)
		length = cursor_u64(c);
	if (c->failed)
		return -EBADMSG;
	if (!length)
		return 0;
	id_at = c->pos;
	id = cursor_u32(c);
	if (c->failed || length < 4 || !range_inside(id_at, length, c->size) || (id && id > id_at))
		return -EBADMSG;
	*ret = (struct eh_record){ .off = start, .size = id_at + length - start, .cie = !id, .cie_off = id ? id_at - id : 0 };
	cursor_seek(c, id_at + length);
	return 1;
}

int eh_frame_records(struct cursor c, int (*found)(void *ctx, const struct eh_record *r), void *ctx)
{
	struct eh_record record;
	int r = 1;

	while (r > 0 && cursor_left(&c)) {
		r = one_record(&c, &record);
		if (r > 0 && found(ctx, &record) < 0)
			return -ECANCELED;
	}
	return r < 0 ? r : 0;
}
