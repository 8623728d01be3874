/* SPDX-License-Identifier: Apache-2.0 */
/* The form is docs/reprocheck-log.md. */
#include "reprocheck/log/report.h"

#include "base/cleanup.h"
#include "reprocheck/causes/cause_text.h"
#include "reprocheck/report/json_names.h"
#include "reprocheck/log/changes.h"
#include "reprocheck/report/summary.h"

#include <errno.h>

#define SOURCES_MAX 1000

static json_t *log_of(const struct log_store *s, const char *path)
{
	json_t *o = json_object();
	int r = json_put_name(o, "path", path);

	r |= json_put(o, "format", json_string(execlog_format_name(s->info.format)));
	r |= json_put(o, "actions", json_number(s->actions.count - s->links));
	r |= json_put(o, "hash_function", json_string(s->info.hash_function));
	r |= json_put(o, "inputs_known", json_boolean(s->info.inputs_known));
	r |= json_put(o, "outputs_known", json_boolean(s->info.outputs_known));
	return json_checked(o, r);
}

static json_t *counts_of(const struct log_comparison *c)
{
	json_t *o = json_object();
	int i, r = 0;

	for (i = 0; i < LOG_OUTCOME_COUNT; i++)
		r |= json_put(o, log_outcome_name((enum log_outcome)i), json_number(c->counts[i]));
	return json_checked(o, r);
}

static json_t *changed_by(const struct log_comparison *c)
{
	json_t *o = json_object();
	int i, r = 0;

	for (i = 0; i < LOG_REASON_COUNT; i++) {
		const char *names[LOG_REASON_COUNT + 1];

		log_reason_names((uint16_t)(1u << i), names);
		if (c->changed_by[i])
			r |= json_put(o, names[0], json_number(c->changed_by[i]));
	}
	return json_checked(o, r);
}

static void put_sources(struct json_stream *j, const struct log_comparison *c)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(SIZE_MAX);
	size_t i;

	json_stream_put(j, "sources_total", json_number(c->sources.count));
	json_stream_open(j, "sources", '[');
	for (i = 0; i < c->sources.count && i < SOURCES_MAX; i++) {
		const struct log_source *s = LOG_AT(&c->sources, const struct log_source, i);
		json_t *o = json_object();
		int r = json_put_name(o, "path", log_name_text(c->a->names, s->path, &b));

		r |= json_put(o, "unlogged", json_boolean(s->unlogged));
		r |= json_put(o, "actions", json_number(s->actions));
		json_stream_put(j, NULL, json_checked(o, r | b.error));
	}
	json_stream_close(j);
}

/* ---- one action ---------------------------------------------------------------------------------------------- */

static json_t *reasons_of(uint16_t reasons)
{
	const char *names[LOG_REASON_COUNT + 1];
	json_t *list = json_array();
	size_t i;
	int r = 0;

	log_reason_names(reasons, names);
	for (i = 0; names[i]; i++)
		r |= json_array_append_new(list, json_string(names[i]));
	return json_checked(list, r);
}

static json_t *follows_of(const struct log_comparison *c, const struct log_root *root)
{
	json_t *o;
	int r;

	if (!root || !root->ranked)
		return json_null();
	o = json_object();
	r = json_put(o, "actions", json_number(root->actions));
	r |= json_put(o, "bytes", json_number(root->bytes));
	if (c->exclusive_known)
		r |= json_put(o, "exclusive_actions", json_number(root->exclusive));
	return json_checked(o, r);
}

static json_t *side_of(const struct log_side_detail *s)
{
	json_t *o;
	int r;

	if (!s->runner)
		return json_null();
	o = json_object();
	r = json_put_name(o, "runner", s->runner);
	r |= json_put(o, "cache_hit", json_boolean(s->cache_hit));
	r |= json_put(o, "exit_code", json_integer(s->exit_code));
	r |= json_put_name(o, "status", s->status);
	return json_checked(o, r);
}

static json_t *change_of(const struct log_change *c)
{
	json_t *o = json_object();
	int r = json_put_optional(o, "name", c->name);

	if (!c->name && c->text[0])
		r |= json_put(o, "a_position", json_number(c->position[0]));
	if (!c->name && c->text[1])
		r |= json_put(o, "b_position", json_number(c->position[1]));
	r |= c->text[0] ? json_put_name(o, "a", c->text[0]) : 0;
	r |= c->text[1] ? json_put_name(o, "b", c->text[1]) : 0;
	return json_checked(o, r);
}

