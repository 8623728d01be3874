/* SPDX-License-Identifier: Apache-2.0 */
/*
 * debug.c: what is in a linked file and never loaded.
 *
 * Sections without SHF_ALLOC are in no segment: that they can go is proved by that alone.  Three things can be done, and the
 * claims of the first two are the same bytes, so that they are counted once:
 *
 *	split     debug sections into a file of their own, which debuggers find by name, checksum and build-id
 *	compress  the same sections in place; measured, by compressing them as objcopy would: zlib's default level, zstd's
 *	          default level, each section with its header of compression, kept only where it is smaller.
 *	          Of more than MEASURED_MAX bytes every eighth MiB stands for its neighbours.
 *	strip     the symbol table, which only people and their tools read
 *
 * objcopy keeps the offset of a segment congruent to its address, so what stands before one frees whole multiples of its alignment
 * (2 MiB, often) and may free nothing: tools that add a segment to a finished file (patchelf, auditwheel) put it
 * behind the tables.  What does not count is told in a note.
 *
 * objcopy --strip-debug takes what bfd calls debugging sections: the names below (bfd/elf.c, _bfd_elf_make_section_from_shdr).
 */
#include "base/buffer.h"
#include "base/json.h"
#include "depgraph/libs/libs.h"

#include <errno.h>
#include <inttypes.h>
#include <libdeflate.h>
#include <string.h>
#include <zstd.h>

#define TEXT_MAX     (1u << 16)
#define MEASURED_MAX (UINT64_C(192) << 20)
#define PIECE        (UINT64_C(1) << 20)
#define EVERY        8
#define ZLIB_LEVEL   6

struct debug_section {
	uint32_t index;
	uint64_t zlib, zstd; /* bytes saved; of a section that is compressed already 0 */
};

struct debug_search {
	struct prune *p;
	const struct input *input;
	struct debug_section *sections;
	size_t count;
	uint64_t bytes, zlib, zstd;
	uint64_t segments_end; /* in the file: what is behind it can go */
	uint64_t align;        /* the largest of a segment */
	uint64_t budget;       /* of the sections before it: bytes that are freed and not claimed yet */
	uint64_t stays;        /* bytes of them that are not freed */
	bool sampled;
};

static bool is_debug(const struct elf_file_section *s)
{
	static const char *const prefixes[] = { ".debug", ".zdebug", ".gnu.debuglto_", ".gnu.linkonce.wi.", ".line", ".stab" };
	size_t i;

	if ((s->flags & SHF_ALLOC) || s->size_in_file == 0)
		return false;
	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(s->name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return strcmp(s->name, ".gdb_index") == 0;
}

static bool is_compressed(const struct elf_file_section *s)
{
	return (s->flags & SHF_COMPRESSED) || strncmp(s->name, ".zdebug", 7) == 0;
}

/* ---- measuring -------------------------------------------------------------------------------------------------- */

static int compressed_size(const uint8_t *p, size_t n, uint64_t *zlib, uint64_t *zstd)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(ZLIB_LEVEL);
	size_t bound = ZSTD_compressBound(n), other = c ? libdeflate_zlib_compress_bound(c, n) : 0, r;
	AUTO_FREE uint8_t *out = malloc(other > bound ? other : bound);

	if (!c || !out) {
		libdeflate_free_compressor(c);
		return -ENOMEM;
	}
	*zlib += libdeflate_zlib_compress(c, p, n, out, other);
	libdeflate_free_compressor(c);
	r = ZSTD_compress(out, bound, p, n, ZSTD_CLEVEL_DEFAULT);
	*zstd += ZSTD_isError(r) ? n : r;
	return 0;
}

static int sampled_size(const uint8_t *p, uint64_t n, uint64_t *zlib, uint64_t *zstd)
{
	uint64_t off, seen = 0, a = 0, b = 0;
	int r = 0;

	for (off = 0; off < n && r == 0; off += EVERY * PIECE) {
		uint64_t len = n - off < PIECE ? n - off : PIECE;

		r = compressed_size(p + off, len, &a, &b);
		seen += len;
	}
	*zlib += (uint64_t)((double)a * ((double)n / (double)seen));
	*zstd += (uint64_t)((double)b * ((double)n / (double)seen));
	return r;
}

static int measure(void *ctx, size_t i)
{
	struct debug_search *d = ctx;
	struct debug_section *s = &d->sections[i];
	const struct elf_file *f = d->input->elf;
	const struct elf_file_section *sec = &f->sections[s->index];
	uint64_t header = f->wide ? 24 : 12, zlib = header, zstd = header, n = sec->size_in_file;
	int r;

	if (is_compressed(sec) || sec->off < d->segments_end)
		return 0;
	if (d->sampled && n > PIECE)
		r = sampled_size(f->data + sec->off, n, &zlib, &zstd);
	else
		r = compressed_size(f->data + sec->off, n, &zlib, &zstd);
	s->zlib = zlib < n ? n - zlib : 0;
	s->zstd = zstd < n ? n - zstd : 0;
	return r;
}

