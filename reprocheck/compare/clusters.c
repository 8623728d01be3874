/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/compare/clusters.h"

#include "base/digest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ABSENT "absent"

/* One file in all builds: a task. */
struct outcome {
	const char *name;
	const struct tree_entry **entries; /* by build; NULL: absent */
	char (*digests)[SHA256_HEX_SIZE];
};

struct survey {
	struct engine *engine;
	const struct tree *const *trees;
	size_t builds;
	struct outcome *outcomes;
	size_t count;
};

static int compare_name_pointers(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static int find_entry(const void *name, const void *entry)
{
	return strcmp(name, ((const struct tree_entry *)entry)->name);
}

static const struct tree_entry *entry_of(const struct tree *t, const char *name)
{
	const struct tree_entry *e =
		t->single ? t->entries : bsearch(name, t->entries, t->count, sizeof(*t->entries), find_entry);

	return e && (t->single || S_ISREG(e->st.st_mode)) ? e : NULL;
}

/* All names of regular files, each once, sorted. */
static int list_names(const struct survey *s, const char ***ret, size_t *ret_count)
{
	size_t total = 0, n = 0, i, k;
	AUTO_FREE const char **names = NULL;

	for (i = 0; i < s->builds; i++)
		total += s->trees[i]->count;
	names = reallocarray(NULL, total + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	for (i = 0; i < s->builds; i++)
		for (k = 0; k < s->trees[i]->count; k++)
			if (s->trees[i]->single || S_ISREG(s->trees[i]->entries[k].st.st_mode))
				names[n++] = s->trees[s->trees[0]->single ? 0 : i]->entries[k].name;
	qsort(names, n, sizeof(*names), compare_name_pointers);
	for (total = n, n = 0, i = 0; i < total; i++)
		if (!n || strcmp(names[n - 1], names[i]) != 0)
			names[n++] = names[i];
	*ret = steal_pointer(names);
	*ret_count = n;
	return 0;
}

static int digest_file(const struct tree *t, const struct tree_entry *e, char *ret)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	struct sha256 d;
	int r = tree_open(t, e, &c, NULL);

	if (r >= 0)
		r = sha256_of(content_data(c), content_size(c), &d);
	if (r < 0)
		return r;
	hex_of(d.bytes, sizeof(d.bytes), ret);
	return 0;
}

static int survey_file(void *ctx, size_t i)
{
	struct survey *s = ctx;
	struct outcome *o = &s->outcomes[i];
	size_t k;

	for (k = 0; k < s->builds; k++) {
		o->entries[k] = entry_of(s->trees[k], o->name);
		memcpy(o->digests[k], ABSENT, sizeof(ABSENT));
		/* What cannot be read is equal to nothing; comparing it says why. */
		if (o->entries[k] && digest_file(s->trees[k], o->entries[k], o->digests[k]) < 0)
			(void)snprintf(o->digests[k], SHA256_HEX_SIZE, "unreadable in build %zu", k + 1);
	}
	return 0;
}

static size_t cluster_of(struct clustering *c, const char *digest)
{
	size_t i;

	for (i = 0; i < c->cluster_count; i++)
		if (strcmp(c->clusters[i].digest, digest) == 0)
			break;
	return i;
}

static void *array_of(struct engine *e, size_t count, size_t size)
{
	void *r;

	pthread_mutex_lock(&e->result->lock);
	r = arena_array(&e->result->arena, count, size);
	pthread_mutex_unlock(&e->result->lock);
	return r;
}

static int group(struct survey *s, const struct outcome *o, struct clustering *ret)
{
	size_t i, k;

	*ret = (struct clustering){ .name = engine_strdup(s->engine, o->name),
				    .clusters = array_of(s->engine, s->builds, sizeof(*ret->clusters)) };
	if (!ret->name || !ret->clusters)
		return -ENOMEM;
	for (i = 0; i < s->builds; i++) {
		struct cluster *c = &ret->clusters[k = cluster_of(ret, o->digests[i])];

		if (k == ret->cluster_count) {
			c->digest = engine_strdup(s->engine, o->digests[i]);
			c->builds = array_of(s->engine, s->builds, sizeof(*c->builds));
			ret->cluster_count++;
			if (!c->digest || !c->builds)
				return -ENOMEM;
		}
		c->builds[c->build_count++] = (unsigned)i;
	}
	ret->always_different = ret->cluster_count == s->builds;
	return 0;
}

/* The first build of the first outcome against the first of each other. */
static int compare_outcomes(struct survey *s, const struct compare_options *o, const struct outcome *out,
			    const struct clustering *c, struct space_list *ret)
{
	unsigned first = c->clusters[0].builds[0];
	size_t i;
	int r = 0;

	for (i = 1; r >= 0 && i < c->cluster_count && i <= CLUSTER_PAIRS_MAX; i++) {
		unsigned other = c->clusters[i].builds[0];
		const char *suffix = c->cluster_count == 2 && s->builds == 2
					     ? ""
					     : engine_printf(s->engine, " [%u:%u]", first + 1, other + 1);

		r = compare_one_file(s->engine, o, s->trees[first], out->entries[first], s->trees[other],
				     out->entries[other], suffix, ret);
	}
	return r;
}

static int survey_names(struct survey *s, const char **names, size_t count)
{
	size_t i;

	s->outcomes = array_of(s->engine, count + 1, sizeof(*s->outcomes));
	if (!s->outcomes)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		s->outcomes[i].name = names[i];
		s->outcomes[i].entries = array_of(s->engine, s->builds, sizeof(struct tree_entry *));
		s->outcomes[i].digests = array_of(s->engine, s->builds, SHA256_HEX_SIZE);
		if (!s->outcomes[i].entries || !s->outcomes[i].digests)
			return -ENOMEM;
	}
	s->count = count;
	return pool_for(s->engine->pool, count, survey_file, s);
}

int compare_clusters(struct engine *e, const struct compare_options *o, const struct tree *const *trees,
		     size_t count, struct space_list *ret)
{
	struct survey s = { .engine = e, .trees = trees, .builds = count };
	AUTO_FREE const char **names = NULL;
	struct comparison *c = e->result;
	size_t i, n = 0;
	int r = list_names(&s, &names, &n);

	for (i = 1; r >= 0 && i < count; i++) {
		const char *suffix = engine_printf(e, " [1:%zu]", i + 1);

		r = suffix ? compare_tree_entries(e, o, trees[0], trees[i], suffix, ret) : -ENOMEM;
	}

	if (r >= 0)
		r = survey_names(&s, names, n);
	if (r >= 0) {
		c->clusterings = array_of(e, n + 1, sizeof(*c->clusterings));
		r = c->clusterings ? 0 : -ENOMEM;
	}
	for (i = 0; r >= 0 && i < s.count; i++) {
		struct clustering *g = &c->clusterings[c->clustering_count];

		r = group(&s, &s.outcomes[i], g);
		if (r < 0)
			break;
		if (g->cluster_count == 1) {
			c->files_compared++;
			c->files_same++;
			continue;
		}
		c->clustering_count++;
		r = compare_outcomes(&s, o, &s.outcomes[i], g, ret);
	}
	return r;
}
