/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_sarif.c: SARIF 2.1.0 (OASIS, 2020): rules are kinds of suggestions, results
 * the suggestions, at the build file that is to be edited or at the file that shrinks.
 * A suggestion's id is its partial fingerprint, so a code host follows it from run to run.
 */
#include "depgraph/report/plan.h"

#include "base/buffer.h"
#include "base/json_stream.h"
#include "base/sarif.h"

#include <errno.h>

static const char *sarif_level_of(enum evidence_level e)
{
	return e == EVIDENCE_PROVED ? "warning" : "note";
}

static void put_rules(struct json_stream *s, const struct suggestions *l)
{
	bool seen[SUGGEST_KINDS] = { false };
	size_t i;

	json_stream_open(s, "rules", '[');
	for (i = 0; i < l->count; i++) {
		enum suggestion_kind k = l->items[i]->kind;

		if (!seen[k])
			json_stream_put(s, NULL, json_pack("{s:s, s:{s:s}}", "id", suggestion_kind_name(k), "properties",
							   "category", "size"));
		seen[k] = true;
	}
	json_stream_close(s);
}

static json_t *message_of(const struct suggestion *g)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1 << 20);

	(void)buffer_printf(&b, "%s: %llu bytes (%s). %s\nEdit: %s\nVerify: %s", g->subject,
			    (unsigned long long)(g->bytes ? g->bytes : g->loaded), evidence_level_name(g->evidence), g->because,
			    g->edit, g->verify);
	return b.error ? NULL : sarif_message(buffer_str(&b));
}

static json_t *result_of(const struct suggestion *g, const struct input *output)
{
	const char *file = g->file ? g->file : output ? output->path : g->subject;
	json_t *o = json_object();
	int r = json_put(o, "ruleId", json_string(suggestion_kind_name(g->kind)));

	r = r ? r : json_put(o, "level", json_string(sarif_level_of(g->evidence)));
	r = r ? r : json_put(o, "message", message_of(g));
	r = r ? r : json_put(o, "locations", json_pack("[{s:{s:{s:o}}}]", "physicalLocation", "artifactLocation", "uri",
						       sarif_uri(file)));
	r = r ? r : json_put(o, "partialFingerprints", json_pack("{s:s}", "depgraphSuggestion/v1", g->id));
	r = r ? r : json_put(o, "properties",
			     json_pack("{s:o, s:o, s:o, s:s}", "bytes", json_number(g->bytes), "loaded_bytes",
				       json_number(g->loaded), "additional_bytes", json_number(g->additional), "evidence",
				       evidence_level_name(g->evidence)));
	return json_checked(o, r);
}

int plan_sarif(FILE *f, const struct prune *p, const struct plan_options *o)
{
	struct json_stream s = { .f = f };
	size_t i;

	json_stream_open(&s, NULL, '{');
	json_stream_put(&s, "$schema", json_string(SARIF_SCHEMA));
	json_stream_put(&s, "version", json_string("2.1.0"));
	json_stream_open(&s, "runs", '[');
	json_stream_open(&s, NULL, '{');
	json_stream_open(&s, "tool", '{');
	json_stream_open(&s, "driver", '{');
	json_stream_put(&s, "name", json_string("depgraph"));
	if (o->version)
		json_stream_put(&s, "version", json_string(o->version));
	put_rules(&s, &p->found);
	json_stream_close(&s);
	json_stream_close(&s);
	json_stream_open(&s, "results", '[');
	for (i = 0; i < p->found.count; i++)
		json_stream_put(&s, NULL, result_of(p->found.items[i], inputs_output(p->in)));
	json_stream_close(&s);
	json_stream_close(&s);
	json_stream_close(&s);
	json_stream_close(&s);
	return json_stream_finish(&s);
}