static int measure_all(struct debug_search *d)
{
	size_t i;
	int r;

	d->sampled = d->bytes > MEASURED_MAX;
	r = pool_for(d->p->pool, d->count, measure, d);
	for (i = 0; i < d->count; i++) {
		d->zlib += d->sections[i].zlib;
		d->zstd += d->sections[i].zstd;
	}
	return r;
}

/* ---- suggestions -------------------------------------------------------------------------------------------------- */

static json_t *objcopy_action(const char *file, const char *mode, const char *format)
{
	json_t *j = json_object();

	if (!j || json_put(j, "do", json_text("objcopy")) < 0 || json_put(j, "file", json_text(file)) < 0 ||
	    json_put(j, "mode", json_text(mode)) < 0 || (format && json_put(j, "format", json_text(format)) < 0)) {
		json_decref(j);
		return NULL;
	}
	return j;
}

static void set_action(struct debug_search *d, struct suggestion *g, const char *mode, const char *format)
{
	g->action = objcopy_action(d->input->path, mode, format);
	if (!g->action)
		d->p->found.error = -ENOMEM;
	suggestion_set(&d->p->found, &g->file, "%s", d->input->path);
}

static struct suggestion *add(struct debug_search *d, const char *what)
{
	AUTO_FREE char *subject = NULL;

	if (asprintf(&subject, "%s: %s", d->input->path, what) < 0) {
		subject = NULL;
		d->p->found.error = -ENOMEM;
	}
	return suggestions_add(&d->p->found, SUGGEST_DEBUG_SECTIONS, EVIDENCE_PROVED, subject ? subject : what);
}

/* A section's bytes, and the entry that describes it in the section header table. */
static void claim_section(struct debug_search *d, struct suggestion *g, uint32_t index)
{
	const struct elf_file *f = d->input->elf;
	const struct elf_file_section *s = &f->sections[index];
	struct suggestions *l = &d->p->found;
	uint32_t space = suggestions_space(l, d->input->path);
	unsigned entry = f->wide ? 64 : 40;
	uint64_t freed = s->size_in_file;

	if (s->off < d->segments_end) {
		freed = freed < d->budget ? freed : d->budget;
		d->budget -= freed;
	}
	suggestion_claim(l, g, space, s->off, s->size_in_file, freed, 0);
	suggestion_claim(l, g, space, f->shoff + (uint64_t)index * entry, entry, entry, 0);
	suggestion_section(l, g, d->input->path, s->name, freed, 0);
}

/* Of sections that go together `before` bytes stand before a segment: what that frees, and whether all frees anything. */
static bool frees(struct debug_search *d, uint64_t before, uint64_t all)
{
	d->budget = before / d->align * d->align;
	d->stays += before - d->budget;
	return all > before || d->budget;
}

static void suggest_split(struct debug_search *d, const char *name)
{
	struct suggestions *l = &d->p->found;
	struct suggestion *g = add(d, "debug information");
	size_t i;

	for (i = 0; i < d->count; i++)
		claim_section(d, g, d->sections[i].index);
	suggestion_set(l, &g->because, "%zu debug sections of %" PRIu64 " bytes are in the file and in no segment: none is ever "
		       "loaded.", d->count, d->bytes);
	suggestion_set(l, &g->edit, "objcopy --only-keep-debug %s %s.debug\nobjcopy --strip-debug --add-gnu-debuglink=%s.debug %s",
		       name, name, name, name);
	suggestion_set(l, &g->verify, "! readelf -SW %s | grep -F ' .debug_' && readelf -p .gnu_debuglink %s", name, name);
	suggestion_set(l, &g->risk, "Debuggers and symbolisers need the .debug file: keep it where they look (the same directory, "
		       "or /usr/lib/debug by build-id).");
	set_action(d, g, "split-debug", NULL);
}

static void suggest_compress(struct debug_search *d, const char *name)
{
	struct suggestions *l = &d->p->found;
	const struct elf_file *f = d->input->elf;
	struct suggestion *g = add(d, "debug information, compressed");
	size_t i;

	for (i = 0; i < d->count; i++) {
		const struct elf_file_section *s = &f->sections[d->sections[i].index];

		if (!d->sections[i].zlib)
			continue;
		suggestion_claim(l, g, suggestions_space(l, d->input->path), s->off, s->size_in_file, d->sections[i].zlib, 0);
		suggestion_section(l, g, d->input->path, s->name, d->sections[i].zlib, 0);
	}
	suggestion_set(l, &g->because, "The debug sections are not compressed and not loaded. %s: zlib saves %" PRIu64
		       " bytes, zstd %" PRIu64 ".", d->sampled ? "Estimated from samples" : "Measured", d->zlib, d->zstd);
	suggestion_set(l, &g->edit, "objcopy --compress-debug-sections=zlib %s   (or compile and link with -gz; "
		       "--compress-debug-sections=zstd needs binutils 2.40, gdb 13, elfutils 0.189)", name);
	suggestion_set(l, &g->verify, "readelf -tW %s | grep -A3 -F ' .debug_info' | grep -F ZLIB", name);
	set_action(d, g, "compress-debug", "zlib");
}

