/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/log/open.h"

#include "base/content.h"
#include "base/digest.h"
#include "base/path.h"
#include "reprocheck/compare/compare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define STRIPPED_MAX 4 /* components of an output's path */
#define HASH_MIN 32
#define HASH_MAX 128

/* Where a file of the log is in one of the places, or why it is nowhere. */
struct located {
	char *path;
	char problem[256];
};

static void located_release(struct located *l)
{
	free(l->path);
}

void log_opened_release(struct log_opened_list *l)
{
	size_t i;

	for (i = 0; i < l->count; i++) {
		comparison_free(l->items[i].comparison);
		free(l->items[i].path);
	}
	free(l->items);
	*l = (struct log_opened_list){ 0 };
}

/* ---- is it that file? ---------------------------------------------------------------------------------------- */

static bool is_hex(const char *hash)
{
	size_t n = strspn(hash, "0123456789abcdef");

	return hash[n] == '\0' && n >= HASH_MIN && n <= HASH_MAX;
}

/* true: the digest is the one that was logged, or of a function that we do not have. */
static bool has_digest(const struct content *c, const char *hash, const char *function)
{
	static const struct {
		enum digest_function fn;
		size_t size;
	} known[] = { { DIGEST_MD5, 16 }, { DIGEST_SHA1, 20 }, { DIGEST_SHA256, 32 } };
	const struct digest_piece piece = { content_data(c), content_size(c) };
	uint8_t digest[32];
	char hex[65];
	size_t i;

	if (*function && strncasecmp(function, "SHA", 3) != 0 && strcasecmp(function, "MD5") != 0)
		return true;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(hash) != 2 * known[i].size)
			continue;
		if (digest_of(known[i].fn, &piece, 1, digest) < 0)
			return false;
		hex_of(digest, known[i].size, hex);
		return strcmp(hex, hash) == 0;
	}
	return true;
}

/* 1: found; 0: not there, or another file. */
static int try_place(const char *dir, const char *rel, const struct log_file_detail *f, const char *function,
		     struct located *ret)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	AUTO_FD int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? -errno : content_open(fd, rel, &c, NULL);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		if (r != -ENOENT && r != -ENOTDIR)
			(void)snprintf(ret->problem, sizeof(ret->problem), "%s",
				       r == -EXDEV ? "its path leads out of the directory" : strerror(-r));
		return 0;
	}
	if (content_size(c) != f->size || (f->size && !has_digest(c, f->hash, function))) {
		(void)snprintf(ret->problem, sizeof(ret->problem), "what is there has another digest than the log says");
		return 0;
	}
	ret->path = path_join(dir, rel);
	return ret->path ? 1 : -ENOMEM;
}

static int find_in_cas(const char *dir, const struct log_file_detail *f, const char *function, struct located *ret)
{
	static const char *const below[] = { "", "cas/" };
	char rel[2 * HASH_MAX + 64];
	size_t i;
	int form, r = 0;

	if (!is_hex(f->hash)) {
		(void)snprintf(ret->problem, sizeof(ret->problem), "the log has no digest to look for");
		return 0;
	}
	for (i = 0; r == 0 && i < 2; i++) {
		for (form = 0; r == 0 && form < 4; form++) {
			int n = form & 1 ? snprintf(rel, sizeof(rel), "%s%.2s/%s", below[i], f->hash, f->hash) :
					   snprintf(rel, sizeof(rel), "%s%s", below[i], f->hash);

			if (form & 2)
				(void)snprintf(rel + n, sizeof(rel) - (size_t)n, "-%llu", (unsigned long long)f->size);
			r = try_place(dir, rel, f, function, ret);
		}
	}
	return r;
}

static int find_in_tree(const char *dir, const char *path, const struct log_file_detail *f, const char *function,
			struct located *ret)
{
	unsigned stripped;
	int r = 0;

	for (stripped = 0; r == 0 && *path && stripped < STRIPPED_MAX; stripped++) {
		const char *slash;

		r = *path == '/' ? 0 : try_place(dir, path, f, function, ret);
		slash = strchr(path, '/');
		if (!slash)
			break;
		path = slash + 1;
	}
	return r;
}

/* 1, 0 with a problem, or a negative errno. */
static int locate(const struct log_blobs *blobs, int side, const char *path, const struct log_file_detail *f,
		  struct located *ret)
{
	int r = 0;

	*ret = (struct located){ .problem = "not found" };
	if (blobs->outputs[side])
		r = find_in_tree(blobs->outputs[side], path, f, blobs->hash_function, ret);
	if (r == 0 && blobs->cas)
		r = find_in_cas(blobs->cas, f, blobs->hash_function, ret);
	return r;
}

