/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/run/variables.h"

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/path.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define VALUE_MAX ((size_t)8 << 20)

struct variables {
	struct arena *arena;
	const char **items; /* "NAME=value" */
	size_t count, capacity;
	bool failed;
};

static size_t count_of(const char *const *list)
{
	size_t n = 0;

	while (list[n])
		n++;
	return n;
}

struct variables *variables_new(struct arena *arena, const char *const *env)
{
	struct variables *v = arena_alloc(arena, sizeof(*v));
	size_t n = count_of(env);

	if (!v)
		return NULL;
	v->arena = arena;
	v->capacity = n + 64;
	v->items = arena_array(arena, v->capacity + 1, sizeof(*v->items));
	if (!v->items)
		return NULL;
	memcpy(v->items, env, n * sizeof(*env));
	v->count = n;
	return v;
}

static bool is_named(const char *item, const char *name)
{
	size_t n = strlen(name);

	return strncmp(item, name, n) == 0 && item[n] == '=';
}

static const char **find(const struct variables *v, const char *name)
{
	size_t i;

	for (i = 0; i < v->count; i++)
		if (is_named(v->items[i], name))
			return &v->items[i];
	return NULL;
}

const char *variables_get(const struct variables *v, const char *name)
{
	const char **item = find(v, name);

	return item ? strchr(*item, '=') + 1 : NULL;
}

void variables_set(struct variables *v, const char *name, const char *value)
{
	const char **item = find(v, name);
	const char *text = value ? arena_printf(v->arena, "%s=%s", name, value) : NULL;

	if (!item && v->count < v->capacity)
		item = &v->items[v->count++];
	if (!item || !text)
		v->failed = true;
	if (item)
		*item = text ? text : "";
}

void variables_change(struct variables *v, const char *name, const char *value)
{
	if (find(v, name))
		variables_set(v, name, value);
}

void variables_unset(struct variables *v, const char *name)
{
	const char **item = find(v, name);

	if (!item)
		return;
	memmove(item, item + 1, (size_t)(v->items + v->count - item - 1) * sizeof(*item));
	v->items[--v->count] = NULL;
}

const char *const *variables_list(const struct variables *v)
{
	return v->failed ? NULL : v->items;
}

const char *environment_get(const char *const *env, const char *name)
{
	for (; *env; env++)
		if (is_named(*env, name))
			return *env + strlen(name) + 1;
	return NULL;
}

static bool name_ends(char c)
{
	return !isalnum((unsigned char)c) && !strchr("_-.+~@%", c);
}

/* `text` with `old` replaced where it stands as a whole path; the text itself when it is not there; NULL: no memory. */
static const char *replace_path(struct arena *arena, const char *text, const char *old, const char *now)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(VALUE_MAX);
	size_t n = strlen(old);
	const char *at = text, *hit;

	while ((hit = strstr(at, old)) != NULL) {
		bool whole = !hit[n] || name_ends(hit[n]);

		(void)buffer_append(&b, at, (size_t)(hit - at));
		(void)buffer_puts(&b, whole ? now : old);
		at = hit + n;
	}
	if (at == text)
		return text;
	(void)buffer_puts(&b, at);
	return b.error ? NULL : arena_strndup(arena, buffer_str(&b), b.len);
}

void variables_replace(struct variables *v, const char *old, const char *now)
{
	size_t i;

	for (i = 0; i < v->count; i++) {
		const char *text = replace_path(v->arena, v->items[i], old, now);

		if (text)
			v->items[i] = text;
		else
			v->failed = true;
	}
}

static const char **copy_list(struct arena *arena, const char *const *list, size_t more)
{
	size_t n = count_of(list);
	const char **out = arena_array(arena, n + more + 1, sizeof(*out));

	if (out)
		memcpy(out, list, n * sizeof(*list));
	return out;
}

const char *const *arguments_replace(struct arena *arena, const char *const *argv, const char *old,
				     const char *now)
{
	const char **out = copy_list(arena, argv, 0);
	size_t i;

	for (i = 0; out && out[i]; i++) {
		out[i] = replace_path(arena, out[i], old, now);
		if (!out[i])
			return NULL;
	}
	return out;
}

static bool takes_jobs(const char *program)
{
	static const char *const names[] = { "make", "gmake", "ninja", "samu", "cargo", "scons" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(path_base(program), names[i]) == 0)
			return true;
	return false;
}

static bool is_number(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s);
}

const char *const *arguments_with_jobs(struct arena *arena, const char *const *argv, const char *jobs)
{
	const char **out;
	size_t i;

	if (!takes_jobs(argv[0]))
		return argv;
	out = copy_list(arena, argv, 0);
	for (i = 1; out && out[i]; i++) {
		bool bare = strcmp(out[i], "-j") == 0 || strcmp(out[i], "--jobs") == 0;

		if (bare && out[i + 1] && is_number(out[i + 1]))
			out[++i] = jobs;
		else if (bare || (strncmp(out[i], "-j", 2) == 0 && is_number(out[i] + 2)))
			out[i] = arena_printf(arena, "-j%s", jobs);
		else if (strncmp(out[i], "--jobs=", 7) == 0)
			out[i] = arena_printf(arena, "--jobs=%s", jobs);
		if (!out[i])
			return NULL;
	}
	return out;
}

const char *expand_fix(struct arena *arena, const char *value, const char *cwd, int64_t epoch)
{
	const char *number = arena_printf(arena, "%lld", (long long)epoch),
		   *text = replace_path(arena, value, "$PWD", cwd);

	return number && text ? replace_path(arena, text, "$EPOCH", number) : NULL;
}
