/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linkmap.h: link maps of GNU ld, gold, lld and mold, recognised by content.
 *
 * linkmap_parse() streams: one pass over the mapped text, a call for each row,
 * no memory of its own but the long lines' parts.  linkmap_read() keeps the
 * rows in a compact table (at most the map's size).
 *
 *	r = linkmap_read(content, &map, &err);
 *	for (i = 0; i < map->section_count; i++) ... map->sections[i] ...
 *	linkmap_free(map);
 *
 * Names of files are as the linker printed them: "main.o", "./libu.a(u1.o)"; a
 * struct linkmap_name tells archive and member apart.  Rows that no input file
 * is the source of (fill, PLT, headers) have an empty file.
 *
 * Errors: -EBADMSG with the line (error.offset is the byte offset, the message says "line N: ...") for text that
 * is no map, is cut off in the middle, or changes its dialect on the way (two maps in one file).  A row of an unknown
 * shape inside a known table is an error too: a map is evidence, and half of it is none.
 *
 * The dialects are described in docs/linkmaps.md and at the top of each linkmap_*.c.
 */
#ifndef ANALYZERS_LINKMAP_H
#define ANALYZERS_LINKMAP_H

#include "base/cleanup.h"
#include "base/content.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum linkmap_dialect { LINKMAP_GNU, LINKMAP_GOLD, LINKMAP_LLD, LINKMAP_MOLD };
const char *linkmap_dialect_name(enum linkmap_dialect d); /* "GNU ld", "gold", "lld", "mold" */

/* Text inside the map (not terminated), valid as long as the content. */
struct linkmap_text {
	const char *p;
	size_t n;
};

struct linkmap_section_row {
	struct linkmap_text output; /* output section it went into; empty for discarded ones */
	struct linkmap_text name;   /* of the input section (GNU: "*fill*", "COMMON" as printed) */
	struct linkmap_text file;   /* empty: the linker's own */
	uint64_t address, size, align; /* align 0: not told */
};

struct linkmap_visitor {
	/* Archive member included: why. `requirer` is a file, `symbol` may be empty (whole-archive, -u). */
	int (*extraction)(void *ctx, struct linkmap_text member, struct linkmap_text requirer, struct linkmap_text symbol);
	/* As-needed library that became a DT_NEEDED. */
	int (*needed)(void *ctx, struct linkmap_text library, struct linkmap_text requirer, struct linkmap_text symbol);
	int (*discarded)(void *ctx, const struct linkmap_section_row *row);
	int (*load)(void *ctx, struct linkmap_text path); /* GNU: inputs in the order of the command line */
	int (*output)(void *ctx, struct linkmap_text name, uint64_t address, uint64_t size);
	int (*section)(void *ctx, const struct linkmap_section_row *row);
	int (*symbol)(void *ctx, uint64_t address, uint64_t size, struct linkmap_text name); /* of the last section row */
	int (*cross_reference)(void *ctx, struct linkmap_text symbol, struct linkmap_text file, bool defines);
}; /* members may be NULL; a negative result ends the parse and is returned */

/* By the first lines. false: no map. */
bool linkmap_probe(const uint8_t *data, uint64_t size, enum linkmap_dialect *ret);
int linkmap_parse(const struct content *c, const struct linkmap_visitor *v, void *ctx, enum linkmap_dialect *ret,
		  struct error *err);

/* "dir/libx.a(y.o)" into archive and member; thin and lld's "libx.a(y.o at 123)" forms included. Without a member: false, `path` is the
 * whole. */
struct linkmap_name {
	struct linkmap_text path, member;
};
bool linkmap_split_name(struct linkmap_text file, struct linkmap_name *ret);

/* ---- the table ---------------------------------------------------------------------------------------------- */

#define LINKMAP_NONE UINT32_MAX

struct linkmap_file {
	const char *name; /* as printed, terminated */
	const char *path; /* of the file or archive */
	const char *member; /* NULL: none */
	bool loaded;      /* GNU: listed as LOAD */
};

struct linkmap_output {
	const char *name;
	uint64_t address, size;
};

struct linkmap_section {
	const char *name;
	uint32_t file;   /* index; LINKMAP_NONE: the linker's own */
	uint32_t output; /* index */
	uint64_t address, size;
};

struct linkmap_extraction {
	uint32_t member, requirer; /* files; LINKMAP_NONE: not a file */
	const char *symbol;        /* "" where none is told */
};

struct linkmap {
	enum linkmap_dialect dialect;
	struct linkmap_file *files;
	uint32_t file_count;
	struct linkmap_output *outputs;
	uint32_t output_count;
	struct linkmap_section *sections, *discarded; /* in the map's order; discarded ones have no output */
	size_t section_count, discarded_count;
	struct linkmap_extraction *extractions, *needed;
	size_t extraction_count, needed_count;
	uint32_t *loads; /* GNU: files in the order of the command line, repeated as there */
	size_t load_count;
	struct content *content; /* kept alive */
	void *priv;
};

int linkmap_read(struct content *c, struct linkmap **ret, struct error *err);
void linkmap_free(struct linkmap *m);
DEFINE_CLEANUP(struct linkmap *, linkmap_free)
/* The file of that name (as printed), or LINKMAP_NONE. */
uint32_t linkmap_find_file(const struct linkmap *m, const char *name);

#endif