/* Takes the result of the comparison that filled the list. */
static json_t *changes_of(const struct log_array *changes, int r)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < changes->count; i++)
		r |= json_array_append_new(list, change_of(LOG_AT(changes, const struct log_change, i)));
	return json_checked(list, r);
}

static int put_command(json_t *o, const struct log_detail *d)
{
	CLEANUP(log_array_release) struct log_array args = LOG_ARRAY_OF(struct log_change);
	CLEANUP(log_array_release) struct log_array env = LOG_ARRAY_OF(struct log_change);
	CLEANUP(log_array_release) struct log_array platform = LOG_ARRAY_OF(struct log_change);
	const struct log_side_detail *a = &d->side[0], *b = &d->side[1];
	int r = log_changed_args(a, b, &args);

	r = json_put(o, "arguments", changes_of(&args, r));
	r |= log_changed_pairs(a->env, a->env_count, b->env, b->env_count, &env);
	r |= json_put(o, "environment", changes_of(&env, 0));
	r |= log_changed_pairs(a->platform, a->platform_count, b->platform, b->platform_count, &platform);
	return r | json_put(o, "platform", changes_of(&platform, 0));
}

static json_t *file_of(const struct log_file_detail *f)
{
	static const char *const kinds[] = { [LOG_FILE] = "file", [LOG_DIRECTORY] = "directory",
					     [LOG_SYMLINK] = "symlink", [LOG_MISSING] = "missing" };
	json_t *o;
	int r;

	if (!f)
		return json_null();
	o = json_object();
	r = json_put(o, "kind", json_string(kinds[f->kind]));
	if (f->kind == LOG_FILE)
		r |= json_put_name(o, "hash", f->hash);
	if (f->kind == LOG_SYMLINK)
		r |= json_put_name(o, "target", f->hash);
	if (f->kind == LOG_DIRECTORY)
		r |= json_put(o, "files", json_number(f->member_count));
	if (f->kind == LOG_FILE || f->kind == LOG_DIRECTORY)
		r |= json_put(o, "size", json_number(f->size));
	return json_checked(o, r);
}

static json_t *maker_of(const struct log_report *report, const struct log_file_pair *f)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(SIZE_MAX);
	const struct log_comparison *c = report->comparison;
	const struct log_match *m = LOG_AT(&c->matches, const struct log_match, f->producer);
	const struct log_known_action *a = m->a != LOG_NONE ? log_action_at(c->a, m->a) : log_action_at(c->b, m->b);
	json_t *o = json_object();
	int r = json_put_name(o, "mnemonic", log_name_text(c->a->names, a->mnemonic, &b));

	r |= json_put_name(o, "target", log_name_text(c->a->names, a->target, &b));
	r |= json_put(o, "outcome", json_string(log_outcome_name((enum log_outcome)m->outcome)));
	return json_checked(o, r | b.error);
}

static json_t *files_of(const struct log_report *report, const struct log_file_pair *files, size_t count, bool inputs)
{
	json_t *list = json_array();
	size_t i;
	int r = 0;

	for (i = 0; i < count; i++) {
		json_t *o = json_object();

		r |= json_put_name(o, "path", files[i].path);
		r |= json_put(o, "a", file_of(files[i].a));
		r |= json_put(o, "b", file_of(files[i].b));
		if (inputs)
			r |= json_put(o, "tool", json_boolean(files[i].tool));
		if (inputs && files[i].generated)
			r |= json_put(o, "made_by", maker_of(report, &files[i]));
		r |= json_array_append_new(list, o);
	}
	return json_checked(list, r);
}

/* ---- opened outputs ------------------------------------------------------------------------------------------ */

static json_t *place_of(const struct ranked_finding *n)
{
	const struct place *p = n->finding->places_kept ? n->finding->places : NULL;
	AUTO_FREE char *path = p ? place_full_path(n->space, p) : NULL;
	json_t *o;
	int r;

	if (!p)
		return json_null();
	o = json_object();
	r = path ? json_put_name(o, "path", path) : -ENOMEM;
	r |= json_put(o, "a_offset", json_number(p->a_off));
	r |= json_put(o, "b_offset", json_number(p->b_off));
	r |= json_put_optional(o, "symbol", p->symbol);
	r |= json_put_optional(o, "source", p->source);
	r |= json_put_optional(o, "a_text", p->a_text);
	r |= json_put_optional(o, "b_text", p->b_text);
	return json_checked(o, r);
}

