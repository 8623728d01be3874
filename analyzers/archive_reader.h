/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive_reader.h: libarchive's reader with an owner, and its errors as ours.
 *
 *	CLEANUP(archive_reader_freep) archive_reader *a = archive_read_new();
 *
 *	if (archive_read_open_memory(a, data, size) != ARCHIVE_OK)
 *		return archive_reader_error(a, "malformed archive", err);
 */
#ifndef ANALYZERS_ARCHIVE_READER_H
#define ANALYZERS_ARCHIVE_READER_H

#include "base/cleanup.h"
#include "base/error.h"

#include <archive.h>
#include <errno.h>

typedef struct archive archive_reader;

static inline void archive_reader_free(archive_reader *a)
{
	(void)archive_read_free(a);
}
DEFINE_CLEANUP(archive_reader *, archive_reader_free)

/* -EBADMSG, with the library's words for what went wrong last, or with `otherwise` when it has none. */
static inline int archive_reader_error(archive_reader *a, const char *otherwise, struct error *err)
{
	const char *text = archive_error_string(a);

	return error_set(err, -EBADMSG, NULL, "%s", text ? text : otherwise);
}

#endif
