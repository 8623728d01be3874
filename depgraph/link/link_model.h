/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_model.h: what the files of link/ share (private to the room).
 *
 *	link_load()      inputs -> objects, opened           load.c
 *	link_place()     the map's rows -> sections          place.c
 *	link_resolve()   symbols, extraction, COMDAT         resolve.c, symbols.c
 *	link_edges()     relocations -> edges                edges.c, eh_frame.c
 *	link_roots()     what the linker keeps in any case   roots.c, rules.c
 *
 * Sections of all objects that can be in an output have dense numbers
 * (link->sections); tables.section_of leads from an object's section header to
 * them.  Global symbols have numbers too; tables.symbols leads from an
 * object's symbol table to those.
 */
#ifndef DEPGRAPH_LINK_LINK_MODEL_H
#define DEPGRAPH_LINK_LINK_MODEL_H

#include "depgraph/link/link.h"

#define LINK_NONE UINT32_MAX

enum symbol_state {
	SYMBOL_UNDEFINED,
	SYMBOL_SHARED,   /* by a shared library */
	SYMBOL_COMMON,
	SYMBOL_WEAK,     /* defined weakly */
	SYMBOL_DEFINED,
};

struct link_symbol {
	const char *name;
	uint32_t hash;
	uint32_t section; /* that it is defined in; LINK_NONE: none, or absolute */
	uint32_t object;  /* that defines it, or the input of the shared library */
	uint32_t also;    /* other definitions: index into alternatives + 1 */
	uint32_t earlier, earlier_also; /* the weaker definitions that this one replaced, likewise */
	uint32_t lazy;    /* archive member that could define it */
	uint32_t label;   /* in the graph; 0: not made yet */
	uint32_t named;   /* __start_X, __stop_X: index into named + 1 */
	uint64_t value;
	uint8_t state;
	bool hidden;      /* some object says that it is not to be seen outside */
	bool wanted;      /* undefined somewhere, and not only weakly */
	bool library_refers, library_defines; /* some shared library */
};

struct link_alternative {
	uint32_t section, next;
	uint64_t value;
};

/* Names with numbers: open addressing, hashes made beforehand (by many threads), nothing copied. */
struct symbol_slot {
	uint32_t hash, number; /* + 1; 0: free */
};
struct symbol_table {
	struct link_symbol *items;
	uint32_t count, capacity;
	struct symbol_slot *slots;
	uint32_t slot_count; /* a power of two */
};
int symbol_table_reserve(struct symbol_table *t, uint64_t names);
/* The slot that a hash will be looked for in comes into the cache meanwhile. */
static inline void symbol_table_prefetch(const struct symbol_table *t, uint32_t hash)
{
	__builtin_prefetch(&t->slots[hash & (t->slot_count - 1)]);
}
uint32_t symbol_hash(const char *name, size_t n);
int symbol_intern(struct symbol_table *t, const char *name, size_t n, uint32_t hash, uint32_t *ret);
uint32_t symbol_find(const struct symbol_table *t, const char *name, size_t n);
void symbol_table_release(struct symbol_table *t);

/* A COMDAT group of an object, or an old .gnu.linkonce section. */
struct link_group {
	const char *signature;
	uint32_t header;  /* section header of the group, or of the linkonce section */
	uint32_t key;     /* number in priv->signatures */
	bool comdat;
	bool listed;      /* the map has rows of it */
	bool lost;        /* another object's copy is used */
};

struct link_tables {
	uint32_t *section_of;  /* by section header; LINK_NONE */
	uint32_t *symbols;     /* of global ones, from `locals` on */
	uint32_t *hashes;      /* the same, while resolving */
	uint32_t locals, symbol_count;
	struct link_group *groups;
	uint32_t group_count;
	uint32_t *group_of;    /* by section header: number + 1; NULL: no groups */
	uint32_t map_file;     /* LINKMAP_NONE */
	uint32_t input;        /* number of the input */
	struct content *content; /* what is to be opened */
	uint64_t off, size;
	bool owned;            /* the elf is ours */
	bool bitcode;
	const char *trouble;   /* cannot be read: why */
	uint32_t extracted_by, extracted_for; /* object and symbol; LINK_NONE: command line, or not known */
};

