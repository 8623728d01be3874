/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_buildid.c: what the rest of a file makes its build-id.
 *
 * The linkers hash the file with the id's place zeroed, each in its own way,
 * found in their sources and checked against their output:
 *
 * GNU ld     MD5 or SHA-1 (bfd elf checksum_contents): the ELF header with
 *            e_phoff and e_shoff 0; the program headers; then each section's
 *            header with sh_offset 0, followed by its content, but for NOBITS
 *            and for the symbol and string tables that are written only later.
 *            The whole note section is still zero at that time.
 * gold       MD5 or SHA-1 of the file; from 40 MiB on SHA-1 of the MD5s of
 *            2 MiB pieces (--build-id=tree, the default).
 * lld        a hash of the hashes of 1 MiB pieces: XXH64 ("fast", 8 bytes),
 *            MD5, SHA-1; since version 15 BLAKE3 takes the place of the last
 *            two, since 17 XXH3 that of the first.
 * mold       SHA-256 of the SHA-256 of 4 MiB pieces, cut to 16, 20 or 32 bytes;
 *            BLAKE3 is tried for newer ones.
 *
 * Nothing says for certain which linker made a file, so the ways are tried, the
 * likely first, until one gives the id that is there.  A file that was changed
 * after linking (stripped) follows from none of them.
 */
#include "analyzers/elf_hash.h"
#include "analyzers/elf_image.h"
#include "base/cleanup.h"
#include "base/digest.h"

#define ID_MAX       32
#define PIECE_MIB(n) ((uint64_t)(n) << 20)
#define WHOLE        0
#define DIGEST_MAX   32

enum id_hash { ID_MD5, ID_SHA1, ID_SHA256, ID_XXH64, ID_XXH3, ID_BLAKE3 };

struct way {
	unsigned id_size;
	enum id_hash leaf, root;
	uint64_t piece;     /* WHOLE: one, hashed once */
	bool gnu;           /* not the file but what GNU ld hashes of it */
	const char *linker; /* as it signs the file; NULL: it does not */
};

static const struct way ways[] = {
	{ 20, ID_SHA1, ID_SHA1, WHOLE, true, NULL },
	{ 16, ID_MD5, ID_MD5, WHOLE, true, NULL },
	{ 8, ID_XXH64, ID_XXH64, PIECE_MIB(1), false, "LLD" },
	{ 8, ID_XXH3, ID_XXH3, PIECE_MIB(1), false, "LLD" },
	{ 20, ID_BLAKE3, ID_BLAKE3, PIECE_MIB(1), false, "LLD" },
	{ 16, ID_BLAKE3, ID_BLAKE3, PIECE_MIB(1), false, "LLD" },
	{ 20, ID_SHA1, ID_SHA1, PIECE_MIB(1), false, "LLD" },
	{ 16, ID_MD5, ID_MD5, PIECE_MIB(1), false, "LLD" },
	{ 32, ID_SHA256, ID_SHA256, PIECE_MIB(4), false, "mold" },
	{ 20, ID_SHA256, ID_SHA256, PIECE_MIB(4), false, "mold" },
	{ 16, ID_SHA256, ID_SHA256, PIECE_MIB(4), false, "mold" },
	{ 32, ID_BLAKE3, ID_BLAKE3, PIECE_MIB(4), false, "mold" },
	{ 20, ID_BLAKE3, ID_BLAKE3, PIECE_MIB(4), false, "mold" },
	{ 16, ID_BLAKE3, ID_BLAKE3, PIECE_MIB(4), false, "mold" },
	{ 20, ID_SHA1, ID_SHA1, WHOLE, false, "gold" },
	{ 16, ID_MD5, ID_MD5, WHOLE, false, "gold" },
	{ 20, ID_MD5, ID_SHA1, PIECE_MIB(2), false, "gold" },
};

