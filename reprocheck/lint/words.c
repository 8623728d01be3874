/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of lint_rules.h, and what their options say.
 *
 * A word keeps its text without quotes, with ${NAME} or $() where something was
 * expanded, and beside it what flows in there.  So `-DDATE="\"$D\""` can be
 * seen to define something that varies, and `-O2 $D` not to.
 */
#include "reprocheck/lint/rules.h"

#include <string.h>

/* Twice the room, up to the cap. */
static bool grow_text(struct lint *l, struct word *w, size_t need)
{
	uint32_t cap = w->cap ? w->cap : 48;
	char *p;

	if (need < w->cap)
		return true;
	while (cap <= need)
		cap *= 2;
	p = arena_alloc(&l->scratch, cap);
	if (!p)
		return false;
	if (w->len)
		memcpy(p, w->text, w->len);
	w->text = p;
	w->cap = cap;
	return true;
}

void word_put(struct lint *l, struct word *w, const char *p, size_t n)
{
	if (w->len >= LINT_WORD_MAX)
		return;
	if (n > LINT_WORD_MAX - w->len)
		n = LINT_WORD_MAX - w->len;
	if (!grow_text(l, w, w->len + n))
		return;
	memcpy(w->text + w->len, p, n);
	w->len += (uint32_t)n;
	w->text[w->len] = '\0';
}

void word_ref(struct lint *l, struct word *w, node from, const char *placeholder, size_t n)
{
	if (from && w->ref_count == w->ref_cap && w->ref_cap < LINT_REFS_MAX) {
		uint32_t cap = w->ref_cap ? w->ref_cap * 2 : 4;
		struct reference_in_word *refs = arena_array(&l->scratch, cap, sizeof(*refs));

		if (refs && w->ref_count)
			memcpy(refs, w->refs, w->ref_count * sizeof(*refs));
		if (refs) {
			w->refs = refs;
			w->ref_cap = cap;
		}
	}
	if (from && w->ref_count < w->ref_cap)
		w->refs[w->ref_count++] = (struct reference_in_word){ w->len, from };
	word_put(l, w, placeholder, n);
}

node word_node_from(struct lint *l, const struct word *w, size_t at)
{
	node all = 0;
	uint32_t i, first = 0;

	while (first < w->ref_count && w->refs[first].at < at)
		first++;
	if (w->ref_count - first < 2)
		return first < w->ref_count ? w->refs[first].from : 0;
	all = flow_new(l, CLASS_ALL);
	for (i = first; i < w->ref_count; i++)
		flow(l, w->refs[i].from, all);
	return all;
}

node word_node(struct lint *l, const struct word *w)
{
	return word_node_from(l, w, 0);
}

bool word_is(const struct word *w, const char *s)
{
	return w->len == strlen(s) && !memcmp(w->text ?: "", s, w->len);
}

bool word_begins(const struct word *w, const char *s)
{
	return w->len >= strlen(s) && !memcmp(w->text ?: "", s, strlen(s));
}

/* The option that the reference at text[at] belongs to: the nearest '-' before it that begins one. */
static const char *option_before(const struct word *w, size_t at)
{
	size_t i = at;

	while (i-- > 0)
		if (w->text[i] == '-' && (i == 0 || strchr(" \t\n\"'=,;:(", w->text[i - 1])))
			return w->text + i;
	return NULL;
}

static bool begins(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/* "-X pkg.name=" of go's linker, not "-X POST" of curl. */
static bool sets_go_variable(const char *option, const char *reference)
{
	const char *equals = begins(option, "-X") ? memchr(option, '=', (size_t)(reference - option)) : NULL;

	return equals && memchr(option, '.', (size_t)(equals - option) + 1);
}

/* Whether a blank outside quotes lies in between: what follows is another argument. */
static bool is_over(const char *option, const char *reference)
{
	char quote = '\0';

	for (; option < reference; option++) {
		if (*option == '\\' && option + 1 < reference)
			option++;
		else if (quote && *option == quote)
			quote = '\0';
		else if (!quote && (*option == '"' || *option == '\''))
			quote = *option;
		else if (!quote && (*option == ' ' || *option == '\t'))
			return true;
	}
	return false;
}

/* -DCMAKE_BUILD_TYPE=, -DNAME:STRING= */
static bool is_of_cmake(const char *option)
{
	size_t name = strcspn(option, ":=");

	return begins(option, "-DCMAKE_") || (begins(option, "-D") && option[name] == ':');
}

static enum sink_kind option_sink(const struct word *w, const char *option, const char *reference,
				  enum sink_kind define)
{
	if ((w->raw || option > w->text) && is_over(option + (begins(option, "-X ") ? 3 : 0), reference))
		return SINK_NONE;
	if (is_of_cmake(option)) /* wherever it stands */
		return SINK_PARAMETER;
	if (begins(option, "-D") && memchr(option, '=', (size_t)(reference - option)))
		return define;
	if (sets_go_variable(option, reference))
		return SINK_DEFINE;
	if (begins(option, "-rpath") && !begins(option, "-rpath-link"))
		return SINK_RPATH;
	return SINK_NONE;
}

void word_options(struct lint *l, const struct word *w, enum sink_kind kind)
{
	uint32_t i;

	for (i = 0; i < w->ref_count; i++) {
		const char *option = w->refs[i].at < w->len ? option_before(w, w->refs[i].at) : NULL;

		if (option)
			flow_sink(l, w->refs[i].from, option_sink(w, option, w->text + w->refs[i].at, kind));
	}
}

/* The flag as a whole word in the file's own text, so that the report points at it. */
static bool flag_at(const struct lint *l, const struct word *w, const char *flag, uint64_t *ret)
{
	uint64_t end = w->end < l->size ? w->end : l->size, at = w->offset;
	size_t n = strlen(flag);
	const char *hit;

	if (end > at + LINT_PIECE_MAX)
		end = at + LINT_PIECE_MAX;
	while (at < end && (hit = memmem(l->text + at, end - at, flag, n))) {
		at = (uint64_t)(hit - l->text);
		if (at + n >= l->size || !strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", hit[n])) {
			*ret = at;
			return true;
		}
		at += n;
	}
	return false;
}

void word_flags(struct lint *l, const struct word *w)
{
	static const struct {
		const char *flag;
		enum lint_rule_id rule;
		const char *fix;
	} flags[] = {
		{ "-march=native", RULE_MARCH_NATIVE, NULL },
		{ "-mcpu=native", RULE_MARCH_NATIVE, "-mcpu= with the processor that is meant" },
		{ "target-cpu=native", RULE_MARCH_NATIVE, "-C target-cpu=x86-64-v2" },
		{ "-mtune=native", RULE_MTUNE_NATIVE, NULL },
		{ "--build-id=uuid", RULE_BUILD_ID, NULL },
	};
	uint64_t at;
	size_t i;

	if (!w->text || (!strstr(w->text, "native") && !strstr(w->text, "uuid")))
		return;
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!strstr(w->text, flags[i].flag) || !flag_at(l, w, flags[i].flag, &at))
			continue;
		if (flags[i].rule == RULE_MTUNE_NATIVE && strstr(w->text, "-march=native"))
			continue; /* said by that */
		flow_found(l, flags[i].rule, at, strlen(flags[i].flag), flags[i].fix);
	}
}
