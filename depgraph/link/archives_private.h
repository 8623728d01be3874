/* SPDX-License-Identifier: Apache-2.0 */
/* archives_private.h: archives.c (which there are, which nobody asked for) and archives_members.c (what the link model adds). */
#ifndef DEPGRAPH_LINK_ARCHIVES_PRIVATE_H
#define DEPGRAPH_LINK_ARCHIVES_PRIVATE_H

#include "depgraph/link/line.h"
#include "depgraph/link/link.h"
#include "depgraph/prune/prune.h"

#define ARCHIVE_LISTED_MAX 16

struct archive {
	const char *name;           /* as the line or the map writes it */
	const char *path;           /* to open it; "" when it was not found */
	const struct input *input;  /* NULL: not opened */
	size_t listed[ARCHIVE_LISTED_MAX]; /* inputs of the line */
	size_t listed_count;
	unsigned loads;             /* LOAD lines of the map */
	bool in_map;                /* the map has a member of it */
	bool thin;
	uint32_t members_linked;    /* by the link model */
	uint32_t members_known;
	uint64_t file_size;
};

struct archive_search {
	struct prune *p;
	struct link_line *line; /* NULL: not told */
	struct archive *items;
	size_t count, capacity;
};

/* The suggestion's edit and action: the inputs `drop` of the line, and words to add. */
void archive_edit(struct archive_search *s, struct suggestion *g, const struct archive *a, const size_t *drop, size_t count,
		  const char *add);
/* In the link model: archives that are dead as a whole, what --whole-archive brought, members linked twice. */
int archives_suggest_members(struct archive_search *s, struct error *err);
/* The compiler or the C library brings these, whatever the line says. */
bool archive_is_toolchain(const char *path);

#endif