/* The output sections of one C identifier: __start_NAME is where they begin. */
struct link_named {
	const char *name;
	node_id node;
	uint32_t *sections;
	uint32_t count, capacity;
};

/* What an edge or root says that has no symbol. */
enum link_reason {
	REASON_NONE,
	REASON_GROUP,
	REASON_LINK_ORDER,
	REASON_UNWIND,
	REASON_PERSONALITY,
	REASON_OBJECT,
	REASON_NOT_LOADED,
	REASON_NAMED,
	REASONS
};

struct link_priv {
	struct link_options options;
	const struct link_rules *rules;
	struct link_tables *tables; /* an object each */
	struct symbol_table symbols, signatures;
	struct link_alternative *alternatives;
	uint32_t alternative_count, alternative_capacity;
	uint32_t *winners;          /* a signature each: object that has it */
	bool *winner_listed;
	struct link_named *named;
	uint32_t named_count, named_capacity;
	node_id output_node;
	node_id *library_nodes;     /* an input each */
	uint32_t unreadable;        /* inputs that the map names */
	uint32_t shadows;           /* sections that the map does not have */
	uint32_t labels[REASONS];   /* in the graph */
	struct arena arena;
};

int link_load(struct link *l, struct error *err);
int link_place(struct link *l);
int link_resolve(struct link *l);
int link_edges(struct link *l);
int link_roots(struct link *l);

/* "is kept without being known" has reasons: the first is told, with how many more there are. */
bool link_is_lost(const struct link *l, uint32_t object, uint32_t header);
void link_set_opaque(struct link *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool link_is_opaque(const struct link *l);

static inline const struct elf_file_section *link_header(const struct link *l, const struct link_section *s)
{
	return &l->objects[s->object].elf->sections[s->index];
}

/* ---- rules of the four linkers (rules.c) ----------------------------------------------------------------------- */

enum unwind_rule {
	UNWIND_WITH_FUNCTION, /* GNU ld: what an FDE and its CIE refer to lives with the function */
	UNWIND_CIE_ROOTS,     /* mold: FDE's with the function, all CIEs' are roots */
	UNWIND_ALL_DATA,      /* lld: first of the CIE, and of FDEs what is data in no group, are roots */
	UNWIND_IGNORED,       /* gold: language tables and personalities are roots by their names */
};

struct link_rules {
	enum unwind_rule unwind;
	bool groups;          /* members of a group live together */
	bool lost_copies;     /* local symbols of a COMDAT duplicate are followed */
	bool cident_roots;    /* sections named like C identifiers are roots */
	bool merged_stay;     /* strings and constants are taken apart before: never told as removed */
	bool pieces;          /* each string and constant lives or dies by itself */
	bool follows_notes;   /* notes that are not loaded are roots, and what they refer to lives */
	bool tosses_unloaded; /* debug sections of an object without live sections go too */
	bool keeps_imports;   /* in .dynsym, though nothing live names them */
	bool notes_in_groups; /* a note is a root even in a group */
};
const struct link_rules *link_rules_of(enum linkmap_dialect d);
/* Does it take part: loaded, or a note that the linker follows all the same? */
static inline bool link_takes_part(const struct link_rules *r, const struct elf_file_section *s)
{
	return s->flags & SHF_ALLOC || (r->follows_notes && s->type == SHT_NOTE);
}
/* Why the linker keeps the section whatever refers to it; NULL: it does not. */
const char *link_keeps(const struct link *l, const struct elf_file_section *s, bool in_group);
bool link_is_cident(const char *name);

/* ---- .eh_frame (eh_frame.c) -------------------------------------------------------------------------------------- */

struct eh_record {
	uint64_t off, size; /* with its length field */
	bool cie;
	uint64_t cie_off;   /* of an FDE: its CIE's */
};
/* One record after the other; a negative result of the callback ends it. -EBADMSG: malformed. */
int eh_frame_records(struct cursor c, int (*found)(void *ctx, const struct eh_record *r), void *ctx);

#endif
