/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof of last resort, for causes that no fix was proved for: in a copy of
 * B's file the bytes of the primary findings are replaced by A's.  When what is
 * left differs in derived bytes only (which are recomputed, never guessed), the
 * candidates explain the whole difference: no other cause hides behind them.
 *
 * Only for files whose sizes are equal and whose places are all known.
 */
#include "reprocheck/run/study_private.h"

#include "base/content.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define SIZE_LIMIT ((uint64_t)256 << 20)
#define FILES_MAX  64

static bool places_are_known(const struct finding *f)
{
	size_t i;

	for (i = 0; i < f->places_kept; i++)
		if (f->places[i].a_len != f->places[i].b_len || f->places[i].a_off != f->places[i].b_off)
			return false;
	return f->place_count == f->places_kept;
}

/* At the top level, and with something to prove. */
static bool can_be_patched(const struct comparison *c, size_t i)
{
	const struct space *s = c->spaces[i];
	bool wanted = false;
	size_t k;

	if (s->depth || s->status != SPACE_DIFFERS || s->totals.a_size != s->totals.b_size ||
	    s->totals.a_size > SIZE_LIMIT || (i + 1 < c->space_count && c->spaces[i + 1]->depth))
		return false;
	for (k = 0; k < s->finding_count; k++) {
		const struct finding *f = &s->findings[k];

		if (f->class == CLASS_UNEXPLAINED || (f->class == CLASS_PRIMARY && !places_are_known(f)))
			return false;
		wanted = wanted || (f->class == CLASS_PRIMARY && (!f->proof || f->proof->status != PROOF_PROVED));
	}
	return wanted;
}

static int open_output(const struct outcome *o, const char *name, struct content **ret)
{
	AUTO_FREE char *path = path_join(o->path, name);

	return path ? content_open(AT_FDCWD, path, ret, NULL) : -ENOMEM;
}

/* B's bytes with A's at the primaries' places, in memory. */
static int patched_copy(const struct space *s, const struct content *a, const struct content *b, int *ret_fd,
			uint64_t *ret_bytes)
{
	AUTO_FD int fd = memfd_create("patched", MFD_CLOEXEC);
	uint64_t size = content_size(b), bytes = 0;
	size_t i, k;

	if (fd < 0 || size != s->totals.b_size || content_size(a) != size ||
	    write(fd, content_data(b), size) != (ssize_t)size)
		return -EIO;
	for (k = 0; k < s->finding_count; k++) {
		const struct finding *f = &s->findings[k];

		for (i = 0; f->class == CLASS_PRIMARY && i < f->places_kept; i++) {
			const struct place *p = &f->places[i];

			if (p->a_off > size || p->a_len > size - p->a_off ||
			    pwrite(fd, content_data(a) + p->a_off, p->a_len, (off_t)p->a_off) != (ssize_t)p->a_len)
				return -EIO;
		}
		bytes += f->class == CLASS_PRIMARY ? f->bytes : 0;
	}
	*ret_bytes = bytes;
	*ret_fd = steal_fd(&fd);
	return 0;
}

static void attach(struct study *s, struct space *space, uint64_t bytes, uint64_t left)
{
	struct proof *proof = arena_alloc(&s->arena, sizeof(*proof));
	size_t k;

	if (!proof)
		return;
	*proof = (struct proof){ .status = PROOF_PATCHED, .before = bytes };
	proof->fix = study_printf(s, "the control's bytes put in their place");
	proof->detail = left ? study_printf(s, "%llu derived bytes follow; nothing else differs",
					    (unsigned long long)left)
			     : "the files are equal then";
	for (k = 0; k < space->finding_count; k++) {
		struct finding *f = &space->findings[k];

		if (f->class == CLASS_PRIMARY && (!f->proof || f->proof->status != PROOF_PROVED))
			f->proof = f->proof && f->proof->status != PROOF_NONE ? f->proof : proof;
	}
}

static int patch_file(struct study *s, const struct outcome *shown, struct space *space)
{
	CLEANUP(content_unrefp) struct content *a = NULL;
	CLEANUP(content_unrefp) struct content *b = NULL;
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	struct compare_options o = { .no_source = true };
	AUTO_FREE char *path_a = path_join(s->control->path, space->name);
	AUTO_FD int fd = -1;
	char path_b[40];
	const char *const paths[] = { path_a, path_b };
	uint64_t bytes;

	if (!path_a || open_output(s->control, space->name, &a) < 0 || open_output(shown, space->name, &b) < 0 ||
	    patched_copy(space, a, b, &fd, &bytes) < 0)
		return 0;
	(void)snprintf(path_b, sizeof(path_b), "/proc/self/fd/%d", fd);
	if (compare_builds(paths, 2, &o, &c, NULL) < 0 || c->trouble)
		return 0;
	if (!c->totals.by_class[CLASS_PRIMARY] && !c->totals.by_class[CLASS_UNEXPLAINED])
		attach(s, space, bytes, c->totals.by_class[CLASS_DERIVED]);
	return 0;
}

int study_patch(struct study *s, struct comparison *c, const struct outcome *shown)
{
	size_t i, files = 0;
	int r = 0;

	for (i = 0; r >= 0 && i < c->space_count && files < FILES_MAX; i++)
		if (can_be_patched(c, i)) {
			files++;
			r = patch_file(s, shown, c->spaces[i]);
		}
	return r;
}
