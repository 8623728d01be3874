/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu_verify.c: is the copy what the original was, but for what was meant to go?
 *
 * The copy is read as any file is, from its own headers.  Three comparisons:
 *
 *   containers   the n-th of the copy against the n-th of the original: the entries that stay, in their order, are the same
 *                bytes; one that was recompressed decodes to the same bytes
 *   the rest     in place: every byte outside of containers is equal.  Shrunk: what each
 *                segment of the original maps is mapped at the same address with the same rights, and equal, but for words
 *                that lead to a container's start: they lead to the same container.  What is not
 *                loaded (symbol table, debug sections) is compared section by section in the same way
 *   the file     segments ascend, do not overlap, lie in the file and agree with sections; the program headers are loaded
 */
#include "depgraph/apply/gpu_edit.h"

#include "analyzers/elf_file.h"
#include "analyzers/fatbin_entry.h"
#include "base/bytes.h"
#include "base/sorted.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX ((uint64_t)1 << 24) /* that may have been rewritten */

struct moved {
	uint64_t from, to; /* addresses of a container's start */
	uint64_t from_len, to_len;
};

struct check {
	const struct gpu_edit *e;
	struct content *copy;
	struct gpu_code *gpu; /* of a shrunk copy: its containers as anybody finds them; in place they are where they were */
	struct elf_file *elf;
	struct moved *moved; /* ascending by `from`; only of sections that slid */
	size_t moved_count;
	struct budget budget;
	int fd; /* of the copy, -1: none */
	struct gpu_edit_checks t;
	struct error *err;
};

static void check_release(struct check *c)
{
	gpu_free(c->gpu);
	elf_file_free(c->elf);
	free(c->moved);
}

static int wrong(const struct check *c, uint64_t off, const char *what)
{
	return error_set_at(c->err, -EBADMSG, content_name(c->copy), off, "the copy is wrong: %s", what);
}

static const uint8_t *old_at(const struct check *c, uint64_t off)
{
	return content_data(c->e->content) + off;
}

static const uint8_t *new_at(const struct check *c, uint64_t off)
{
	return content_data(c->copy) + off;
}

/* ---- containers ---------------------------------------------------------------------------------------------- */

static int decode_copy(struct check *c, uint64_t off, const struct fatbin_entry *e, struct content **ret)
{
	return fatbin_entry_decode(e, new_at(c, off + e->header), fatbin_entry_used(new_at(c, off), e), &c->budget, ret, c->err);
}

/* A recompressed entry: the header but for sizes and codec, and the payload decoded. */
static int same_decoded(struct check *c, const struct gpu_entry *a, uint64_t off, const struct fatbin_entry *b)
{
	CLEANUP(content_unrefp) struct content *plain = NULL;
	struct fatbin_entry e;
	int r;

	if (!fatbin_entry_read(old_at(c, a->off), a->bytes, &e) || e.kind != b->kind || e.header != b->header ||
	    e.arch != b->arch || e.minor != b->minor || e.major != b->major || b->flags != (e.flags | FATBIN_ZSTD) ||
	    b->plain != e.payload ||
	    memcmp(old_at(c, a->off + FATBIN_ENTRY_HEADER), new_at(c, off + FATBIN_ENTRY_HEADER),
		   e.header - FATBIN_ENTRY_HEADER) != 0)
		return wrong(c, off, "the header of a recompressed entry");
	r = decode_copy(c, off, b, &plain);
	if (r < 0)
		return r;
	c->t.decoded++;
	if (content_size(plain) != e.payload || memcmp(content_data(plain), old_at(c, a->off + e.header), e.payload) != 0)
		return wrong(c, off, "a recompressed entry decodes to something else");
	return 0;
}

static int same_entry(struct check *c, const struct gpu_entry *a, uint64_t off, const struct fatbin_entry *b)
{
	c->t.entries++;
	if (a->bytes == b->header + b->payload && memcmp(old_at(c, a->off), new_at(c, off), a->bytes) == 0)
		return 0;
	if (a->codec == GPU_RAW && b->flags & FATBIN_ZSTD && b->compressed)
		return same_decoded(c, a, off, b);
	return wrong(c, off, "an entry that stays has changed");
}

