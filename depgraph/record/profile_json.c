/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles as files: docs/profile.md.  Names are bytes: one that is not UTF-8 has them in `path_hex`, and
 * `path` is only for people.
 */
#include "depgraph/record/profile.h"

#include "base/content.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* ---- reading --------------------------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hex_read(const char *hex, uint8_t *out, size_t max, size_t *ret_len)
{
	size_t i, n = strlen(hex);

	if (n % 2 || n / 2 > max)
		return -EBADMSG;
	for (i = 0; i < n; i += 2) {
		int high = hex_digit(hex[i]), low = hex_digit(hex[i + 1]);

		if (high < 0 || low < 0)
			return -EBADMSG;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	*ret_len = n / 2;
	return 0;
}

static int read_count(const json_t *j, const char *key, uint64_t *ret)
{
	const json_t *v = json_object_get(j, key);

	*ret = 0;
	if (!v)
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return -EBADMSG;
	*ret = (uint64_t)json_integer_value(v);
	return 0;
}

/* `room` holds a path that is given in hex. */
static int read_path(const json_t *j, char room[PATH_MAX], const char **ret)
{
	const char *hex = json_string_value(json_object_get(j, "path_hex"));
	const char *path = json_string_value(json_object_get(j, "path"));
	size_t len;

	if (hex) {
		if (hex_read(hex, (uint8_t *)room, PATH_MAX - 1, &len) < 0 || memchr(room, '\0', len))
			return -EBADMSG;
		room[len] = '\0';
		path = room;
	}
	if (!path || *path != '/')
		return -EBADMSG;
	*ret = path;
	return 0;
}

static int read_file(struct profile *p, const json_t *j)
{
	struct profile_file f = { 0 };
	const char *digest = json_string_value(json_object_get(j, "sha256"));
	char room[PATH_MAX];
	size_t len;

	if (!json_is_object(j) || read_path(j, room, &f.path) < 0 || read_count(j, "reads", &f.reads) < 0 ||
	    read_count(j, "writes", &f.writes) < 0 || read_count(j, "execs", &f.execs) < 0 ||
	    read_count(j, "runs", &f.runs) < 0 || read_count(j, "size", &f.size) < 0)
		return -EBADMSG;
	f.made = json_is_true(json_object_get(j, "made"));
	if (digest) {
		if (hex_read(digest, f.digest.bytes, SHA256_SIZE, &len) < 0 || len != SHA256_SIZE)
			return -EBADMSG;
		f.has_digest = true;
	}
	return profile_add(p, &f);
}

static int read_runs(struct profile *p, const json_t *runs)
{
	const json_t *run;
	size_t i;

	if (!json_is_array(runs) || json_array_size(runs) > PROFILE_RUNS_MAX)
		return -EBADMSG;
	json_array_foreach(runs, i, run)
		if (!json_is_object(run))
			return -EBADMSG;
	return json_array_extend(p->runs, (json_t *)(uintptr_t)runs) < 0 ? -ENOMEM : 0;
}

static int read_root(struct profile *p, const json_t *root, const char *name, struct error *err)
{
	const json_t *files = json_object_get(root, "files"), *file;
	const char *format = json_string_value(json_object_get(root, "format"));
	size_t i;
	int r;

	if (!format || strcmp(format, PROFILE_FORMAT) != 0)
		return error_set(err, -EBADMSG, name, "is not a profile of recorded runs");
	if (json_integer_value(json_object_get(root, "version")) != PROFILE_VERSION)
		return error_set(err, -EBADMSG, name, "has a version that this program does not read");
	r = read_runs(p, json_object_get(root, "runs"));
	if (r < 0)
		return error_set(err, r, name, "its runs are damaged");
	if (!json_is_array(files) || json_array_size(files) > PROFILE_FILES_MAX)
		return error_set(err, -EBADMSG, name, "its list of files is damaged");
	json_array_foreach(files, i, file) {
		r = read_file(p, file);
		if (r < 0)
			return error_set(err, r, name, "entry %zu of its files is damaged", i);
	}
	return 0;
}

int profile_parse(const void *data, size_t n, const char *name, struct profile **ret, struct error *err)
{
	CLEANUP(profile_freep) struct profile *p = NULL;
	json_error_t where;
	json_t *root;
	int r;

	if (n > PROFILE_SIZE_MAX)
		return error_set(err, -EFBIG, name, "is too large for a profile");
	root = json_loadb(data, n, JSON_REJECT_DUPLICATES, &where);
	if (!root)
		return error_set(err, -EBADMSG, name, "line %d: %s", where.line, where.text);
	r = profile_new(&p);
	if (!r)
		r = read_root(p, root, name, err);
	json_decref(root);
	if (r < 0)
		return error_set(err, r, name, "cannot be read");
	*ret = steal_pointer(p);
	return 0;
}

int profile_read(const char *path, struct profile **ret, struct error *err)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	int r = content_open(AT_FDCWD, path, &c, err);

	return r < 0 ? r : profile_parse(content_data(c), content_size(c), path, ret, err);
}

