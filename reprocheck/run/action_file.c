/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/run/action_file.h"

#include "base/content.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/path.h"
#include "reprocheck/report/json_names.h"
#include "reprocheck/compare/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#define FILE_MAX_BYTES ((uint64_t)256 << 20)
#define STRINGS_MAX    1000000
#define ARENA_MAX      ((size_t)256 << 20)
#define VERSION_NUMBER 1

struct action_file {
	json_t *root;
	const char *name;
	struct arena arena; /* of what does not stand in the file as it is: "NAME=value", names that are no UTF-8 */
	const char **argv, **env, **outputs;
};

void action_file_free(struct action_file *f)
{
	if (!f)
		return;
	arena_release(&f->arena);
	free(f->argv);
	free(f->env);
	free(f->outputs);
	json_decref(f->root);
	free(f);
}

/* What a string stands for, or what the one in hexadecimal beside it does. NULL: neither is right. */
static const char *read_text(struct action_file *f, const json_t *value, const json_t *hex)
{
	char *out;

	if (!hex)
		return json_string_value(value);
	out = arena_alloc(&f->arena, json_string_length(hex) / 2 + 1);
	return out && json_unhex(hex, out) >= 0 ? out : NULL;
}

/* An array of strings, NULL-terminated; an absent one is empty. */
static int read_strings(struct action_file *f, const char *key, const char ***ret, struct error *err)
{
	const json_t *array = json_object_get(f->root, key), *hex = json_hex_member(f->root, key);
	size_t n = json_array_size(array), i;
	const char **out = n > STRINGS_MAX ? NULL : calloc(n + 1, sizeof(*out));

	if (!out)
		return error_set(err, -ENOMEM, f->name, "\"%s\" is too long", key);
	*ret = out;
	if (array && !json_is_array(array))
		return error_set(err, -EBADMSG, f->name, "\"%s\" is no list", key);
	for (i = 0; i < n; i++) {
		out[i] = read_text(f, json_array_get(array, i), hex ? json_array_get(hex, i) : NULL);
		if (!out[i])
			return error_set(err, -EBADMSG, f->name, "\"%s\" holds what is no text", key);
	}
	return 0;
}

static int read_environment(struct action_file *f, struct error *err)
{
	json_t *object = json_object_get(f->root, "environment"), *value;
	const json_t *hex = json_hex_member(f->root, "environment");
	size_t n = 0;
	const char *key, *text;

	f->env = calloc(json_object_size(object) + 1, sizeof(*f->env));
	if (!f->env)
		return -ENOMEM;
	if (object && !json_is_object(object))
		return error_set(err, -EBADMSG, f->name, "\"environment\" is no object");
	json_object_foreach(object, key, value)
	{
		text = read_text(f, value, json_object_get(hex, key));
		if (!text || strchr(key, '=') || !*key)
			return error_set(err, -EBADMSG, f->name, "\"environment\" has a wrong entry: %.80s", key);
		f->env[n] = arena_printf(&f->arena, "%s=%s", key, text);
		if (!f->env[n++])
			return -ENOMEM;
	}
	return 0;
}

static int check_platform(const struct action_file *f, struct error *err)
{
	const json_t *platform = json_object_get(f->root, "platform");
	const char *machine = json_string_value(json_object_get(platform, "machine")),
		   *system = json_string_value(json_object_get(platform, "system"));
	struct utsname u;

	if (uname(&u) < 0)
		return -errno;
	if ((machine && strcmp(machine, u.machine) != 0) || (system && strcmp(system, u.sysname) != 0))
		return error_set(err, -ENOEXEC, f->name, "is an action for %s %s, and this is %s %s",
				 system ? system : "", machine ? machine : "", u.sysname, u.machine);
	return 0;
}