/* The copy's container at `off`, which may take `limit` bytes: the entries that stay, and no others. */
static int same_fatbin(struct check *c, const struct gpu_container *a, uint64_t off, uint64_t limit, uint64_t *ret_len)
{
	uint64_t pos = FATBIN_CONTAINER_HEADER, end;
	struct fatbin_entry e;
	uint32_t i;
	int r = 0;

	if (!range_inside(off, limit, content_size(c->copy)) || !fatbin_container_header(new_at(c, off), limit, &end) ||
	    end > limit)
		return wrong(c, off, "a container is gone, or reaches beyond its place");
	for (i = a->first; r == 0 && i < a->first + a->count; i++) {
		if (!c->e->keep[i])
			continue;
		if (pos >= end || !fatbin_entry_read(new_at(c, off + pos), end - pos, &e))
			return wrong(c, off + pos, "an entry is missing");
		r = same_entry(c, &c->e->gpu->entries[i], off + pos, &e);
		pos += e.header + e.payload;
	}
	*ret_len = end;
	return r == 0 && pos != end ? wrong(c, off + pos, "an entry is there that was to go") : r;
}

static int same_container(struct check *c, uint32_t index, uint64_t off, uint64_t limit, uint64_t *ret_len)
{
	const struct gpu_container *a = &c->e->gpu->containers[index];

	if (packing_is_fatbin(&c->e->packing, index))
		return same_fatbin(c, a, off, limit, ret_len);
	if (limit < a->bytes || !range_inside(off, a->bytes, content_size(c->copy)) ||
	    memcmp(old_at(c, a->off), new_at(c, off), a->bytes) != 0)
		return wrong(c, off, "code that is no fat binary has changed");
	c->t.entries += a->count;
	*ret_len = a->bytes;
	return 0;
}

/* Where the containers of a section that slid were, and are, in memory. */
static void add_moved(struct check *c, const struct gpu_container *a, const struct gpu_container *b)
{
	const struct gpu_section *sa = &c->e->gpu->sections[a->section], *sb = &c->gpu->sections[b->section];

	if (!c->elf || !c->e->packing.slides[a->section])
		return;
	c->moved[c->moved_count++] = (struct moved){
		.from = a->off - sa->off + c->e->elf->sections[sa->index].addr,
		.to = b->off - sb->off + c->elf->sections[sb->index].addr,
		.from_len = a->bytes,
		.to_len = b->bytes,
	};
}

static int same_containers(struct check *c)
{
	const struct gpu_code *a = c->e->gpu, *b = c->gpu;
	uint64_t len;
	uint32_t i;
	int r = 0;

	c->moved = calloc((size_t)a->container_count + 1, sizeof(*c->moved));
	if (!c->moved)
		return error_set(c->err, -ENOMEM, content_name(c->copy), "out of memory");
	if (a->container_count != b->container_count || a->section_count != b->section_count)
		return wrong(c, 0, "other containers of GPU code are found in it");
	for (i = 0; r == 0 && i < a->container_count; i++) {
		const struct gpu_container *x = &a->containers[i], *y = &b->containers[i];

		if (x->section != y->section || a->sections[x->section].index != b->sections[y->section].index)
			return wrong(c, y->off, "a container is in another section");
		r = same_container(c, i, y->off, y->bytes, &len);
		add_moved(c, x, y);
	}
	c->t.containers = a->container_count;
	return r;
}

/* ---- bytes outside of containers ----------------------------------------------------------------------------- */

static const struct moved *moved_from(const struct check *c, uint64_t address)
{
	size_t n = sorted_until(c->moved, c->moved_count, from, address);

	return n && c->moved[n - 1].from == address ? &c->moved[n - 1] : NULL;
}

/* One differing word of 8, or of 4 relative to an instruction's end near it. */
static bool explained(const struct check *c, uint64_t old, uint64_t new)
{
	const struct moved *m = moved_from(c, old);
	size_t i;

	if (m && m->to == new)
		return true;
	for (i = 0; i < c->moved_count; i++) /* a symbol's size */
		if (c->moved[i].from_len == old && c->moved[i].to_len == new)
			return true;
	return false;
}