static json_t *cause_of(const struct cause_summary *s)
{
	json_t *o = json_object();
	int r = json_put(o, "cause", json_string(s->cause->id));

	r |= json_put(o, "class", json_string(class_name(s->class)));
	r |= json_put(o, "level", json_string(evidence_name(s->level)));
	r |= json_put(o, "bytes", json_number(s->bytes));
	r |= json_put(o, "places_total", json_number(s->places));
	r |= json_put(o, "fix", json_string(cause_fix_line(s->cause)));
	r |= json_put(o, "first_place", s->count ? place_of(&s->findings[0]) : json_null());
	return json_checked(o, r);
}

static int put_comparison(json_t *o, const struct comparison *c)
{
	CLEANUP(summary_release) struct summary s = { 0 };
	json_t *list;
	size_t i;
	int r = summary_make(c, &s);

	if (r < 0)
		return r;
	list = json_array();
	for (i = 0; i < s.cause_count; i++)
		r |= json_array_append_new(list, cause_of(&s.causes[i]));
	r |= json_put(o, "differing_bytes", json_number(c->totals.differing));
	r |= json_put(o, "trouble", json_boolean(c->trouble));
	return r | json_put(o, "findings", list);
}

static json_t *opened_of(const struct log_opened_list *l)
{
	json_t *list = json_array();
	size_t i;
	int r = 0;

	for (i = 0; i < l->count; i++) {
		json_t *o = json_object();

		r |= json_put_name(o, "path", l->items[i].path);
		if (l->items[i].comparison)
			r |= put_comparison(o, l->items[i].comparison);
		else
			r |= json_put_name(o, "problem", l->items[i].problem);
		r |= json_array_append_new(list, o);
	}
	return json_checked(list, r);
}

static json_t *action_of(const struct log_report *report, const struct log_listed *item)
{
	const struct log_match *m = LOG_AT(&report->comparison->matches, const struct log_match, item->match);
	const struct log_detail *d = item->detail;
	json_t *o = json_object();
	int r = json_put(o, "outcome", json_string(log_outcome_name((enum log_outcome)m->outcome)));

	r |= json_put_name(o, "mnemonic", d->mnemonic);
	r |= json_put_name(o, "target", d->target);
	r |= json_put_name(o, "key", d->key);
	r |= json_put(o, "differs", reasons_of(m->reasons));
	r |= json_put(o, "invalidates", follows_of(report->comparison, item->root));
	r |= json_put(o, "a", side_of(&d->side[0]));
	r |= json_put(o, "b", side_of(&d->side[1]));
	if (m->a != LOG_NONE && m->b != LOG_NONE) {
		r |= put_command(o, d);
		r |= json_put(o, "inputs_differing", json_number(d->inputs_differing));
		r |= json_put(o, "inputs", files_of(report, d->inputs, d->input_count, true));
	}
	r |= json_put(o, "outputs", files_of(report, d->outputs, d->output_count, false));
	if (report->opened)
		r |= json_put(o, "opened", opened_of(&item->opened));
	return json_checked(o, r);
}

int log_report_json(FILE *f, const struct log_report *r)
{
	const struct log_comparison *c = r->comparison;
	struct json_stream j = { .f = f };
	size_t i;

	json_stream_open(&j, NULL, '{');
	json_stream_put(&j, "schema", json_string("reprocheck-log/1"));
	json_stream_put(&j, "version", json_string(r->version));
	json_stream_put(&j, "a", log_of(c->a, r->paths[0]));
	json_stream_put(&j, "b", log_of(c->b, r->paths[1]));
	json_stream_put(&j, "counts", counts_of(c));
	json_stream_put(&j, "changed_by", changed_by(c));
	put_sources(&j, c);
	json_stream_put(&j, "input_lists_unchecked", json_number(c->unchecked));
	json_stream_put(&j, "roots_unranked", json_number(c->unranked));
	json_stream_put(&j, "cyclic", json_boolean(c->cyclic));
	json_stream_open(&j, "actions", '[');
	for (i = 0; i < r->listed_count; i++)
		json_stream_put(&j, NULL, action_of(r, &r->listed[i]));
	json_stream_close(&j);
	json_stream_close(&j);
	return json_stream_finish(&j);
}