/* Bytes of a hash, as the way keeps them: BLAKE3 and SHA-256 are cut to the id. */
static unsigned hash_size(const struct way *way, enum id_hash hash)
{
	switch (hash) {
	case ID_MD5: return 16;
	case ID_SHA1: return 20;
	case ID_SHA256: return 32;
	case ID_XXH64:
	case ID_XXH3: return 8;
	default: return way->id_size;
	}
}

static bool hash_of(enum id_hash hash, const struct digest_piece *pieces, size_t count, uint8_t *out)
{
	static const enum digest_function functions[] = { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256 };
	const uint8_t *p = pieces[0].data;

	switch (hash) {
	case ID_MD5:
	case ID_SHA1:
	case ID_SHA256: return digest_of(functions[hash], pieces, count, out) == 0;
	case ID_XXH64: store_uint(out, xxh64_of(p, pieces[0].size), 8, false); return count == 1;
	case ID_XXH3: store_uint(out, xxh3_of(p, pieces[0].size), 8, false); return count == 1;
	default: blake3_of(p, pieces[0].size, out); return count == 1;
	}
}

static bool is_signed_by(const struct elf *e, const char *linker)
{
	uint32_t i;
	const uint8_t *data;
	uint64_t size;

	for (i = 1; i < e->section_count; i++) {
		const char *name = e->sections[i].name;

		if (strcmp(name, ".note.gnu.gold-version") == 0 && strcmp(linker, "gold") == 0)
			return true;
		if (strcmp(name, ".comment") == 0 && elf_section_bytes(e, &e->sections[i], &data, &size))
			return memmem(data, size, linker, strlen(linker)) != NULL;
	}
	return false;
}

/* The pieces that GNU ld hashes. Those of changed headers point into `copies`. */
struct gnu_pieces {
	struct digest_piece *list;
	size_t count;
	uint8_t *copies, *zeros;
};

static void gnu_pieces_release(struct gnu_pieces *g)
{
	free(g->list);
	free(g->copies);
	free(g->zeros);
}

static void add_piece(struct gnu_pieces *g, const void *data, uint64_t size)
{
	g->list[g->count++] = (struct digest_piece){ data, size };
}

/* Written after the id is made: not hashed. Those of the dynamic linker are content as any other. */
static bool written_late(const struct elf_section *s)
{
	return (s->type == SHT_SYMTAB || s->type == SHT_STRTAB) && !(s->flags & SHF_ALLOC);
}

static bool gnu_section(struct gnu_pieces *g, const struct elf *e, const struct elf_section *s, uint64_t id)
{
	const uint8_t *data;
	uint64_t size;

	if (!s->size || s->type == SHT_NULL || s->type == SHT_NOBITS || written_late(s))
		return true;
	if (!elf_section_bytes(e, s, &data, &size) || size != s->size)
		return false;
	if (id >= s->off && id - s->off < s->size) {
		free(g->zeros);
		g->zeros = calloc(1, size);
		data = g->zeros;
	}
	if (data)
		add_piece(g, data, size);
	return data != NULL;
}

static bool gnu_headers(struct gnu_pieces *g, const struct elf *e, uint64_t header_size)
{
	unsigned w = elf_word(e);
	uint64_t table = (uint64_t)e->section_count * e->shentsize;

	g->copies = malloc(header_size + table);
	g->list = calloc(2 + 2 * (size_t)e->section_count, sizeof(*g->list));
	if (!g->copies || !g->list)
		return false;
	memcpy(g->copies, e->image->data, header_size);
	memset(g->copies + 24 + w, 0, 2 * w);
	memcpy(g->copies + header_size, e->image->data + e->shoff, table);
	add_piece(g, g->copies, header_size);
	add_piece(g, e->image->data + e->phoff, (uint64_t)e->segment_count * e->phentsize);
	return true;
}

