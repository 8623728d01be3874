/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wheels in place: a wheel is a zip (PEP 427) whose members lie as they would below site-packages.  Each becomes an import root "x.whl",
 * its members files "x.whl/a/b.py".  A member's size is its share of the wheel's own size, by uncompressed sizes, so that the
 * tree's total stays that of its files.
 *
 * Sources and metadata are held in memory, up to a limit for all wheels together; shared objects are not.
 */
#include "depgraph/python/tree_private.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#define HELD_MAX    ((uint64_t)4 << 30)
#define MEMBERS_MAX 500000
#define BLOCK       65536

struct wheels {
	struct python_tree *t;
	uint64_t held;
};

static void archive_close(struct archive *a)
{
	(void)archive_read_free(a);
}
DEFINE_CLEANUP(struct archive *, archive_close)

static bool ends_with(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n > m && !strcmp(s + n - m, suffix);
}

static bool is_read(const char *name)
{
	return ends_with(name, ".py") || strstr(name, ".dist-info/");
}

/* A name that stays below the wheel: no "..", nothing absolute. */
static bool is_tame(const char *name)
{
	char joined[PATH_MAX];

	return *name && *name != '/' && python_join("", name, joined, sizeof(joined)) && !strcmp(joined, name);
}

static int hold(struct wheels *w, struct archive *a, struct python_file *f, uint64_t size)
{
	AUTO_FREE char *data = NULL;
	la_ssize_t n;

	if (size > SCANNER_SOURCE_MAX || w->held + size > HELD_MAX)
		return 0;
	data = malloc(size + 1);
	if (!data)
		return -ENOMEM;
	n = archive_read_data(a, data, size);
	if (n != (la_ssize_t)size)
		return -EBADMSG;
	w->held += size;
	return content_copy(data, size, f->path, &f->content);
}

static int add_member(struct wheels *w, struct archive *a, struct archive_entry *e, uint32_t wheel)
{
	struct python_tree *t = w->t;
	const char *name = archive_entry_pathname(e);
	int64_t size = archive_entry_size(e);
	char path[PATH_MAX];
	uint32_t i;

	if (archive_entry_filetype(e) != AE_IFREG || !name || size < 0 || !is_tame(name))
		return 0;
	if (snprintf(path, sizeof(path), "%s/%s", t->files[wheel].path, name) >= (int)sizeof(path))
		return 0;
	if (python_find_file(t, path) != PYTHON_NONE)
		return 0;
	i = python_add_file(t, path, (uint64_t)size);
	if (i == PYTHON_NONE)
		return -ENOMEM;
	t->files[i].wheel = wheel;
	return is_read(name) ? hold(w, a, &t->files[i], (uint64_t)size) : 0;
}

/* Members [first, file_count) share what the wheel has; what is left by rounding goes to the first. */
static void share(struct python_tree *t, uint32_t wheel, uint32_t first)
{
	uint64_t whole = t->files[wheel].size, total = 0, given = 0;
	uint32_t i;

	for (i = first; i < t->file_count; i++)
		total += t->files[i].size;
	for (i = first; i < t->file_count; i++) {
		struct python_file *f = &t->files[i];

		f->size = total ? (uint64_t)((unsigned __int128)f->size * whole / total) : 0;
		given += f->size;
	}
	if (first < t->file_count) {
		t->files[first].size += whole - given;
		t->files[wheel].size = 0;
	}
}

static int read_wheel(struct wheels *w, uint32_t wheel)
{
	struct python_tree *t = w->t;
	CLEANUP(content_unrefp) struct content *c = NULL;
	CLEANUP(archive_closep) struct archive *a = archive_read_new();
	struct archive_entry *e;
	uint32_t first = t->file_count;
	int r = python_open_file(t, &t->files[wheel], &c), q = ARCHIVE_OK;

	if (r < 0 || !a)
		return r < 0 ? r : -ENOMEM;
	(void)archive_read_support_format_zip_seekable(a);
	q = archive_read_open_memory(a, (void *)(uintptr_t)content_data(c), content_size(c));
	while (r >= 0 && q == ARCHIVE_OK && t->file_count - first < MEMBERS_MAX) {
		q = archive_read_next_header(a, &e);
		if (q == ARCHIVE_OK || q == ARCHIVE_WARN) {
			r = add_member(w, a, e, wheel);
			q = ARCHIVE_OK;
		}
	}
	if (r == -EBADMSG || (q != ARCHIVE_EOF && r >= 0)) {
		python_note(t, "%s: damaged: %s", t->files[wheel].path,
			    archive_error_string(a) ? archive_error_string(a) : "a member is cut");
		r = 0;
	}
	share(t, wheel, first);
	return r;
}

int python_read_wheels(struct python_tree *t, struct error *err)
{
	struct wheels w = { .t = t };
	uint32_t i, count = t->file_count;
	int r = 0;

	for (i = 0; r >= 0 && i < count; i++) {
		if (!ends_with(t->files[i].path, ".whl"))
			continue;
		t->files[i].role = PYTHON_WHEEL;
		t->wheelhouse = true;
		r = read_wheel(&w, i);
	}
	return r < 0 ? error_set(err, r, t->path, "a wheel cannot be read") : 0;
}
