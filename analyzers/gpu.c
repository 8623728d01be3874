/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu.c: where GPU code is: sections, members of archives, bare files.
 *
 * A section of an ELF file is searched once: where two overlap, which only a
 * malformed file has, the second is searched from the end of the first.  So work and
 * memory are bounded by the file and not by what its section table claims.
 * Tables of the linker (symbols, strings, relocations) are not searched.
 */
#include "analyzers/ar_members.h"
#include "analyzers/fatbin_entry.h"
#include "analyzers/gpu_private.h"
#include "analyzers/hip_bundle.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>

#define EM_CUDA_MACHINE 190
#define EM_AMDGPU_MACHINE 224
#define ARENA_MAX ((size_t)4 << 30)
#define SECTIONS_MAX (UINT32_C(1) << 26)

const char *gpu_kind_name(enum gpu_kind k)
{
	static const char *const names[] = { "ptx", "cubin", "lto-ir", "hip", "hip-host", "other" };

	return names[k];
}

const char *gpu_codec_name(enum gpu_codec c)
{
	static const char *const names[] = { "raw", "lz4", "zstd", "zlib", "opaque" };

	return names[c];
}

void gpu_free(struct gpu_code *g)
{
	uint32_t i;

	if (!g)
		return;
	for (i = 0; i < g->other_count; i++)
		content_unref(g->others[i]);
	content_unref(g->content);
	free(g->others);
	free(g->sections);
	free(g->containers);
	free(g->entries);
	arena_release(&g->arena);
	free(g);
}

/* ---- sections ------------------------------------------------------------------------------------------------ */

static int add_found(void *ctx, enum gpu_format format, uint64_t off, uint64_t len)
{
	struct gpu_reader *r = ctx;

	return gpu_add_container(r, format, r->from + off, len);
}

/* A section to which containers are added; close_section() takes it back when there were none. */
static int open_section(struct gpu_reader *r, const char *member, const char *name, uint32_t index, uint64_t off,
			uint64_t bytes)
{
	struct gpu_code *g = r->g;
	struct gpu_section *s;

	if (g->section_count == r->section_capacity) {
		uint32_t to = r->section_capacity ? r->section_capacity * 2 : 8;
		void *p = to > SECTIONS_MAX ? NULL : reallocarray(g->sections, to, sizeof(*g->sections));

		if (!p)
			return -ENOMEM;
		g->sections = p;
		r->section_capacity = to;
	}
	s = &g->sections[g->section_count++];
	*s = (struct gpu_section){ .name = name,
				   .member = member,
				   .index = index,
				   .off = off,
				   .bytes = bytes,
				   .residue = bytes,
				   .first = g->container_count,
				   .content = r->content };
	return 0;
}

static int close_section(struct gpu_reader *r, bool keep)
{
	struct gpu_section *s = &r->g->sections[r->g->section_count - 1];
	struct arena *names = &r->g->arena;

	if (!s->count && !keep) {
		r->g->section_count--;
		return 0;
	}
	/* Names were the reader's own until it is known that they are wanted. */
	s->name = s->member ? arena_printf(names, "%s:%s", s->member, s->name) : arena_printf(names, "%s", s->name);
	if (s->member)
		s->member = arena_printf(names, "%s", s->member);
	return s->name ? 0 : -ENOMEM;
}

/* Searches [from, off + bytes) of a section. */
static int search(struct gpu_reader *r, const char *member, const char *name, uint32_t index, uint64_t off,
		  uint64_t bytes, uint64_t from, bool keep)
{
	int n = open_section(r, member, name, index, off, bytes);

	if (n < 0)
		return n;
	r->from = from;
	n = gpu_scan(content_data(r->content) + from, off + bytes - from, GPU_FORMATS_ALL, add_found, r);
	return n < 0 ? n : close_section(r, keep);
}

static bool promises_code(const char *name)
{
	return strcmp(name, ".nv_fatbin") == 0 || strcmp(name, "__nv_relfatbin") == 0 || strcmp(name, ".hip_fatbin") == 0;
}

static bool is_linkers_table(uint32_t type)
{
	switch (type) {
	case SHT_SYMTAB:
	case SHT_STRTAB:
	case SHT_RELA:
	case SHT_HASH:
	case SHT_DYNAMIC:
	case SHT_REL:
	case SHT_RELR:
	case SHT_DYNSYM:
	case SHT_GROUP:
	case SHT_SYMTAB_SHNDX:
	case SHT_GNU_HASH:
	case SHT_GNU_versym:
	case SHT_GNU_verdef:
	case SHT_GNU_verneed:
		return true;
	default:
		return false;
	}
}