static int load(struct action_file *f, struct error *err)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	json_error_t where;
	int r = content_open(AT_FDCWD, f->name, &c, err);

	if (r < 0)
		return r;
	if (content_size(c) > FILE_MAX_BYTES)
		return error_set(err, -EFBIG, f->name, "too large for an action");
	f->root = json_loadb((const char *)content_data(c), content_size(c), JSON_REJECT_DUPLICATES, &where);
	if (!json_is_object(f->root))
		return error_set_at(err, -EBADMSG, f->name, (uint64_t)(where.position < 0 ? 0 : where.position), "%s",
				    f->root ? "is no object" : where.text);
	if (json_integer_value(json_object_get(f->root, "version")) != VERSION_NUMBER)
		return error_set(err, -EPROTONOSUPPORT, f->name, "\"version\" is not %d", VERSION_NUMBER);
	return 0;
}

int action_file_read(const char *path, struct action_file **ret, struct subject *s, struct error *err)
{
	CLEANUP(action_file_freep) struct action_file *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	f->name = path;
	f->arena = (struct arena)ARENA_INIT(ARENA_MAX);
	r = load(f, err);
	if (r >= 0)
		r = check_platform(f, err);
	if (r >= 0)
		r = read_strings(f, "command", &f->argv, err);
	if (r >= 0)
		r = read_strings(f, "outputs", &f->outputs, err);
	if (r >= 0)
		r = read_environment(f, err);
	if (r < 0)
		return error_set(err, r, path, "cannot be read");
	if (!f->argv[0])
		return error_set(err, -EBADMSG, path, "has no \"command\"");
	s->argv = f->argv;
	s->env = f->env;
	s->outputs = f->outputs;
	s->output_count = json_array_size(json_object_get(f->root, "outputs"));
	s->subdir = read_text(f, json_object_get(f->root, "directory"), json_hex_member(f->root, "directory"));
	s->subdir = s->subdir ? s->subdir : "";
	if (*s->subdir == '/' || strstr(s->subdir, ".."))
		return error_set(err, -EBADMSG, path, "\"directory\" leads out of the inputs");
	*ret = steal_pointer(f);
	return 0;
}

static int digest_file(int root, const char *path, char hex[SHA256_HEX_SIZE])
{
	AUTO_FD int fd = open_beneath(root, path, O_RDONLY, 0);
	CLEANUP(content_unrefp) struct content *c = NULL;
	char name[40];
	struct sha256 digest;
	int r;

	if (fd < 0)
		return fd;
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	r = content_open(AT_FDCWD, name, &c, NULL);
	if (r >= 0)
		r = sha256_of(content_data(c), content_size(c), &digest);
	if (r >= 0)
		hex_of(digest.bytes, SHA256_SIZE, hex);
	return r;
}

static int check_input(struct action_file *f, int root, const json_t *input, struct error *err)
{
	const char *path = read_text(f, json_object_get(input, "path"), json_hex_member(input, "path")),
		   *digest = json_string_value(json_object_get(input, "digest"));
	char hex[SHA256_HEX_SIZE] = "";
	int r;

	if (!path)
		return error_set(err, -EBADMSG, f->name, "\"inputs\" has an entry without a path");
	if (!digest)
		return 0;
	r = digest_file(root, path, hex);
	if (r < 0)
		return error_set(err, r, path, "is an input of %s and cannot be read", f->name);
	return strcmp(hex, digest) == 0
		       ? 0
		       : error_set(err, -ESTALE, path, "is not the input that %s was saved with", f->name);
}

int action_file_check(struct action_file *f, const char *root, struct error *err)
{
	AUTO_FD int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const json_t *inputs = json_object_get(f->root, "inputs");
	size_t i;
	int r = fd < 0 ? error_set(err, -errno, root, "cannot be opened") : 0;

	for (i = 0; r >= 0 && i < json_array_size(inputs); i++)
		r = check_input(f, fd, json_array_get(inputs, i), err);
	return r;
}

/* --- writing --- */