static void suggest_strip(struct debug_search *d, const char *name)
{
	const struct elf_file *f = d->input->elf;
	struct suggestions *l = &d->p->found;
	struct suggestion *g = add(d, "symbol table");
	uint32_t i;

	for (i = 1; i < f->section_count; i++)
		if (i == f->symtab || i == f->sections[f->symtab].link ||
		    (f->sections[i].type == SHT_SYMTAB_SHNDX && f->sections[i].link == f->symtab))
			claim_section(d, g, i);
	suggestion_set(l, &g->because, "The symbol table of %" PRIu64 " entries is never loaded; dynamic linking has one of its own.",
		       elf_file_entries(f, f->symtab));
	suggestion_set(l, &g->edit, "objcopy --strip-all --keep-section='.debug_*' %s   (or link with -s, which takes debug sections "
		       "too)", name);
	suggestion_set(l, &g->verify, "! readelf -SW %s | grep -F ' .symtab '", name);
	suggestion_set(l, &g->risk, "Profilers and stack traces of the program itself lose the names of functions that are not "
		       "exported.");
	set_action(d, g, "strip", NULL);
}

/* ---- the search ------------------------------------------------------------------------------------------------------ */

static void look_at_segments(struct debug_search *d)
{
	const struct elf_file *f = d->input->elf;
	uint32_t i;

	d->align = 1;
	for (i = 0; i < f->segment_count; i++) {
		const struct elf_file_segment *s = &f->segments[i];

		if (s->type != PT_LOAD || s->off > f->size || s->filesz > f->size - s->off)
			continue;
		d->segments_end = s->off + s->filesz > d->segments_end ? s->off + s->filesz : d->segments_end;
		d->align = s->align > d->align ? s->align : d->align;
	}
}

static uint64_t bytes_before(const struct debug_search *d, uint32_t index)
{
	const struct elf_file_section *s = &d->input->elf->sections[index];

	return s->off < d->segments_end ? s->size_in_file : 0;
}

static int collect(struct debug_search *d)
{
	const struct elf_file *f = d->input->elf;
	uint32_t i;

	d->sections = calloc(f->section_count + 1, sizeof(*d->sections));
	if (!d->sections)
		return -ENOMEM;
	for (i = 1; i < f->section_count; i++) {
		if (!is_debug(&f->sections[i]))
			continue;
		d->sections[d->count++].index = i;
		d->bytes += f->sections[i].size_in_file;
	}
	look_at_segments(d);
	return 0;
}

static bool debug_frees(struct debug_search *d)
{
	uint64_t before = 0;
	size_t i;

	for (i = 0; i < d->count; i++)
		before += bytes_before(d, d->sections[i].index);
	return frees(d, before, d->bytes);
}

static bool symbols_free(struct debug_search *d)
{
	const struct elf_file *f = d->input->elf;
	uint32_t strings = f->sections[f->symtab].link;

	return frees(d, bytes_before(d, f->symtab) + bytes_before(d, strings),
		     f->sections[f->symtab].size_in_file + f->sections[strings].size_in_file);
}

/* A table that shares its strings with what is loaded, or that relocations kept by --emit-relocs refer to, stays. */
static bool can_strip(const struct elf_file *f)
{
	const struct elf_file_section *s = &f->sections[f->symtab];
	uint32_t i;

	if (!f->symtab || (s->flags & SHF_ALLOC) || s->link >= f->section_count || (f->sections[s->link].flags & SHF_ALLOC))
		return false;
	for (i = 1; i < f->section_count; i++)
		if ((f->sections[i].type == SHT_REL || f->sections[i].type == SHT_RELA) && f->sections[i].link == f->symtab &&
		    !(f->sections[i].flags & SHF_ALLOC))
			return false;
	return true;
}

static int search_file(struct prune *p, const struct input *input)
{
	struct debug_search d = { .p = p, .input = input };
	struct buffer name = BUFFER_INIT(TEXT_MAX);
	int r = collect(&d);

	(void)buffer_shell_word(&name, input->path);
	if (r == 0 && d.count && debug_frees(&d)) {
		r = measure_all(&d);
		suggest_split(&d, buffer_str(&name));
		if (d.zlib)
			suggest_compress(&d, buffer_str(&name));
	}
	if (r == 0 && can_strip(input->elf) && symbols_free(&d))
		suggest_strip(&d, buffer_str(&name));
	if (r == 0 && d.stays)
		prune_note(p, "%s: %" PRIu64 " bytes of debug sections and symbol tables stand before a segment, which stays at a multiple "
			   "of its alignment: the file would not shrink by them", input->path, d.stays);
	buffer_release(&name);
	free(d.sections);
	return r;
}

/* Every linked file that the user gave. */
int debug_suggest(struct prune *p, struct error *err)
{
	size_t i;
	int r = 0;

	(void)err;
	for (i = 0; i < p->in->count && r >= 0; i++) {
		const struct input *input = &p->in->items[i];

		if (input->given && input->elf && (input->kind == INPUT_PROGRAM || input->kind == INPUT_SHARED))
			r = search_file(p, input);
	}
	return r;
}
