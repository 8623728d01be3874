/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/python/names.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* ---- modules --------------------------------------------------------------------------------------------------- */

/* Any byte beyond ASCII may be part of an identifier: that is decided by the name being imported or not. */
static bool is_identifier(const char *s, size_t n)
{
	size_t i;

	if (!n || isdigit((unsigned char)*s))
		return false;
	for (i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && s[i] != '_' && (unsigned char)s[i] < 0x80)
			return false;
	return true;
}

static bool ends_with(const char *s, size_t n, const char *suffix)
{
	size_t m = strlen(suffix);

	return n > m && !memcmp(s + n - m, suffix, m);
}

/* "a/b" -> "a.b"; false: a component is no identifier. */
static bool put_directories(const char *rel, size_t n, char *out, size_t *ret_len)
{
	size_t start = 0, i;

	if (n >= PYTHON_NAME_MAX)
		return false;
	for (i = 0; i <= n; i++) {
		if (i < n && rel[i] != '/')
			continue;
		if (!is_identifier(rel + start, i - start))
			return false;
		start = i + 1;
	}
	for (i = 0; i < n; i++)
		out[i] = rel[i] == '/' ? '.' : rel[i];
	out[n] = '\0';
	*ret_len = n;
	return true;
}

static bool put_stem(const char *stem, size_t n, struct python_name *ret, size_t len)
{
	ret->package = n == strlen("__init__") && !memcmp(stem, "__init__", n);
	if (ret->package)
		return len > 0;
	if (!is_identifier(stem, n) || len + 1 + n >= PYTHON_NAME_MAX)
		return false;
	if (len)
		ret->name[len++] = '.';
	memcpy(ret->name + len, stem, n);
	ret->name[len + n] = '\0';
	return true;
}

static bool extension_stem(const char *file, size_t n, const struct python_suffixes *s, size_t *ret_stem)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (ends_with(file, n, s->items[i])) {
			*ret_stem = n - strlen(s->items[i]);
			return memchr(file, '.', *ret_stem) == NULL;
		}
	return false;
}

bool python_name_of(const char *rel, const struct python_suffixes *s, struct python_name *ret)
{
	const char *slash = strrchr(rel, '/'), *file = slash ? slash + 1 : rel;
	size_t dir = slash ? (size_t)(slash - rel) : 0, n = strlen(file), stem, len = 0;
	static const char cache[] = "__pycache__";

	ret->name[0] = '\0';
	ret->cached = false;
	if (ends_with(file, n, ".py")) {
		ret->role = PYTHON_SOURCE;
		stem = n - 3;
	} else if (ends_with(file, n, ".pyc")) {
		const char *dot = memchr(file, '.', n);

		ret->role = PYTHON_BYTECODE;
		ret->cached = dir >= sizeof(cache) - 1 && !memcmp(slash - (sizeof(cache) - 1), cache, sizeof(cache) - 1) &&
			      (dir == sizeof(cache) - 1 || slash[-(ptrdiff_t)sizeof(cache)] == '/');
		stem = ret->cached ? (size_t)(dot - file) : n - 4;
		if (ret->cached)
			dir = dir > sizeof(cache) ? dir - sizeof(cache) : 0;
	} else if (extension_stem(file, n, s, &stem)) {
		ret->role = PYTHON_EXTENSION;
	} else {
		return false;
	}
	return (!dir || put_directories(rel, dir, ret->name, &len)) && put_stem(file, stem, ret, len);
}

bool python_stub_name_of(const char *rel, char ret[PYTHON_NAME_MAX])
{
	static const char *const suffixes[] = { ".pyi", ".pyx", ".pxd", ".c", ".cpp" };
	struct python_name name = { .name = "" };
	const char *slash = strrchr(rel, '/'), *file = slash ? slash + 1 : rel;
	size_t dir = slash ? (size_t)(slash - rel) : 0, n = strlen(file), len = 0, i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (!ends_with(file, n, suffixes[i]))
			continue;
		if (dir && !put_directories(rel, dir, name.name, &len))
			return false;
		if (!put_stem(file, n - strlen(suffixes[i]), &name, len))
			return false;
		memcpy(ret, name.name, sizeof(name.name));
		return true;
	}
	return false;
}

void python_normalise(const char *name, char *out, size_t size)
{
	size_t n = 0;

	for (; *name && n + 1 < size; name++) {
		bool mark = *name == '-' || *name == '_' || *name == '.';

		if (!mark)
			out[n++] = (char)tolower((unsigned char)*name);
		else if (!n || out[n - 1] != '-')
			out[n++] = '-';
	}
	out[n] = '\0';
}

/* ---- texts ----------------------------------------------------------------------------------------------------- */

const char *python_line(const char *text, size_t n, size_t *at, size_t *ret_len)
{
	const char *line = text + *at, *end;

	if (*at >= n)
		return NULL;
	end = memchr(line, '\n', n - *at);
	*ret_len = end ? (size_t)(end - line) : n - *at;
	*at += *ret_len + 1;
	if (*ret_len && line[*ret_len - 1] == '\r')
		(*ret_len)--;
	return line;
}

static const char *trim(const char *s, size_t *n)
{
	while (*n && isspace((unsigned char)*s)) {
		s++;
		(*n)--;
	}
	while (*n && isspace((unsigned char)s[*n - 1]))
		(*n)--;
	return s;
}

