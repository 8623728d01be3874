/* SPDX-License-Identifier: Apache-2.0 */
/* A tree as JSON: docs/depgraph-python.md. */
#include "depgraph/python/python.h"

#include "base/json.h"

#include <errno.h>

static int put_number(json_t *j, const char *key, uint64_t n)
{
	return json_put(j, key, json_integer((json_int_t)n));
}

static int put_states(json_t *j, const char *key, const uint64_t bytes[PYTHON_STATES])
{
	json_t *states = json_object();
	unsigned i;
	int r = 0;

	for (i = 0; !r && i < PYTHON_STATES; i++)
		r = put_number(states, python_state_name(i), bytes[i]);
	return json_put(j, key, states) < 0 ? -ENOMEM : r;
}

/* Takes the reference. */
static int append(json_t *list, json_t *item, int r)
{
	if (r < 0) {
		json_decref(item);
		return r;
	}
	return json_array_append_new(list, item) < 0 ? -ENOMEM : 0;
}

static int put_texts(json_t *j, const char *key, const char *const *texts, uint32_t n)
{
	json_t *list = json_array();
	uint32_t i;
	int r = 0;

	for (i = 0; !r && i < n; i++)
		r = append(list, json_text(texts[i]), 0);
	return json_put(j, key, list) < 0 ? -ENOMEM : r;
}

static int put_points(json_t *j, const struct python_dist *d)
{
	json_t *list = json_array();
	uint32_t i;
	int r = 0;

	for (i = 0; !r && i < d->point_count; i++) {
		json_t *e = json_object();

		r = json_put(e, "group", json_text(d->points[i].group));
		r = r < 0 ? r : json_put(e, "name", json_text(d->points[i].name));
		r = r < 0 ? r : json_put(e, "module", json_text(d->points[i].module));
		r = append(list, e, r);
	}
	return json_put(j, "entry_points", list) < 0 ? -ENOMEM : r;
}

static int put_dist(json_t *list, const struct python_tree *t, const struct python_dist *d)
{
	json_t *j = json_object();
	int r = json_put(j, "name", json_text(d->name));

	r = r < 0 ? r : json_put(j, "version", json_text(d->version));
	r = r < 0 ? r : json_put(j, "state", json_string(python_state_name(d->state)));
	r = r < 0 ? r : put_number(j, "bytes", d->total);
	r = r < 0 ? r : put_states(j, "by_state", d->bytes);
	r = r < 0 ? r : put_number(j, "data_bytes", d->data_bytes);
	r = r < 0 ? r : put_number(j, "modules", d->modules);
	r = r < 0 ? r : put_number(j, "used_modules", d->used_modules);
	r = r < 0 ? r : put_number(j, "runs", d->runs);
	r = r < 0 ? r : json_put(j, "record", json_boolean(d->has_record));
	r = r < 0 ? r : json_put(j, "editable", json_boolean(d->editable));
	r = r < 0 ? r : put_texts(j, "requires", d->requires + 1, d->require_count);
	if (r >= 0 && d->required_by != PYTHON_NONE)
		r = json_put(j, "required_by", json_text(t->dists[d->required_by].name));
	r = r < 0 ? r : put_points(j, d);
	return append(list, j, r);
}

static int put_module(json_t *list, const struct python_tree *t, const struct python_module *m)
{
	json_t *j = json_object();
	int r = json_put(j, "name", json_text(m->name));

	if (r >= 0 && m->dist != PYTHON_NONE)
		r = json_put(j, "distribution", json_text(t->dists[m->dist].name));
	if (r >= 0 && m->file != PYTHON_NONE)
		r = json_put(j, "file", json_text(t->files[m->file].path));
	r = r < 0 ? r : json_put(j, "state", json_string(python_state_name(m->state)));
	r = r < 0 ? r : put_number(j, "bytes", m->bytes);
	r = r < 0 ? r : put_number(j, "data_bytes", m->data_bytes);
	r = r < 0 ? r : put_number(j, "runs", m->runs);
	if (r >= 0 && m->via != PYTHON_NONE)
		r = json_put(j, "via", json_text(t->modules[m->via].name));
	if (r >= 0 && m->via_form)
		r = json_put(j, "form", json_string(m->via_form));
	if (r >= 0 && m->imported_by_unused)
		r = json_put(j, "only_imported_by_unused", json_true());
	if (r >= 0 && m->broken)
		r = json_put(j, "not_parsed", json_text(m->broken));
	return append(list, j, r);
}

static int put_lists(json_t *root, const struct python_tree *t)
{
	json_t *dists = json_array(), *modules = json_array(), *risks = json_array();
	uint32_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < t->dist_count; i++)
		r = put_dist(dists, t, &t->dists[i]);
	for (i = 0; r >= 0 && i < t->module_count; i++)
		r = put_module(modules, t, &t->modules[i]);
	for (i = 0; r >= 0 && i < t->risk_count; i++) {
		json_t *j = json_object();

		r = json_put(j, "where", json_text(t->risks[i].where));
		r = r < 0 ? r : json_put(j, "text", json_text(t->risks[i].text));
		r = append(risks, j, r);
	}
	if (json_put(root, "distributions", dists) < 0)
		r = -ENOMEM;
	if (json_put(root, "modules", modules) < 0)
		r = -ENOMEM;
	return json_put(root, "risks", risks) < 0 ? -ENOMEM : r;
}

static int put_totals(json_t *root, const struct python_tree *t)
{
	json_t *totals = json_object();
	int r = put_number(totals, "bytes", t->bytes);

	r = r < 0 ? r : put_states(totals, "by_state", t->by_state);
	r = r < 0 ? r : put_number(totals, "files", t->file_count);
	if (r >= 0 && t->runs)
		r = put_number(totals, "used_but_in_no_run_bytes", t->unseen_bytes);
	return json_put(root, "totals", totals) < 0 ? -ENOMEM : r;
}

int python_report_json(FILE *f, const struct python_report *report)
{
	const struct python_tree *t = report->tree;
	json_t *root = json_object();
	int r = json_put(root, "tree", json_text(t->path));

	r = r < 0 ? r : json_put(root, "interpreter", json_text(t->interpreter));
	r = r < 0 ? r : json_put(root, "python", json_text(t->version));
	r = r < 0 ? r : put_texts(root, "entries", report->entries ? report->entries->items : NULL,
				  report->entries ? (uint32_t)report->entries->count : 0);
	r = r < 0 ? r : put_number(root, "runs", t->runs);
	r = r < 0 ? r : put_totals(root, t);
	r = r < 0 ? r : put_lists(root, t);
	r = r < 0 ? r : put_texts(root, "missing", t->missing, t->missing_count);
	r = r < 0 ? r : put_texts(root, "notes", t->notes, t->note_count);
	r = r < 0 ? r : json_write(f, root);
	json_decref(root);
	return r;
}