/* "environment", and in "environment_hex" what of it is no UTF-8. */
static int put_environment(json_t *root, const char *const *env)
{
	json_t *texts = json_object(), *hex = json_object();
	int r = texts && hex ? 0 : -ENOMEM;

	for (; r >= 0 && *env; env++) {
		const char *equals = strchr(*env, '=');
		AUTO_FREE char *name = equals ? strndup(*env, (size_t)(equals - *env)) : NULL;
		json_t *one = name && *name ? json_object() : NULL;
		const json_t *bytes;

		if (!one)
			continue;
		r = json_put_name(one, "value", equals + 1);
		bytes = json_hex_member(one, "value");
		if (r >= 0)
			r = json_put(texts, name, json_incref(json_object_get(one, "value")));
		if (r >= 0 && bytes)
			r = json_put(hex, name, json_deep_copy(bytes));
		json_decref(one);
	}
	if (r >= 0)
		r = json_put(root, "environment", json_incref(texts));
	if (r >= 0 && json_object_size(hex))
		r = json_put(root, "environment_hex", json_incref(hex));
	json_decref(texts);
	json_decref(hex);
	return r;
}

static int input_json(const struct tree *t, const struct tree_entry *e, json_t *array)
{
	json_t *object;
	char hex[SHA256_HEX_SIZE], mode[16];
	int r;

	if (!S_ISREG(e->st.st_mode) && !S_ISLNK(e->st.st_mode))
		return 0;
	object = json_object();
	r = json_put_name(object, "path", e->name);
	if (r >= 0 && e->link)
		r = json_put_name(object, "link", e->link);
	if (r >= 0 && !e->link) {
		r = digest_file(t->rootfd, e->name, hex);
		(void)snprintf(mode, sizeof(mode), "%04o", e->st.st_mode & 07777);
		if (r >= 0)
			r = json_put(object, "digest", json_text(hex));
		if (r >= 0)
			r = json_put(object, "size", json_integer((json_int_t)e->st.st_size));
		if (r >= 0)
			r = json_put(object, "mode", json_text(mode));
	}
	if (r >= 0 && json_array_append_new(array, json_incref(object)) < 0)
		r = -ENOMEM;
	json_decref(object);
	return r;
}

static int inputs_json(const char *root, json_t **ret, struct error *err)
{
	CLEANUP(tree_freep) struct tree *t = NULL;
	json_t *array = json_array();
	size_t i;
	int r = tree_read(root, NULL, NULL, &t, err);

	for (i = 0; r >= 0 && i < t->count; i++)
		r = input_json(t, &t->entries[i], array);
	if (r < 0)
		json_decref(array);
	else
		*ret = array;
	return r;
}

static json_t *platform_json(void)
{
	json_t *object = json_object();
	struct utsname u;

	if (uname(&u) == 0) {
		(void)json_put(object, "system", json_text(u.sysname));
		(void)json_put(object, "machine", json_text(u.machine));
	}
	return object;
}

static int write_json(FILE *f, void *ctx)
{
	return json_write(f, ctx);
}

int action_file_write(const char *path, const struct subject *s, struct error *err)
{
	json_t *root = json_object(), *inputs = NULL;
	size_t n = 0;
	int r = inputs_json(s->inputs, &inputs, err);

	while (s->argv[n])
		n++;
	if (r >= 0)
		r = json_put(root, "version", json_integer(VERSION_NUMBER));
	if (r >= 0)
		r = json_put_names(root, "command", s->argv, n);
	if (r >= 0)
		r = put_environment(root, s->env);
	if (r >= 0)
		r = json_put_name(root, "directory", s->subdir);
	if (r >= 0)
		r = json_put(root, "inputs", inputs);
	if (r >= 0)
		r = json_put_names(root, "outputs", s->outputs, s->output_count);
	if (r >= 0)
		r = json_put(root, "platform", platform_json());
	if (r >= 0)
		r = write_stream_atomically(path, write_json, root);
	json_decref(root);
	return r < 0 ? error_set(err, r, path, "cannot be written") : 0;
}
