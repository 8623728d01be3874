/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_json.c: the plan, docs/depgraph-plan.md.
 *
 * Written piece by piece: a link of a million sections is a plan of a
 * million rows.  It names each input with its digest, so that `apply` can refuse a
 * file that is not the one that was looked at.
 */
#include "depgraph/report/plan.h"

#include "base/digest.h"
#include "base/json_stream.h"

#include <errno.h>
#include <string.h>

static void put_text(json_t *o, const char *key, const char *text, int *error)
{
	if (!*error)
		*error = json_put(o, key, text ? json_text(text) : json_null());
}

static void put_number(json_t *o, const char *key, uint64_t n, int *error)
{
	if (!*error)
		*error = json_put(o, key, json_number(n));
}

static json_t *input_json(const struct input *i)
{
	json_t *o = json_object();
	char hex[SHA256_HEX_SIZE];
	struct sha256 digest;
	int error = 0;

	put_text(o, "path", i->path, &error);
	put_text(o, "kind", input_kind_name(i->kind), &error);
	if (i->content) {
		put_number(o, "size", content_size(i->content), &error);
		error = error ? error : sha256_of(content_data(i->content), content_size(i->content), &digest);
		hex_of(digest.bytes, SHA256_SIZE, hex);
		put_text(o, "sha256", hex, &error);
	}
	return json_checked(o, error);
}

static void put_inputs(struct json_stream *s, const struct inputs *in)
{
	size_t i;

	json_stream_open(s, "inputs", '[');
	for (i = 0; i < in->count; i++)
		if (in->items[i].given)
			json_stream_put(s, NULL, input_json(&in->items[i]));
	json_stream_close(s);
}

static json_t *list_json(const struct string_list *l)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; l && i < l->count; i++)
		if (json_array_append_new(a, json_text(l->items[i])) != 0)
			return json_checked(a, -ENOMEM);
	return a;
}

static json_t *options_json(const struct prune *p, const struct plan_options *o)
{
	json_t *j = json_object();
	int error = json_put(j, "targets", list_json(p->options->gpu_targets));

	error = error ? error : json_put(j, "closed_world", list_json(p->options->closed_world));
	error = error ? error : json_put(j, "roots", list_json(p->options->roots));
	error = error ? error : json_put(j, "entries", list_json(p->options->entries));
	error = error ? error : json_put(j, "drop_ptx", json_boolean(p->options->drop_ptx));
	put_text(j, "level", evidence_level_name(o->level), &error);
	put_number(j, "min_bytes", o->min_bytes, &error);
	return json_checked(j, error);
}

static json_t *section_json(const struct suggested_section *x)
{
	json_t *j = json_object();
	int error = 0;

	put_text(j, "object", x->object, &error);
	put_text(j, "section", x->section, &error);
	put_number(j, "bytes", x->bytes, &error);
	put_number(j, "loaded_bytes", x->loaded, &error);
	return json_checked(j, error);
}

static void put_member(struct json_stream *s, const char *key, const char *text)
{
	if (text)
		json_stream_put(s, key, json_text(text));
}

static void put_suggestion(struct json_stream *s, const struct suggestion *g)
{
	size_t i;

	json_stream_open(s, NULL, '{');
	put_member(s, "id", g->id);
	put_member(s, "kind", suggestion_kind_name(g->kind));
	put_member(s, "subject", g->subject);
	json_stream_put(s, "bytes", json_number(g->bytes));
	json_stream_put(s, "loaded_bytes", json_number(g->loaded));
	json_stream_put(s, "additional_bytes", json_number(g->additional));
	json_stream_put(s, "additional_loaded_bytes", json_number(g->additional_loaded));
	put_member(s, "evidence", evidence_level_name(g->evidence));
	put_member(s, "because", g->because);
	put_member(s, "risk", g->risk);
	put_member(s, "edit", g->edit);
	put_member(s, "verify", g->verify);
	put_member(s, "buildozer", g->buildozer);
	put_member(s, "file", g->file);
	put_member(s, "patch", g->patch);
	if (g->action)
		json_stream_put(s, "action", json_incref(g->action));
	json_stream_open(s, "sections", '[');
	for (i = 0; i < g->section_count; i++)
		json_stream_put(s, NULL, section_json(&g->sections[i]));
	json_stream_close(s);
	json_stream_close(s);
}

static void put_totals(struct json_stream *s, const struct suggestions *l)
{
	int level;

	json_stream_open(s, "totals", '{');
	json_stream_put(s, "suggestions", json_number(l->count));
	json_stream_put(s, "filtered", json_number(l->filtered));
	json_stream_put(s, "bytes_if_all", json_number(l->bytes_if_all));
	json_stream_put(s, "loaded_bytes_if_all", json_number(l->loaded_if_all));
	json_stream_open(s, "at_least", '{');
	for (level = EVIDENCE_PROVED; level <= EVIDENCE_HEURISTIC; level++)
		json_stream_put(s, evidence_level_name((enum evidence_level)level), json_number(l->bytes_by_level[level]));
	json_stream_close(s);
	json_stream_close(s);
}

int plan_json(FILE *f, const struct prune *p, const struct plan_options *o)
{
	struct json_stream s = { .f = f };
	size_t i;

	json_stream_open(&s, NULL, '{');
	put_member(&s, "format", "depgraph-plan");
	json_stream_put(&s, "version", json_integer(1));
	put_member(&s, "tool", o->version);
	put_inputs(&s, p->in);
	json_stream_put(&s, "options", options_json(p, o));
	put_totals(&s, &p->found);
	json_stream_open(&s, "suggestions", '[');
	for (i = 0; i < p->found.count; i++)
		put_suggestion(&s, p->found.items[i]);
	json_stream_close(&s);
	json_stream_open(&s, "notes", '[');
	for (i = 0; i < p->note_count; i++)
		json_stream_put(&s, NULL, json_text(p->notes[i].text));
	json_stream_close(&s);
	json_stream_close(&s);
	return json_stream_finish(&s);
}
