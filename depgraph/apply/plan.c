/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/apply/plan.h"

#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define PLAN_VERSION 1
#define TEXT_MAX ((size_t)1 << 16)

void apply_plan_free(struct apply_plan *p)
{
	if (!p)
		return;
	json_decref(p->root);
	free(p->inputs);
	free(p->suggestions);
	free(p);
}

struct reader {
	const char *name;
	struct apply_plan *p;
	struct error *err;
};

static int malformed(const struct reader *r, const char *what, size_t row)
{
	return error_set(r->err, -EBADMSG, r->name, "not a plan that can be applied: %s %zu", what, row);
}

/* A string without NUL that is not absurdly long; NULL otherwise. */
static const char *text_of(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);
	const char *s = json_string_value(v);

	return s && json_string_length(v) == strlen(s) && json_string_length(v) < TEXT_MAX ? s : NULL;
}

static bool number_of(const json_t *object, const char *key, uint64_t *ret)
{
	const json_t *v = json_object_get(object, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	*ret = (uint64_t)json_integer_value(v);
	return true;
}

static bool is_digest(const char *s)
{
	return strlen(s) == SHA256_HEX_SIZE - 1 && strspn(s, "0123456789abcdef") == SHA256_HEX_SIZE - 1;
}

static int read_input(const struct reader *r, const json_t *j, size_t row)
{
	struct apply_input *in = &r->p->inputs[row];

	in->path = text_of(j, "path");
	in->sha256 = text_of(j, "sha256");
	if (!in->path || !in->path[0])
		return malformed(r, "no path in input", row);
	if (!in->sha256 && json_object_get(j, "sha256") && !json_is_null(json_object_get(j, "sha256")))
		return malformed(r, "sha256 of input", row);
	if (in->sha256 && (!is_digest(in->sha256) || !number_of(j, "size", &in->size)))
		return malformed(r, "sha256 or size of input", row);
	return 0;
}

static int read_suggestion(const struct reader *r, const json_t *j, size_t row)
{
	struct apply_suggestion *s = &r->p->suggestions[row];
	const json_t *action = json_object_get(j, "action");
	const char *evidence = text_of(j, "evidence");

	s->id = text_of(j, "id");
	s->kind = text_of(j, "kind");
	s->subject = text_of(j, "subject");
	if (!s->id || !s->kind || !s->subject || !evidence || evidence_level_parse(evidence, &s->evidence) < 0 ||
	    !number_of(j, "bytes", &s->bytes))
		return malformed(r, "id, kind, subject, evidence or bytes of suggestion", row);
	if (!action || json_is_null(action))
		return 0;
	s->does = text_of(action, "do");
	if (!s->does)
		return malformed(r, "action of suggestion", row);
	s->action = action;
	return 0;
}

static int read_rows(const struct reader *r, const char *key, int (*row)(const struct reader *r, const json_t *j, size_t i),
		     size_t size, void **ret_items, size_t *ret_count)
{
	const json_t *array = json_object_get(r->p->root, key);
	size_t i, n = json_array_size(array);
	int e = 0;

	if (!json_is_array(array) || n > APPLY_PLAN_ROWS_MAX)
		return error_set(r->err, -EBADMSG, r->name, "not a plan that can be applied: no list \"%s\"", key);
	*ret_items = calloc(n + 1, size);
	if (!*ret_items)
		return error_set(r->err, -ENOMEM, r->name, "out of memory");
	for (i = 0; e == 0 && i < n; i++)
		e = row(r, json_array_get(array, i), i);
	*ret_count = n;
	return e;
}

static bool is_strings(const json_t *array)
{
	size_t i, n = json_array_size(array);

	for (i = 0; i < n; i++) {
		const json_t *v = json_array_get(array, i);

		if (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v))
			return false;
	}
	return json_is_array(array);
}