/* Code refers by a distance of 32 bits from the end of its instruction: 0, 1, 2 or 4 bytes behind the word. */
static bool explained_code(const struct check *c, uint64_t address, uint32_t old, uint32_t new)
{
	static const unsigned behind[] = { 4, 5, 6, 8 };
	size_t i;

	for (i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
		uint64_t base = address + behind[i];
		const struct moved *m = moved_from(c, base + (uint64_t)(int64_t)(int32_t)old);

		if (m && m->to == base + (uint64_t)(int64_t)(int32_t)new)
			return true;
	}
	return false;
}

/*
 * Differences between what was and is at `address` (0 of what is not loaded).  A differing byte is part of a word
 * that begins at most 7 before it; words that are rewritten stand at multiples of 4.
 */
static int same_bytes(struct check *c, const uint8_t *a, const uint8_t *b, uint64_t n, uint64_t address, uint64_t off)
{
	uint64_t pos = 0, word;

	if (memcmp(a, b, n) == 0) {
		c->t.bytes += n;
		return 0;
	}
	while ((pos = find_difference(a, b, pos, n)) < n) {
		unsigned back;
		bool found = false;

		for (back = 0; !found && back < 8 && back <= pos; back++) {
			word = pos - back;
			if (word + 8 <= n && explained(c, load_le64(a + word), load_le64(b + word))) {
				found = true;
				pos = word + 8;
			} else if (back < 4 && word + 4 <= n && address &&
				   explained_code(c, address + word, load_le32(a + word), load_le32(b + word))) {
				found = true;
				pos = word + 4;
			}
		}
		if (!found)
			return wrong(c, off + pos, "bytes outside of GPU code have changed");
		if (++c->t.rewritten > WORDS_MAX)
			return wrong(c, off + pos, "too much was rewritten");
	}
	c->t.bytes += n;
	return 0;
}

/*
 * Nothing but zeros: what the file system says is a hole is not read, since reading half a gigabyte of
 * holes costs as much as copying it.
 */