/* ---- comparing ----------------------------------------------------------------------------------------------- */

static struct log_opened *add_item(struct log_opened_list *l)
{
	struct log_opened *items = reallocarray(l->items, l->count + 1, sizeof(*items));

	if (!items)
		return NULL;
	l->items = items;
	items[l->count] = (struct log_opened){ 0 };
	return &items[l->count++];
}

/* Reports say the output's path, not that of the blob it was found as. */
static int rename_spaces(struct comparison *c, const char *path)
{
	const char *blob = c->space_count ? c->spaces[0]->name : NULL;
	size_t i, n = blob ? strlen(blob) : 0;

	for (i = 0; n && i < c->space_count; i++) {
		const char *name = c->spaces[i]->name;

		if (!name || strncmp(name, blob, n) != 0)
			continue;
		name = arena_printf(&c->arena, "%s%s", path, name + n);
		if (!name)
			return -ENOMEM;
		c->spaces[i]->name = name;
	}
	return 0;
}

static int compare_located(const struct located place[2], const struct log_blobs *blobs, struct log_opened *item)
{
	static const char *const names[] = { "A", "B" };
	const struct compare_options o = { .jobs = blobs->jobs, .names = names };
	const char *const paths[] = { place[0].path, place[1].path };
	struct error err = { 0 };
	int r = compare_builds(paths, 2, &o, &item->comparison, &err);

	if (r >= 0)
		return rename_spaces(item->comparison, item->path);
	(void)error_text(&err, item->problem, sizeof(item->problem));
	return r == -ENOMEM ? r : 0;
}

static int open_pair(const char *path, const struct log_file_detail *a, const struct log_file_detail *b,
		     const struct log_blobs *blobs, struct log_opened_list *ret)
{
	CLEANUP(located_release) struct located first = { 0 };
	CLEANUP(located_release) struct located second = { 0 };
	struct log_opened *item = add_item(ret);
	int found_a, found_b;

	if (!item)
		return -ENOMEM;
	item->path = strdup(path);
	if (!item->path)
		return -ENOMEM;
	found_a = locate(blobs, 0, path, a, &first);
	found_b = found_a < 0 ? found_a : locate(blobs, 1, path, b, &second);
	if (found_b < 0)
		return found_b;
	if (found_a && found_b)
		return compare_located((struct located[]){ first, second }, blobs, item);
	(void)snprintf(item->problem, sizeof(item->problem), "%s: %s", found_a ? "B" : "A",
		       found_a ? second.problem : first.problem);
	return 0;
}

struct opening {
	const struct log_blobs *blobs;
	size_t max;
	struct log_opened_list *ret;
};

static int open_files(struct opening *o, const char *path, const struct log_file_detail *a,
		      const struct log_file_detail *b)
{
	if (o->ret->count >= o->max) {
		o->ret->left_out++;
		return 0;
	}
	return open_pair(path, a, b, o->blobs, o->ret);
}

static const struct log_file_detail *find_member(const struct log_file_detail *dir, const char *path, size_t near)
{
	size_t i;

	/* Listings are sorted, so the same place or close by is the usual case. */
	for (i = 0; i < dir->member_count; i++) {
		const struct log_file_detail *m = &dir->members[(near + i) % dir->member_count];

		if (strcmp(m->path, path) == 0)
			return m;
	}
	return NULL;
}

static int open_directory(struct opening *o, const struct log_file_pair *p)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < p->a->member_count; i++) {
		const struct log_file_detail *a = &p->a->members[i], *b = find_member(p->b, a->path, i);
		AUTO_FREE char *path = NULL;

		if (!b || strcmp(a->hash, b->hash) == 0)
			continue;
		path = path_join(p->path, a->path);
		r = path ? open_files(o, path, a, b) : -ENOMEM;
	}
	return r;
}

int log_open_outputs(const struct log_detail *d, const struct log_blobs *blobs, size_t max,
		     struct log_opened_list *ret, struct error *err)
{
	struct opening o = { blobs, max, ret };
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < d->output_count; i++) {
		const struct log_file_pair *p = &d->outputs[i];

		if (!p->a || !p->b || p->a->kind != p->b->kind)
			continue;
		if (p->a->kind == LOG_FILE)
			r = open_files(&o, p->path, p->a, p->b);
		else if (p->a->kind == LOG_DIRECTORY)
			r = open_directory(&o, p);
	}
	return r < 0 ? error_set(err, r, d->key, "its outputs cannot be compared") : 0;
}