static int read_plan(const struct reader *r)
{
	const char *format = text_of(r->p->root, "format");
	uint64_t version;
	int e;

	if (!format || strcmp(format, "depgraph-plan") != 0)
		return error_set(r->err, -EBADMSG, r->name, "not a plan: depgraph prune --json writes one");
	if (!number_of(r->p->root, "version", &version) || version != PLAN_VERSION)
		return error_set(r->err, -EBADMSG, r->name, "a plan of a version that is not known; this is version %d", PLAN_VERSION);
	e = read_rows(r, "inputs", read_input, sizeof(*r->p->inputs), (void **)&r->p->inputs, &r->p->input_count);
	if (e == 0)
		e = read_rows(r, "suggestions", read_suggestion, sizeof(*r->p->suggestions), (void **)&r->p->suggestions,
			      &r->p->suggestion_count);
	r->p->targets = json_object_get(json_object_get(r->p->root, "options"), "targets");
	if (e == 0 && r->p->targets && !is_strings(r->p->targets))
		return error_set(r->err, -EBADMSG, r->name, "not a plan that can be applied: options.targets are not words");
	return e;
}

int apply_plan_parse(const char *name, const char *text, size_t size, struct apply_plan **ret, struct error *err)
{
	CLEANUP(apply_plan_freep) struct apply_plan *p = calloc(1, sizeof(*p));
	struct reader r = { name, p, err };
	json_error_t e;
	int failed;

	if (!p)
		return error_set(err, -ENOMEM, name, "out of memory");
	if (size > APPLY_PLAN_BYTES_MAX)
		return error_set(err, -EFBIG, name, "larger than a plan may be (%llu bytes)", (unsigned long long)APPLY_PLAN_BYTES_MAX);
	p->root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &e);
	if (!p->root)
		return error_set_at(err, -EBADMSG, name, (uint64_t)(e.position < 0 ? 0 : e.position), "line %d: %s", e.line, e.text);
	failed = read_plan(&r);
	if (failed < 0)
		return failed;
	*ret = steal_pointer(p);
	return 0;
}

int apply_plan_read(const char *path, struct apply_plan **ret, struct error *err)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	int r = content_open(AT_FDCWD, path, &c, err);

	if (r < 0)
		return r;
	return apply_plan_parse(path, (const char *)content_data(c), content_size(c), ret, err);
}

int apply_plan_check(const struct apply_plan *p, const char *path, const struct content *c, struct error *err)
{
	const struct apply_input *in = NULL;
	struct sha256 digest;
	char hex[SHA256_HEX_SIZE];
	size_t i;
	int r;

	for (i = 0; !in && i < p->input_count; i++)
		if (strcmp(p->inputs[i].path, path) == 0)
			in = &p->inputs[i];
	if (!in || !in->sha256)
		return error_set(err, -ENOENT, path, "the plan has no digest of this file, so it cannot be told to be the same");
	if (in->size != content_size(c))
		return error_set(err, -ESTALE, path, "the plan was made for another file: %llu bytes, not %llu",
				 (unsigned long long)in->size, (unsigned long long)content_size(c));
	r = sha256_of(content_data(c), content_size(c), &digest);
	if (r < 0)
		return error_set(err, r, path, "its digest cannot be taken");
	hex_of(digest.bytes, SHA256_SIZE, hex);
	if (strcmp(hex, in->sha256) != 0)
		return error_set(err, -ESTALE, path, "the plan was made for another file: its SHA-256 is %.12s..., the plan says %.12s...",
				 hex, in->sha256);
	return 0;
}

int apply_plan_check_inputs(const struct apply_plan *p, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < p->input_count; i++) {
		CLEANUP(content_unrefp) struct content *c = NULL;

		if (!p->inputs[i].sha256)
			continue;
		r = content_open(AT_FDCWD, p->inputs[i].path, &c, NULL);
		if (r == 0)
			r = apply_plan_check(p, p->inputs[i].path, c, err);
		else if (r == -ENOENT)
			r = 0;
		else
			(void)error_set(err, r, p->inputs[i].path, "cannot be opened");
	}
	return r;
}

int apply_action_text(const struct apply_suggestion *s, const char *key, const char **ret, struct error *err)
{
	const char *text = text_of(s->action, key);

	if (!text || !text[0])
		return error_set(err, -EBADMSG, s->id, "its action has no \"%s\"", key);
	*ret = text;
	return 0;
}

int apply_action_strings(const struct apply_suggestion *s, const char *key, const json_t **ret, struct error *err)
{
	const json_t *array = json_object_get(s->action, key);

	if (!is_strings(array))
		return error_set(err, -EBADMSG, s->id, "its action has no list of words \"%s\"", key);
	*ret = array;
	return 0;
}