static bool gnu_id(const struct elf *e, const struct way *way, uint64_t id, uint8_t *out)
{
	CLEANUP(gnu_pieces_release) struct gnu_pieces g = { 0 };
	uint64_t header_size = e->wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
	unsigned w = elf_word(e);
	uint32_t i;

	if (!e->section_count || !e->segment_count || !gnu_headers(&g, e, header_size))
		return false;
	for (i = 0; i < e->section_count; i++) {
		uint8_t *header = g.copies + header_size + (uint64_t)i * e->shentsize;

		memset(header + 8 + 2 * w, 0, w);
		add_piece(&g, header, e->shentsize);
		if (!gnu_section(&g, e, &e->sections[i], id))
			return false;
	}
	return hash_of(way->leaf, g.list, g.count, out);
}

/* [from, to) of the file, with the id's bytes zero: three pieces, or one where it does not hold them. */
static size_t cut_piece(const struct elf *e, uint64_t from, uint64_t to, uint64_t id, uint64_t id_size,
			struct digest_piece pieces[3])
{
	static const uint8_t zeros[ID_MAX];
	uint64_t begin = id < from ? from : id > to ? to : id;
	uint64_t end = id + id_size < from ? from : id + id_size > to ? to : id + id_size;
	const uint8_t *data = e->image->data;

	pieces[0] = (struct digest_piece){ data + from, (begin < end ? begin : to) - from };
	pieces[1] = (struct digest_piece){ zeros, end - begin };
	pieces[2] = (struct digest_piece){ data + end, to - end };
	return begin < end ? 3 : 1;
}

/* The hashes that take one buffer get the pieces joined in `joined`. */
static size_t join_pieces(struct digest_piece pieces[3], size_t count, uint8_t *joined)
{
	size_t i, at = 0;

	for (i = 0; i < count; i++) {
		memcpy(joined + at, pieces[i].data, pieces[i].size);
		at += pieces[i].size;
	}
	pieces[0] = (struct digest_piece){ joined, at };
	return 1;
}

static bool file_id(const struct elf *e, const struct way *way, uint64_t id, uint8_t *out)
{
	uint64_t size = e->image->size, piece = way->piece == WHOLE ? size : way->piece;
	uint64_t count = (size + piece - 1) / piece, i, step = hash_size(way, way->leaf);
	AUTO_FREE uint8_t *leaves = malloc(count * step + DIGEST_MAX);
	AUTO_FREE uint8_t *joined = malloc(way->leaf >= ID_XXH64 ? piece : 1);
	struct digest_piece pieces[3];

	for (i = 0; leaves && joined && i < count; i++) {
		uint64_t from = i * piece, to = size - from < piece ? size : from + piece;
		size_t n = cut_piece(e, from, to, id, way->id_size, pieces);

		if (way->leaf >= ID_XXH64 && n > 1)
			n = join_pieces(pieces, n, joined);
		if (!hash_of(way->leaf, pieces, n, leaves + i * step))
			return false;
	}
	if (!leaves || !joined)
		return false;
	if (way->piece == WHOLE)
		memcpy(out, leaves, step);
	else
		return hash_of(way->root, &(struct digest_piece){ leaves, count * step }, 1, out);
	return true;
}

static bool try_way(const struct elf *e, const struct way *way, uint64_t id, uint8_t *out)
{
	uint8_t digest[DIGEST_MAX];

	if (!(way->gnu ? gnu_id(e, way, id, digest) : file_id(e, way, id, digest)) ||
	    memcmp(digest, e->image->data + id, way->id_size) != 0)
		return false;
	memcpy(out, digest, way->id_size);
	return true;
}

bool elf_recompute_build_id(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct elf *e = elf_of(l);
	uint64_t id = l->base - e->image->base + p->off;
	bool signatures;
	size_t i;
	int pass;

	if (p->meaning != MEANS_ID || l->content != e->image->content ||
	    !range_inside(id, p->len, e->image->size))
		return false;
	/* First the ways of a linker that signs the file, then the others. */
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
			if (ways[i].id_size != p->len)
				continue;
			signatures = ways[i].linker && is_signed_by(e, ways[i].linker);
			if (signatures == (pass == 0) && try_way(e, &ways[i], id, out))
				return true;
		}
	return false;
}