/* A stretch of the file to search: a section, or a segment of a file without sections. */
struct stretch {
	uint64_t off, size;
	uint32_t index;
	const char *name;
};

static int by_offset(const void *a, const void *b)
{
	const struct stretch *x = a, *y = b;

	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static struct stretch *collect(const struct elf_file *f, uint32_t *ret_count)
{
	struct stretch *all = reallocarray(NULL, (size_t)f->section_count + f->segment_count + 1, sizeof(*all));
	uint32_t i, n = 0;

	for (i = 1; all && i < f->section_count; i++) {
		const struct elf_file_section *s = &f->sections[i];

		if (s->size_in_file && !is_linkers_table(s->type) && !(s->flags & SHF_COMPRESSED))
			all[n++] = (struct stretch){ s->off, s->size_in_file, i, s->name };
	}
	for (i = 0; all && f->section_count <= 1 && i < f->segment_count; i++) {
		const struct elf_file_segment *s = &f->segments[i];

		if (s->type == PT_LOAD && s->filesz && range_inside(s->off, s->filesz, f->size))
			all[n++] = (struct stretch){ s->off, s->filesz, i, "LOAD" };
	}
	if (all && n)
		qsort(all, n, sizeof(*all), by_offset);
	*ret_count = n;
	return all;
}

static int read_sections(struct gpu_reader *r, const struct elf_file *f, const char *member)
{
	uint32_t i, count;
	AUTO_FREE struct stretch *all = collect(f, &count);
	uint64_t done = 0;
	int n = 0;

	if (!all)
		return -ENOMEM;
	for (i = 0; n >= 0 && i < count; i++) {
		uint64_t end = all[i].off + all[i].size, from = all[i].off > done ? all[i].off : done;

		if (end <= done)
			continue;
		n = search(r, member, all[i].name, all[i].index, f->base + all[i].off, all[i].size, f->base + from,
			   promises_code(all[i].name));
		done = end;
	}
	return n;
}

static bool is_device_code(const struct elf_file *f)
{
	return f->machine == EM_CUDA_MACHINE || f->machine == EM_AMDGPU_MACHINE;
}

static int read_elf(struct gpu_reader *r, uint64_t off, uint64_t size, const char *member)
{
	CLEANUP(elf_file_freep) struct elf_file *f = NULL;
	int n = elf_file_open(r->content, off, size, &f, r->err);

	if (n < 0)
		return n;
	if (!is_device_code(f))
		return read_sections(r, f, member);
	n = open_section(r, member, "", 0, off, size);
	if (n >= 0)
		n = gpu_add_object(r, f);
	return n < 0 ? n : close_section(r, true);
}

/* ---- archives ------------------------------------------------------------------------------------------------ */

/* What a member of a thin archive names, from the archive's directory. */
static int open_member(struct gpu_reader *r, const char *name, struct content **ret)
{
	const char *archive = content_name(r->g->content), *base = path_base(archive);
	AUTO_FREE char *dir = strndup(archive, (size_t)(base - archive)), *path = NULL;
	struct content **p;
	int n;

	if (!dir || asprintf(&path, "%s%s", *name == '/' ? "" : dir, name) < 0)
		return -ENOMEM;
	if (r->g->other_count == r->other_capacity) {
		r->other_capacity = r->other_capacity ? r->other_capacity * 2 : 16;
		p = reallocarray(r->g->others, r->other_capacity, sizeof(struct content *));
		if (!p)
			return -ENOMEM;
		r->g->others = p;
	}
	n = content_open(AT_FDCWD, path, ret, r->err);
	if (n >= 0)
		r->g->others[r->g->other_count++] = *ret;
	return n;
}

static int read_member(struct gpu_reader *r, const struct ar_members *m, const struct ar_member *member)
{
	struct content *archive = r->content, *file;
	uint64_t off = member->off, size = member->size;
	int n = 0;

	if (m->thin) {
		n = open_member(r, member->name, &file);
		if (n < 0)
			return n;
		r->content = file;
		off = 0;
		size = content_size(file);
	}
	if (elf_file_probe(content_data(r->content) + off, size))
		n = read_elf(r, off, size, member->name);
	r->content = archive;
	return n;
}

static int read_archive(struct gpu_reader *r)
{
	struct content *c = r->content;
	struct ar_members m;
	struct ar_member member;
	int n = ar_members_begin(&m, content_data(c), content_size(c), content_name(c), r->err);

	while (n >= 0 && (n = ar_members_next(&m, &member, r->err)) > 0)
		n = read_member(r, &m, &member);
	return n;
}

/* ---- the file ------------------------------------------------------------------------------------------------ */

static bool is_container(const uint8_t *data, uint64_t size)
{
	struct hip_ccob h;
	uint64_t end;

	return fatbin_container_header(data, size, &end) || hip_bundle_probe(data, size) || hip_ccob_read(data, size, &h);
}

static int read_bare(struct gpu_reader *r)
{
	uint64_t size = content_size(r->content);
	int n = search(r, NULL, "", 0, 0, size, 0, true);

	if (n >= 0 && !r->g->container_count)
		return error_set_at(r->err, -EBADMSG, content_name(r->content), 0,
				    "begins as a container of GPU code, but what follows is malformed or cut");
	return n;
}

static int read_content(struct gpu_reader *r)
{
	const uint8_t *data = content_data(r->content);
	uint64_t size = content_size(r->content);

	if (elf_file_probe(data, size))
		return read_elf(r, 0, size, NULL);
	if (ar_members_probe(data, size))
		return read_archive(r);
	if (is_container(data, size))
		return read_bare(r);
	return error_set(r->err, -EBADMSG, content_name(r->content),
			 "neither an ELF file, an archive nor a container of GPU code");
}

int gpu_read(struct content *c, struct gpu_code **ret, struct error *err)
{
	CLEANUP(gpu_freep) struct gpu_code *g = calloc(1, sizeof(*g));
	struct gpu_reader r = { .g = g, .content = c, .err = err };
	int n;

	if (!g)
		return error_set(err, -ENOMEM, content_name(c), "out of memory");
	g->arena = (struct arena)ARENA_INIT(ARENA_MAX);
	g->content = content_ref(c);
	n = read_content(&r);
	if (n < 0)
		return error_set(err, n, content_name(c), "GPU code cannot be read");
	*ret = steal_pointer(g);
	return 0;
}

/* ---- payloads ------------------------------------------------------------------------------------------------ */

static int decode_inner(const struct gpu_container *c, const struct gpu_entry *e, struct content *file,
			struct budget *budget, struct content **ret, struct error *err)
{
	CLEANUP(content_unrefp) struct content *bundle = NULL;
	const uint8_t *data = content_data(file) + c->off;
	struct hip_ccob h;
	int r;

	if (!hip_ccob_read(data, c->bytes, &h))
		return -EBADMSG;
	r = hip_ccob_decode(&h, data + h.header, c->bytes - h.header, budget, &bundle, err);
	if (r < 0)
		return r;
	if (!range_inside(e->inner, e->raw_bytes, content_size(bundle)))
		return error_set(err, -EBADMSG, NULL, "the bundle decodes to fewer bytes than it claims");
	return content_slice(bundle, e->inner, e->raw_bytes, e->target, ret);
}

static int decode_entry(const struct gpu_entry *e, struct content *file, struct budget *budget, struct content **ret,
			struct error *err)
{
	CLEANUP(content_unrefp) struct content *plain = NULL;
	const uint8_t *data = content_data(file);
	struct fatbin_entry f;
	int r;

	if (!fatbin_entry_read(data + e->off, e->bytes, &f))
		return -EBADMSG;
	r = fatbin_entry_decode(&f, data + e->payload, e->payload_size, budget, &plain, err);
	if (r < 0)
		return r;
	if (content_size(plain) != e->raw_bytes)
		return error_set(err, -EBADMSG, NULL, "decodes to %llu bytes, its header says %llu",
				 (unsigned long long)content_size(plain), (unsigned long long)e->raw_bytes);
	*ret = steal_pointer(plain);
	return 0;
}

int gpu_decode(const struct gpu_code *g, const struct gpu_entry *e, struct budget *budget, struct content **ret,
	       struct error *err)
{
	const struct gpu_container *c = &g->containers[e->container];
	struct content *file = g->sections[c->section].content;
	struct error why = { 0 }; /* of a decoder, which does not know where it is */
	int r;

	if (e->codec == GPU_OPAQUE)
		return error_set_at(err, -EOPNOTSUPP, content_name(file), e->off, "%s is stored in a way that nobody has described",
				    e->target);
	if (c->compressed)
		r = decode_inner(c, e, file, budget, ret, &why);
	else if (e->codec == GPU_RAW)
		r = content_slice(file, e->payload, e->payload_size, e->target, ret);
	else
		r = decode_entry(e, file, budget, ret, &why);
	return r < 0 ? error_set_at(err, r, content_name(file), c->compressed ? c->off : e->off, "entry %s: %s", e->target,
				    why.message[0] ? why.message : "cannot be decoded") :
		       0;
}
