/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compress.c: what compressing raw code would save, by doing it.
 *
 * nvcc leaves cubins as they are unless told otherwise (--compress-mode=size).  The driver reads
 * zstd entries since that of CUDA 12.4; a file that has such entries already
 * asks for nothing new.
 */
#include "depgraph/gpu/suggest_private.h"

#include "base/json.h"
#include "base/terminal.h"

#include <errno.h>
#include <zstd.h>

#define MEASURED_MAX (UINT64_C(192) << 20)
#define WORTH_MIN 256

DEFINE_CLEANUP(ZSTD_CCtx *, ZSTD_freeCCtx)

struct measuring {
	const struct gpu_search *s;
	uint32_t *entries; /* raw ones */
	uint64_t *saved;   /* of each */
	size_t count, every;
};

static bool is_compressible(const struct gpu_code *c, const struct gpu_entry *e)
{
	return e->codec == GPU_RAW && (e->kind == GPU_CUBIN || e->kind == GPU_PTX) && e->payload_size >= WORTH_MIN &&
	       c->containers[e->container].header; /* a bare cubin has no entry header that could say it */
}

static int measure_one(void *ctx, size_t i)
{
	struct measuring *m = ctx;
	const struct gpu_code *c = m->s->code;
	size_t at = i * m->every;
	const struct gpu_entry *e = &c->entries[m->entries[at]];
	const uint8_t *data = content_data(c->sections[c->containers[e->container].section].content) + e->payload;
	CLEANUP(ZSTD_freeCCtxp) ZSTD_CCtx *z = ZSTD_createCCtx();
	size_t room = ZSTD_compressBound(e->payload_size), n;
	AUTO_FREE uint8_t *out = malloc(room);

	if (!z || !out)
		return -ENOMEM;
	n = ZSTD_compressCCtx(z, out, room, data, e->payload_size, ZSTD_CLEVEL_DEFAULT);
	if (ZSTD_isError(n))
		return -EINVAL;
	n = (n + 7) & ~(size_t)7;
	m->saved[at] = n < e->payload_size ? e->payload_size - n : 0;
	return 0;
}

/* Those between two measured ones save what the measured ones did in proportion. */
static void extrapolate(struct measuring *m)
{
	const struct gpu_entry *entries = m->s->code->entries;
	uint64_t bytes = 0, saved = 0;
	size_t i;

	for (i = 0; i < m->count; i += m->every) {
		bytes += entries[m->entries[i]].payload_size;
		saved += m->saved[i];
	}
	for (i = 0; bytes && i < m->count; i++)
		if (i % m->every)
			m->saved[i] = (uint64_t)((unsigned __int128)entries[m->entries[i]].payload_size * saved / bytes);
}

static int measure(struct measuring *m)
{
	size_t i, tasks = (m->count + m->every - 1) / m->every;
	int r = 0;

	if (m->s->p->pool)
		r = pool_for(m->s->p->pool, tasks, measure_one, m);
	for (i = 0; r >= 0 && !m->s->p->pool && i < tasks; i++)
		r = measure_one(m, i);
	if (r >= 0)
		extrapolate(m);
	return r;
}

static json_t *action_compress(const struct gpu_search *s)
{
	json_t *j = json_object();
	int error = json_put(j, "do", json_string("gpu"));

	error = json_put(j, "file", json_text(s->input->path)) || error;
	error = json_put(j, "compress", json_true()) || error;
	error = json_put(j, "mode", json_string("punch")) || error;
	if (error) {
		json_decref(j);
		s->p->found.error = -ENOMEM;
		return NULL;
	}
	return j;
}

static bool has_zstd(const struct gpu_code *c)
{
	uint32_t i;

	for (i = 0; i < c->entry_count; i++)
		if (c->entries[i].codec == GPU_ZSTD && !c->containers[c->entries[i].container].hip)
			return true;
	return false;
}

static void tell(struct gpu_search *s, const struct measuring *m, uint64_t bytes)
{
	struct suggestions *l = &s->p->found;
	struct suggestion *g = suggestions_add(l, SUGGEST_GPU_COMPRESS, EVIDENCE_OBSERVED, s->input->path);
	char size[32], share[96] = "";
	size_t i;

	if (m->every > 1)
		snprintf(share, sizeof(share), ", every %zuth of them standing for its neighbours", m->every);
	suggestion_set(l, &g->because, "%zu entries, %s, are stored uncompressed; measured by compressing them with zstd's "
				       "default level%s",
		       m->count, format_size(bytes, size), share);
	suggestion_set(l, &g->edit, "when you build it: nvcc --compress-mode=size (CMake: add it to CMAKE_CUDA_FLAGS)\n"
				    "without a rebuild: depgraph apply PLAN -o DIR makes a copy with compressed entries");
	suggestion_set(l, &g->verify, "depgraph gpu --check COPY");
	if (has_zstd(s->code))
		suggestion_set(l, &g->risk, "code is decompressed when it is loaded (other entries of the file are zstd already)");
	else
		suggestion_set(l, &g->risk, "needs a driver that reads zstd, that of CUDA 12.4 or later; code is decompressed when it "
					    "is loaded");
	for (i = 0; i < m->count; i++)
		if (m->saved[i])
			gpu_search_claim(s, g, m->entries[i], m->saved[i]);
	suggestion_set(l, &g->file, "%s", s->input->path);
	if (!g->action)
		g->action = action_compress(s);
}

int gpu_suggest_compress(struct gpu_search *s, struct error *err)
{
	const struct gpu_code *c = s->code;
	AUTO_FREE uint32_t *entries = reallocarray(NULL, (size_t)c->entry_count + 1, sizeof(*entries));
	AUTO_FREE uint64_t *saved = calloc((size_t)c->entry_count + 1, sizeof(*saved));
	struct measuring m = { .s = s, .entries = entries, .saved = saved };
	uint64_t bytes = 0, sum = 0;
	uint32_t i;
	int r;

	if (!entries || !saved)
		return error_set(err, -ENOMEM, s->input->path, "out of memory");
	for (i = 0; i < c->entry_count; i++) {
		if (!is_compressible(c, &c->entries[i]))
			continue;
		entries[m.count++] = i;
		bytes += c->entries[i].payload_size;
	}
	m.every = 1 + (size_t)(bytes / MEASURED_MAX);
	r = measure(&m);
	if (r < 0)
		return error_set(err, r, s->input->path, "GPU code cannot be compressed to measure it");
	for (i = 0; i < m.count; i++)
		sum += saved[i];
	if (sum)
		tell(s, &m, bytes);
	return 0;
}
