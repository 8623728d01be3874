/* SPDX-License-Identifier: Apache-2.0 */
/* suggestion.c: a growing list; see account.c for the sums. */
#include "depgraph/prune/suggestion.h"

#include "base/bytes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX  ((size_t)1 << 20)
#define ROWS_MAX   ((size_t)1 << 26)
#define SPACES_MAX ((size_t)1 << 22)

const char *suggestion_kind_name(enum suggestion_kind k)
{
	static const char *const names[SUGGEST_KINDS] = {
		[SUGGEST_DEAD_SECTIONS] = "dead-sections",
		[SUGGEST_DEAD_CODE] = "dead-code",
		[SUGGEST_UNUSED_OBJECT] = "unused-object",
		[SUGGEST_UNUSED_ARCHIVE] = "unused-archive",
		[SUGGEST_WHOLE_ARCHIVE] = "whole-archive",
		[SUGGEST_DUPLICATE_CODE] = "duplicate-library",
		[SUGGEST_UNUSED_LIBRARY] = "unused-library",
		[SUGGEST_UNUSED_DEPENDENCY] = "unused-dependency",
		[SUGGEST_UNIMPORTED_EXPORTS] = "unimported-exports",
		[SUGGEST_DEBUG_SECTIONS] = "debug-sections",
		[SUGGEST_IDENTICAL_CODE] = "identical-code",
		[SUGGEST_GPU_ARCHITECTURE] = "gpu-architecture",
		[SUGGEST_GPU_COMPRESS] = "gpu-compress",
		[SUGGEST_GPU_LTO_IR] = "gpu-lto-ir",
		[SUGGEST_GPU_PTX] = "gpu-ptx",
		[SUGGEST_GPU_RELOCATABLE] = "gpu-relocatable",
		[SUGGEST_PYTHON_MODULE] = "python-module",
		[SUGGEST_PYTHON_DISTRIBUTION] = "python-distribution",
	};

	return (unsigned)k < SUGGEST_KINDS ? names[k] : "?";
}

static const char *const level_names[] = { "proved", "observed", "heuristic" };

const char *evidence_level_name(enum evidence_level e)
{
	return (unsigned)e <= EVIDENCE_HEURISTIC ? level_names[e] : "?";
}

int evidence_level_parse(const char *word, enum evidence_level *ret)
{
	unsigned i;

	for (i = 0; i <= EVIDENCE_HEURISTIC; i++)
		if (strcmp(word, level_names[i]) == 0) {
			*ret = (enum evidence_level)i;
			return 0;
		}
	return -EINVAL;
}

static void suggestion_release(struct suggestion *s)
{
	free(s->sections);
	free(s->claims);
	json_decref(s->action);
	free(s);
}

void suggestions_release(struct suggestions *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		suggestion_release(l->items[i]);
	free(l->items);
	free(l->spaces);
	arena_release(&l->arena);
	*l = (struct suggestions)SUGGESTIONS_INIT;
}

/* Room for one more; doubles. false: the list is in error. */
static bool grow(struct suggestions *l, void **items, size_t count, size_t *capacity, size_t size, size_t max)
{
	size_t more = *capacity ? *capacity * 2 : 16;
	void *p;

	if (l->error)
		return false;
	if (count < *capacity)
		return true;
	p = count < max ? reallocarray(*items, more, size) : NULL;
	if (!p) {
		l->error = -ENOMEM;
		return false;
	}
	*items = p;
	*capacity = more;
	return true;
}

static const char *copied(struct suggestions *l, const char *text)
{
	const char *copy = arena_strndup(&l->arena, text, strlen(text));

	if (!copy)
		l->error = -ENOMEM;
	return copy ? copy : "";
}

struct suggestion *suggestions_add(struct suggestions *l, enum suggestion_kind kind, enum evidence_level evidence,
				   const char *subject)
{
	static struct suggestion scratch;
	struct suggestion *s = calloc(1, sizeof(*s));
	void *items = l->items;

	if (!s || !grow(l, &items, l->count, &l->capacity, sizeof(*l->items), ITEMS_MAX)) {
		free(s);
		l->error = -ENOMEM;
		memset(&scratch, 0, sizeof(scratch));
		return &scratch;
	}
	l->items = items;
	l->items[l->count++] = s;
	s->kind = kind;
	s->evidence = evidence;
	s->subject = copied(l, subject);
	s->because = s->edit = s->verify = "";
	return s;
}

void suggestion_set(struct suggestions *l, const char **member, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		l->error = -ENOMEM;
		return;
	}
	*member = copied(l, text);
	free(text);
}

uint32_t suggestions_space(struct suggestions *l, const char *name)
{
	void *spaces = l->spaces;
	size_t i;

	/* Callers ask again and again for the one they use: it is the last. */
	for (i = l->space_count; i-- > 0;)
		if (strcmp(l->spaces[i], name) == 0)
			return (uint32_t)i;
	if (!grow(l, &spaces, l->space_count, &l->space_capacity, sizeof(*l->spaces), SPACES_MAX))
		return 0;
	l->spaces = spaces;
	l->spaces[l->space_count] = copied(l, name);
	return (uint32_t)l->space_count++;
}

void suggestion_claim(struct suggestions *l, struct suggestion *s, uint32_t space, uint64_t off, uint64_t len,
		      uint64_t bytes, uint64_t loaded)
{
	void *claims = s->claims;
	uint64_t end;

	if (!len || add_overflows(off, len, &end) ||
	    !grow(l, &claims, s->claim_count, &s->claim_capacity, sizeof(*s->claims), ROWS_MAX))
		return;
	s->claims = claims;
	s->claims[s->claim_count++] = (struct claim){ space, off, len, bytes, loaded };
}

void suggestion_section(struct suggestions *l, struct suggestion *s, const char *object, const char *section,
			uint64_t bytes, uint64_t loaded)
{
	void *sections = s->sections;

	if (!grow(l, &sections, s->section_count, &s->section_capacity, sizeof(*s->sections), ROWS_MAX))
		return;
	s->sections = sections;
	s->sections[s->section_count++] =
		(struct suggested_section){ copied(l, object), copied(l, section), bytes, loaded };
}

void suggestions_filter(struct suggestions *l, enum evidence_level level, uint64_t min_bytes)
{
	size_t i, j, kept = 0;

	for (i = 0; i < l->count; i++) {
		struct suggestion *s = l->items[i];
		uint64_t bytes = 0, loaded = 0;

		for (j = 0; j < s->claim_count; j++) {
			bytes += s->claims[j].bytes;
			loaded += s->claims[j].loaded;
		}
		if (s->evidence <= level && (bytes >= min_bytes || loaded >= min_bytes)) {
			l->items[kept++] = s;
		} else {
			suggestion_release(s);
			l->filtered++;
		}
	}
	l->count = kept;
}