/* Copies into a string; false: too long, or it holds a NUL. */
static bool copy_text(const char *s, size_t n, char *out, size_t size)
{
	if (n >= size || memchr(s, '\0', n))
		return false;
	memcpy(out, s, n);
	out[n] = '\0';
	return true;
}

/* The first field of a CSV row at *at, "" within quotes being one quote; *at moves to the next row. */
static int record_field(const char *p, size_t n, size_t *at, char *out, size_t size)
{
	size_t i = *at, len = 0;
	bool quoted = i < n && p[i] == '"', more = true;

	for (i += quoted; i < n && more; i++) {
		if (quoted && p[i] == '"' && i + 1 < n && p[i + 1] == '"')
			i++;
		else if (quoted ? p[i] == '"' : p[i] == ',' || p[i] == '\n')
			break;
		if (len + 1 >= size || !p[i])
			more = false;
		else
			out[len++] = p[i];
	}
	if (quoted && i >= n)
		return -EBADMSG;
	out[more ? len : 0] = '\0';
	if (len && out[len - 1] == '\r')
		out[len - 1] = '\0';
	while (i < n && p[i] != '\n')
		i++;
	*at = i + 1;
	return 0;
}

int python_record_parse(const void *p, size_t n, int (*found)(void *ctx, const char *path), void *ctx)
{
	char path[4096];
	size_t at = 0;
	int r = 0;

	while (r >= 0 && at < n) {
		r = record_field(p, n, &at, path, sizeof(path));
		if (!r && *path)
			r = found(ctx, path);
	}
	return r < 0 ? r : 0;
}

bool python_join(const char *base, const char *rel, char *out, size_t size)
{
	size_t len = *rel == '/' ? 0 : strlen(base), n;

	if (len >= size || *rel == '/')
		return false;
	memcpy(out, base, len);
	while (*rel) {
		n = strcspn(rel, "/");
		if (n == 2 && rel[0] == '.' && rel[1] == '.') {
			if (!len)
				return false;
			while (len && out[len - 1] != '/')
				len--;
			len -= len > 0;
		} else if (n && !(n == 1 && *rel == '.')) {
			if (len + 1 + n >= size)
				return false;
			if (len)
				out[len++] = '/';
			memcpy(out + len, rel, n);
			len += n;
		}
		rel += n + (rel[n] == '/');
	}
	out[len] = '\0';
	return true;
}

int python_metadata_parse(const void *p, size_t n, int (*field)(void *ctx, const char *key, const char *value), void *ctx)
{
	char key[64], value[1024];
	const char *line, *colon, *text;
	size_t at = 0, len, value_len;
	int r = 0;

	while (r >= 0 && (line = python_line(p, n, &at, &len)) && len) {
		colon = memchr(line, ':', len);
		if (!colon || isspace((unsigned char)*line))
			continue;
		value_len = len - (size_t)(colon + 1 - line);
		text = trim(colon + 1, &value_len);
		if (copy_text(line, (size_t)(colon - line), key, sizeof(key)) && copy_text(text, value_len, value, sizeof(value)))
			r = field(ctx, key, value);
	}
	return r < 0 ? r : 0;
}

bool python_requirement_name(const char *text, char *out, size_t size)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
	const char *marker = strchr(text, ';');
	char name[256];

	if (marker && strstr(marker, "extra"))
		return false;
	if (!n || !copy_text(text, n, name, sizeof(name)))
		return false;
	python_normalise(name, out, size);
	return true;
}

/* Up to the object, the extras or a comment. */
static size_t word_length(const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text[i] == ':' || text[i] == '[' || isspace((unsigned char)text[i]))
			break;
	return i;
}

int python_entry_points_parse(const void *p, size_t n, int (*found)(void *ctx, const struct python_entry_point *e), void *ctx)
{
	char group[256] = "", name[256], module[PYTHON_NAME_MAX];
	const char *line, *equals, *text;
	size_t at = 0, len, m;
	int r = 0;

	while (r >= 0 && (line = python_line(p, n, &at, &len))) {
		line = trim(line, &len);
		if (len > 2 && *line == '[' && line[len - 1] == ']') {
			if (!copy_text(line + 1, len - 2, group, sizeof(group)))
				*group = '\0';
			continue;
		}
		equals = len && *line != '#' && *line != ';' ? memchr(line, '=', len) : NULL;
		if (!equals || !*group)
			continue;
		m = (size_t)(equals - line);
		text = trim(line, &m);
		if (!copy_text(text, m, name, sizeof(name)))
			continue;
		m = len - (size_t)(equals + 1 - line);
		text = trim(equals + 1, &m);
		m = word_length(text, m);
		if (m && copy_text(text, m, module, sizeof(module))) {
			const struct python_entry_point e = { group, name, module };

			r = found(ctx, &e);
		}
	}
	return r < 0 ? r : 0;
}

int python_pth_parse(const void *p, size_t n, int (*found)(void *ctx, const char *dir), void *ctx, bool *ret_code)
{
	char dir[4096];
	const char *line;
	size_t at = 0, len;
	int r = 0;

	*ret_code = false;
	while (r >= 0 && (line = python_line(p, n, &at, &len))) {
		line = trim(line, &len);
		if (len > 6 && !memcmp(line, "import", 6) && isspace((unsigned char)line[6]))
			*ret_code = true;
		else if (len && *line != '#' && copy_text(line, len, dir, sizeof(dir)))
			r = found(ctx, dir);
	}
	return r < 0 ? r : 0;
}
