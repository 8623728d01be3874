/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/causes/facts.h"

#include "base/content.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FACTS_FILE_MAX (1 << 20)

/* The texts and numbers of one side, by key. */
static const struct {
	const char *key;
	size_t text;   /* offset of the const char *[2], or 0 */
	size_t number; /* offset of the int64_t[2], or 0 */
} keys[] = {
	{ "path", offsetof(struct facts, path) + 1, 0 },
	{ "host", offsetof(struct facts, host) + 1, 0 },
	{ "user", offsetof(struct facts, user) + 1, 0 },
	{ "home", offsetof(struct facts, home) + 1, 0 },
	{ "tmpdir", offsetof(struct facts, tmpdir) + 1, 0 },
	{ "timezone", offsetof(struct facts, timezone) + 1, 0 },
	{ "kernel", offsetof(struct facts, kernel) + 1, 0 },
	{ "time", 0, offsetof(struct facts, time) + 1 },
	{ "uid", 0, offsetof(struct facts, uid) + 1 },
	{ "gid", 0, offsetof(struct facts, gid) + 1 },
	{ "pid", 0, offsetof(struct facts, pid) + 1 },
};

/* Seconds since 1970, or YYYY-MM-DD[Thh:mm:ss[Z]], UTC. */
static int parse_time(const char *s, int64_t *ret)
{
	struct tm tm = { 0 };
	const char *rest;
	char *end;

	s += s[0] == '@';
	errno = 0;
	*ret = strtoll(s, &end, 10);
	if (end != s && !*end)
		return -errno;
	rest = strptime(s, "%Y-%m-%d", &tm);
	if (rest && (*rest == 'T' || *rest == ' '))
		rest = strptime(rest + 1, "%H:%M:%S", &tm);
	if (!rest || (*rest && strcmp(rest, "Z") != 0))
		return -EINVAL;
	*ret = timegm(&tm);
	return 0;
}

static int set_fact(struct facts *f, int side, const char *key, json_t *value, const char *file,
		    struct error *err)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].key, key) != 0)
			continue;
		if (keys[i].text && json_is_string(value))
			((const char **)(void *)((char *)f + keys[i].text - 1))[side] =
				json_string_value(value);
		else if (keys[i].number && json_is_integer(value))
			((int64_t *)(void *)((char *)f + keys[i].number - 1))[side] =
				json_integer_value(value);
		else if (strcmp(key, "time") == 0 && json_is_string(value) &&
			 parse_time(json_string_value(value), &f->time[side]) == 0)
			return 0;
		else
			return error_set(err, -EINVAL, file, "\"%s\" has a value of the wrong kind", key);
		return 0;
	}
	return error_set(err, -EINVAL, file, "unknown fact \"%s\"", key);
}

static int read_side(struct facts *f, int side, json_t *object, const char *file, struct error *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return error_set(err, -EINVAL, file, "\"%s\" is no object", side ? "b" : "a");
	json_object_foreach(object, key, value)
	{
		int r = set_fact(f, side, key, value, file, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int read_file(struct fact_options *o, const char *file, struct facts *f, struct error *err)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	json_error_t where;
	const char *key;
	json_t *value;
	int r = content_open(AT_FDCWD, file, &c, err);

	if (r < 0)
		return r;
	if (content_size(c) > FACTS_FILE_MAX)
		return error_set(err, -EFBIG, file, "too large for facts");
	o->file = json_loadb((const char *)content_data(c), content_size(c), JSON_REJECT_DUPLICATES, &where);
	if (!json_is_object(o->file))
		return error_set_at(err, -EBADMSG, file, (uint64_t)(where.position < 0 ? 0 : where.position),
				    "%s", o->file ? "is no object" : where.text);
	json_object_foreach(o->file, key, value)
	{
		if (strcmp(key, "a") != 0 && strcmp(key, "b") != 0)
			return error_set(err, -EINVAL, file, "unknown key \"%s\": \"a\" or \"b\" is meant",
					 key);
		r = read_side(f, key[0] == 'b', value, file, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int facts_resolve(struct fact_options *o, const char *file, struct facts *ret, struct error *err)
{
	int i, r;

	*ret = (struct facts){ .uid = { -1, -1 }, .gid = { -1, -1 }, .pid = { -1, -1 } };
	r = file ? read_file(o, file, ret, err) : 0;
	for (i = 0; r >= 0 && i < 2; i++) {
		if (o->path[i])
			ret->path[i] = o->path[i];
		if (o->host[i])
			ret->host[i] = o->host[i];
		if (o->user[i])
			ret->user[i] = o->user[i];
		if (o->time[i] && parse_time(o->time[i], &ret->time[i]) < 0)
			r = error_set(err, -EINVAL, i ? "--time-b" : "--time-a", "\"%s\" is no time",
				      o->time[i]);
	}
	return r;
}

void fact_options_release(struct fact_options *o)
{
	json_decref(o->file);
	o->file = NULL;
}