static bool is_zero(const struct check *c, uint64_t from, uint64_t to)
{
	const uint8_t *p;
	uint64_t n;
	off_t data, hole;

	while (from < to) {
		data = c->fd < 0 ? (off_t)from : lseek(c->fd, (off_t)from, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			return true;
		if (data < 0)
			data = (off_t)from;
		if ((uint64_t)data >= to)
			return true;
		hole = c->fd < 0 ? -1 : lseek(c->fd, data, SEEK_HOLE);
		n = (hole < 0 || (uint64_t)hole > to ? to : (uint64_t)hole) - (uint64_t)data;
		p = new_at(c, (uint64_t)data);
		if (*p || (n > 1 && memcmp(p, p + 1, n - 1) != 0))
			return false;
		from = (uint64_t)data + n;
	}
	return true;
}

static int same_outside(struct check *c, uint64_t from, uint64_t to)
{
	if (memcmp(old_at(c, from), new_at(c, from), to - from) != 0)
		return wrong(c, from + find_difference(old_at(c, from), new_at(c, from), 0, to - from),
			     "bytes outside of GPU code have changed");
	c->t.bytes += to - from;
	return 0;
}

/* A bare container that was shrunk ends where its entries do. */
static int same_in_place(struct check *c)
{
	const struct gpu_code *g = c->e->gpu;
	uint64_t pos = 0, len = 0, size = content_size(c->copy), old_size = content_size(c->e->content), limit;
	uint32_t i;
	int r = 0;

	if (size != old_size && (!c->e->shrink || g->container_count != 1 || size > old_size))
		return wrong(c, size, "its size has changed");
	for (i = 0; r == 0 && i < g->container_count; i++) {
		const struct gpu_container *x = &g->containers[i];

		if (x->off > size)
			return wrong(c, size, "it is cut");
		limit = x->bytes < size - x->off ? x->bytes : size - x->off;
		r = same_outside(c, pos, x->off);
		if (r == 0)
			r = same_container(c, i, x->off, limit, &len);
		if (r == 0 && !is_zero(c, x->off + len, x->off + limit))
			return wrong(c, x->off + len, "what is behind a container is not zero");
		pos = x->off + limit;
	}
	c->t.containers = g->container_count;
	return r == 0 ? same_outside(c, pos, size) : r;
}

/* ---- as the loader sees it ----------------------------------------------------------------------------------- */

static const struct elf_file_segment *load_at(const struct elf_file *elf, uint64_t address)
{
	uint32_t i;

	for (i = 0; i < elf->segment_count; i++) {
		const struct elf_file_segment *s = &elf->segments[i];

		if (s->type == PT_LOAD && address >= s->vaddr && address - s->vaddr < s->filesz)
			return s;
	}
	return NULL;
}

/* [address, address + len) of the original, which lies in its segment s, is the same in the copy. */
static int same_memory(struct check *c, const struct elf_file_segment *s, uint64_t address, uint64_t len)
{
	const struct elf_file_segment *n;
	uint64_t part, off;
	int r = 0;

	for (; r == 0 && len; address += part, len -= part) {
		n = load_at(c->elf, address);
		if (!n || n->flags != s->flags)
			return wrong(c, address, "an address is mapped no more, or with other rights");
		part = n->vaddr + n->filesz - address;
		part = part < len ? part : len;
		off = address - n->vaddr + n->off;
		r = same_bytes(c, c->e->elf->data + (address - s->vaddr + s->off), c->elf->data + off, part, address, off);
	}
	return r;
}

/* Bytes of a file that the new layout rewrites: the header, and both tables. They are checked by meaning. */
static bool next_exempt(const struct check *c, uint64_t off, uint64_t *ret_off, uint64_t *ret_len)
{
	const struct elf_file *o = c->e->elf;
	const struct gpu_code *g = c->e->gpu;
	const struct image_range fixed[] = {
		{ 0, 64 }, { o->phoff, c->elf->phoff == o->phoff ? (uint64_t)c->elf->segment_count * 56 : 0 }
	};
	uint64_t best = UINT64_MAX, len = 0;
	uint32_t i;

	for (i = 0; i < 2; i++)
		if (fixed[i].len && fixed[i].at + fixed[i].len > off && fixed[i].at < best) {
			best = fixed[i].at;
			len = fixed[i].len;
		}
	for (i = 0; i < g->section_count; i++)
		if (g->sections[i].off + g->sections[i].bytes > off && g->sections[i].off < best) {
			best = g->sections[i].off;
			len = g->sections[i].bytes;
		}
	*ret_off = best;
	*ret_len = len;
	return best != UINT64_MAX;
}

static int same_segment(struct check *c, const struct elf_file_segment *s)
{
	uint64_t pos = s->off, end = s->off + s->filesz, skip, len;
	int r = 0;

	while (r == 0 && pos < end) {
		if (!next_exempt(c, pos, &skip, &len) || skip >= end)
			skip = end;
		if (skip > pos)
			r = same_memory(c, s, s->vaddr + (pos - s->off), skip - pos);
		pos = skip == end ? end : skip + len;
	}
	return r;
}

static int same_segments(struct check *c)
{
	const struct elf_file *o = c->e->elf;
	uint32_t i;
	int r = 0;

	for (i = 0; r == 0 && i < o->segment_count; i++)
		if (o->segments[i].type == PT_LOAD && range_inside(o->segments[i].off, o->segments[i].filesz, o->size))
			r = same_segment(c, &o->segments[i]);
	return r;
}

/* The GPU sections that could not slide: their bytes between containers, at their addresses. */
static int same_fixed_section(struct check *c, uint32_t index)
{
	const struct gpu_section *a = &c->e->gpu->sections[index], *b = &c->gpu->sections[index];
	uint64_t pos = 0;
	uint32_t i;
	int r = 0;

	if (a->bytes != b->bytes || c->e->elf->sections[a->index].addr != c->elf->sections[b->index].addr)
		return wrong(c, b->off, "a section that stays has changed");
	for (i = 0; r == 0 && i <= a->count; i++) {
		const struct gpu_container *x = &c->e->gpu->containers[a->first + i];
		uint64_t to = i < a->count ? x->off - a->off : a->bytes;

		if (i < a->count && x->off - a->off != c->gpu->containers[b->first + i].off - b->off)
			return wrong(c, b->off, "a container has moved in a section that stays");
		if (to > pos)
			r = same_bytes(c, old_at(c, a->off + pos), new_at(c, b->off + pos), to - pos, 0, b->off + pos);
		pos = i < a->count ? to + x->bytes : to;
	}
	return r;
}

/* ---- the file ------------------------------------------------------------------------------------------------ */

static int check_segments(struct check *c)
{
	const struct elf_file_segment *before = NULL;
	const struct elf_file *f = c->elf;
	bool headers = false;
	uint32_t i;

	for (i = 0; i < f->segment_count; i++) {
		const struct elf_file_segment *s = &f->segments[i];

		if (!range_inside(s->off, s->filesz, f->size))
			return wrong(c, f->phoff, "a segment lies outside of the file");
		if (s->type != PT_LOAD)
			continue;
		if (before && s->vaddr < before->vaddr + before->memsz)
			return wrong(c, f->phoff, "segments overlap or are out of order");
		if (s->align > 1 && (s->vaddr - s->off) % s->align)
			return wrong(c, f->phoff, "a segment's offset and address do not agree");
		headers |= s->off <= f->phoff && f->phoff + (uint64_t)f->segment_count * 56 <= s->off + s->filesz;
		before = s;
	}
	return headers ? 0 : wrong(c, f->phoff, "the program headers are not loaded");
}

static bool slid(const struct check *c, uint32_t elf_section)
{
	uint32_t i;

	for (i = 0; i < c->e->gpu->section_count; i++)
		if (c->e->packing.slides[i] && c->e->gpu->sections[i].index == elf_section)
			return true;
	return false;
}

static int check_section(struct check *c, uint32_t i)
{
	const struct elf_file_section *a = &c->e->elf->sections[i], *b = &c->elf->sections[i];
	const struct elf_file_segment *s;

	if (a->type != b->type || a->flags != b->flags || a->addr != b->addr || a->link != b->link || a->info != b->info ||
	    a->align != b->align || a->entsize != b->entsize || strcmp(a->name, b->name) != 0 ||
	    (a->size != b->size && !slid(c, i)) || (a->size_in_file == a->size && b->size_in_file != b->size))
		return wrong(c, b->off, "a section's header has changed");
	if (!b->size_in_file)
		return 0;
	if (!(b->flags & SHF_ALLOC))
		return same_bytes(c, c->e->elf->data + a->off, c->elf->data + b->off, b->size, 0, b->off);
	s = load_at(c->elf, b->addr);
	if (!s || b->addr - s->vaddr + s->off != b->off || b->addr + b->size > s->vaddr + s->filesz)
		return wrong(c, b->off, "a section is not where its segment maps it");
	return 0;
}

static int check_sections(struct check *c)
{
	uint32_t i;
	int r = 0;

	if (c->elf->section_count != c->e->elf->section_count || c->elf->cut > c->e->elf->cut ||
	    c->elf->type != c->e->elf->type || c->elf->entry != c->e->elf->entry || c->elf->machine != c->e->elf->machine)
		return wrong(c, 0, "the file's header has changed");
	for (i = 1; r == 0 && i < c->elf->section_count; i++)
		r = check_section(c, i);
	for (i = 0; r == 0 && i < c->e->gpu->section_count; i++)
		if (!c->e->packing.slides[i])
			r = same_fixed_section(c, i);
	return r;
}

static int verify_shrunk(struct check *c)
{
	int r = gpu_read(c->copy, &c->gpu, c->err);

	if (r == 0)
		r = elf_file_open(c->copy, 0, content_size(c->copy), &c->elf, c->err);
	if (r == 0)
		r = same_containers(c);
	if (r == 0)
		r = check_segments(c);
	if (r == 0)
		r = check_sections(c);
	return r == 0 ? same_segments(c) : r;
}

int gpu_edit_verify(const struct gpu_edit *e, struct content *copy, int fd, struct gpu_edit_checks *ret, struct error *err)
{
	CLEANUP(check_release) struct check c = { .e = e, .copy = copy, .fd = fd, .err = err,
						  .budget = { .total_max = BUDGET_TOTAL, .ratio_max = BUDGET_RATIO } };
	int r = e->shrink && e->elf ? verify_shrunk(&c) : same_in_place(&c);

	if (r == 0)
		*ret = c.t;
	return r;
}