/* The first member is "format": so it is written, and read by people. */
bool profile_probe(const void *p, size_t n)
{
	size_t head = n < 256 ? n : 256;

	return head > sizeof(PROFILE_FORMAT) && *(const char *)p == '{' && memmem(p, head, "\"" PROFILE_FORMAT "\"", sizeof(PROFILE_FORMAT) + 1);
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static bool is_utf8(const char *s)
{
	json_t *j = json_string(s);
	bool yes = j != NULL;

	json_decref(j);
	return yes;
}

static int put_path(json_t *j, const char *path)
{
	AUTO_FREE char *hex = NULL;
	size_t n = strlen(path);
	int r = json_put(j, "path", json_text(path));

	if (r < 0 || is_utf8(path))
		return r;
	hex = malloc(2 * n + 1);
	if (!hex)
		return -ENOMEM;
	hex_of((const uint8_t *)path, n, hex);
	return json_put(j, "path_hex", json_string(hex));
}

static int put_count(json_t *j, const char *key, uint64_t n)
{
	return n ? json_put(j, key, json_integer((json_int_t)n)) : 0;
}

static int put_file(json_t *files, const struct profile_file *f)
{
	json_t *j = json_object();
	char hex[SHA256_HEX_SIZE];
	int r = put_path(j, f->path);

	if (!r && f->has_digest) {
		hex_of(f->digest.bytes, SHA256_SIZE, hex);
		r = json_put(j, "size", json_integer((json_int_t)f->size));
		if (!r)
			r = json_put(j, "sha256", json_string(hex));
	}
	if (!r)
		r = put_count(j, "reads", f->reads);
	if (!r)
		r = put_count(j, "writes", f->writes);
	if (!r)
		r = put_count(j, "execs", f->execs);
	if (!r)
		r = json_put(j, "runs", json_integer((json_int_t)f->runs));
	if (!r && f->made)
		r = json_put(j, "made", json_true());
	if (r < 0)
		json_decref(j);
	else if (json_array_append_new(files, j) < 0)
		r = -ENOMEM;
	return r;
}

static int compare_files(const void *a, const void *b)
{
	const struct profile_file *x = *(const struct profile_file *const *)a, *y = *(const struct profile_file *const *)b;
	int c = strcmp(x->path, y->path);

	return c ? c : memcmp(&x->digest, &y->digest, sizeof(x->digest));
}

/* In the order of their names, so that equal profiles are equal files. */
static int put_files(json_t *root, const struct profile *p)
{
	AUTO_FREE const struct profile_file **sorted = reallocarray(NULL, p->count + 1, sizeof(*sorted));
	json_t *files = json_array();
	size_t i;
	int r = sorted && files ? 0 : -ENOMEM;

	for (i = 0; !r && i < p->count; i++)
		sorted[i] = &p->files[i];
	if (!r && p->count)
		qsort(sorted, p->count, sizeof(*sorted), compare_files);
	for (i = 0; !r && i < p->count; i++)
		r = put_file(files, sorted[i]);
	if (r < 0) {
		json_decref(files);
		return r;
	}
	return json_put(root, "files", files);
}

static int stream(FILE *f, void *ctx)
{
	const struct profile *p = ctx;
	json_t *root = json_object();
	int r = json_put(root, "format", json_string(PROFILE_FORMAT));

	if (!r)
		r = json_put(root, "version", json_integer(PROFILE_VERSION));
	if (!r)
		r = json_put(root, "runs", json_incref(p->runs));
	if (!r)
		r = put_files(root, p);
	if (!r)
		r = json_write(f, root);
	json_decref(root);
	return r;
}

int profile_write(const struct profile *p, const char *path, struct error *err)
{
	int r = write_stream_atomically(path, stream, (void *)(uintptr_t)p);

	return r < 0 ? error_set(err, r, path, "cannot be written") : 0;
}
