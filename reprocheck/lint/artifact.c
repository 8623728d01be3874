/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk through an artifact: parts are opened as the comparison opens them,
 * groups, contents and encoded parts, to every depth that the budget allows.
 * What is not split further is a leaf: fields are judged by what they mean
 * (lint_fields.c), everything else but code by the texts in it (lint_text.c).
 *
 * Code and tables of records are left out: no time or path stands in them that is
 * not also in a string or a field, and they are most of a program.
 */
#include "reprocheck/lint/walk.h"

#include "analyzers/code.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX       64   /* of layouts inside layouts; containers are bounded by the budget */
#define NAME_SHOWN      4096 /* bytes of a component of a path */
#define PATH_LENGTH_MAX ((DEPTH_MAX + 1) * 2 * (NAME_SHOWN + 2))
#define TEXT_SHOWN      120 /* bytes of a value */
#define BYTES_SHOWN     16  /* the same in hexadecimal */

static int walk(struct lint_walk *w, struct layout *l);

/* Appends a component to the path; the length to cut back to is returned. */
static size_t path_push(struct lint_walk *w, const char *name)
{
	size_t before = w->path.len;

	(void)buffer_printf(&w->path, "%s%.*s", before ? "//" : "", NAME_SHOWN, name);
	return before;
}

static void path_pop(struct lint_walk *w, size_t before)
{
	w->path.len = before;
	if (w->path.data)
		w->path.data[before] = '\0';
}

static void note(struct lint_walk *w, const char *text)
{
	const struct lint_options *o = w->options;

	if (o->note)
		o->note(o->note_ctx, buffer_str(&w->path), text);
}

/* --- telling --- */

char lint_other_character(char c)
{
	if (c == '9' || c == 'z' || c == 'Z' || c == 'f' || c == 'F')
		return (char)(c - 1);
	return (char)(c + 1);
}

/* The surroundings of a value, with one character of it changed. */
struct other_side {
	uint8_t bytes[3 * WINDOW_REACH];
	uint64_t len, at;
};

static void make_other_side(const struct lint_leaf *leaf, const struct lint_suspect *s,
			    struct other_side *ret)
{
	uint64_t from = s->at > WINDOW_REACH ? s->at - WINDOW_REACH : 0;
	uint64_t len = leaf->len - from < sizeof(ret->bytes) ? leaf->len - from : sizeof(ret->bytes);

	memcpy(ret->bytes, leaf->data + from, len);
	ret->len = len;
	ret->at = s->at - from;
	if (s->to && s->change - from < len)
		ret->bytes[s->change - from] = (uint8_t)s->to;
}

static const struct cause *recognised_cause(const struct lint_leaf *leaf, const struct lint_suspect *s)
{
	static const struct facts nothing = { .uid = { -1, -1 }, .gid = { -1, -1 }, .pid = { -1, -1 } };
	const struct lint_walk *w = leaf->w;
	struct recognition found = { 0 };
	struct other_side other;
	AUTO_FREE char *file = NULL;
	struct difference d = {
		.side = { { leaf->layout, leaf->part, leaf->data, leaf->len, s->at, s->len },
			  { leaf->layout, leaf->part, leaf->data, leaf->len, s->at, s->len } },
		.path = buffer_str(&w->path) + w->space,
		.format = leaf->layout->analyzer->name,
		.region = leaf->part->name,
		.section = leaf->section,
		.facts = s->facts ? s->facts : &nothing,
	};
	const struct cause *cause;

	if (asprintf(&file, "%s%s%.*s", w->file, w->space ? "//" : "", (int)w->space, buffer_str(&w->path)) <
	    0) {
		file = NULL;
		return NULL;
	}
	d.file = file;
	if (s->to) {
		make_other_side(leaf, s, &other);
		d.side[1].leaf = other.bytes;
		d.side[1].leaf_len = other.len;
		d.side[1].at = other.at;
	}
	cause = s->conclude ? cause_find(s->conclude) : recognise(&d, &found);
	if (!cause && s->fallback)
		cause = cause_find(s->fallback);
	return cause && s->only && strcmp(cause->id, s->only) != 0 ? NULL : cause;
}

static bool is_binary_field(const struct part *p)
{
	switch (p->coding) {
	case CODED_DEC:
	case CODED_OCT:
	case CODED_HEX:
	case CODED_DEC_TEXT: return false;
	case CODED_BYTES: return p->meaning == MEANS_ID || p->meaning == MEANS_TIME;
	case CODED_BASE256: return false;
	default: return p->kind == PART_FIELD;
	}
}

/* Numbers that are no text are shown in hexadecimal. */
static void show(struct buffer *b, const struct part *part, const uint8_t *p, uint64_t n)
{
	uint64_t i;

	if (!is_binary_field(part)) {
		for (n = strnlen((const char *)p, n); n && (p[n - 1] == ' ' || p[n - 1] == '\n'); n--)
			;
		(void)buffer_quote(b, p, n, TEXT_SHOWN);
		return;
	}
	for (i = 0; i < n && i < BYTES_SHOWN; i++)
		(void)buffer_printf(b, "%s%02x", i ? " " : "", p[i]);
	if (i < n)
		(void)buffer_puts(b, "...");
}

static const struct cause *cause_of(const struct lint_leaf *leaf, const struct lint_suspect *s)
{
	struct lint_memo *memo = s->rule ? leaf->memo : NULL;
	const struct cause *cause;
	size_t i;

	for (i = 0; memo && i < LINT_RULES_MAX && memo->rules[i].rule && memo->rules[i].rule != s->rule; i++)
		;
	if (!memo || i == LINT_RULES_MAX)
		return recognised_cause(leaf, s);
	memo->rules[i].rule = s->rule;
	if (memo->rules[i].count >= LINT_RECOGNISED_MAX)
		return memo->rules[i].last;
	memo->rules[i].count++;
	cause = recognised_cause(leaf, s);
	if (cause)
		memo->rules[i].last = cause;
	return cause;
}

/* The fix for the tool that the suspect is known to come from, or the first one. */
static const char *fix_of(const struct cause *cause, const char *tool, struct buffer *storage)
{
	const struct cause_fix *f;

	for (f = cause->fixes; tool && f && f->tool; f++)
		if (strcmp(f->tool, tool) == 0) {
			(void)buffer_printf(storage, "%s: %s", f->tool, f->edit);
			return buffer_str(storage);
		}
	return cause_fix_line(cause);
}

int lint_tell(const struct lint_leaf *leaf, const struct lint_suspect *s)
{
	CLEANUP(buffer_release) struct buffer text = BUFFER_INIT(1 << 16);
	CLEANUP(buffer_release) struct buffer fix = BUFFER_INIT(1 << 16);
	const struct cause *cause = cause_of(leaf, s);
	struct problem p = { .file = leaf->w->file,
			     .path = buffer_str(&leaf->w->path),
			     .offset = leaf->layout->base + leaf->part->off + s->at,
			     .cause = cause,
			     .rule = s->rule ? s->rule : leaf->part->name,
			     .detail = s->detail };

	if (!cause)
		return 0;
	show(&text, leaf->part, leaf->data + s->at, s->len);
	p.text = buffer_str(&text);
	p.fix = fix_of(cause, s->tool, &fix);
	if (text.error || fix.error || leaf->w->path.error)
		return -ENOMEM;
	return leaf->w->sink(leaf->w->ctx, &p);
}

/* --- the walk --- */

/* The section of the image that a part of `l` lies in, or that `l` was decoded from. */
static const char *section_of(const struct lint_walk *w, const struct layout *l, const struct part *p)
{
	const struct part *section;

	(void)w;
	if (!l->image)
		return p->name;
	if (l->image->content != l->content)
		return content_name(l->content);
	section = layout_part_at(l->image, l->base + p->off - l->image->base);
	return section ? section->name : p->name;
}

static bool begins(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool is_debug_section(const char *name)
{
	return begins(name, ".debug_") || begins(name, ".zdebug_") || begins(name, ".gnu.debuglto_") ||
	       begins(name, "__debug_") || begins(name, ".stab") || begins(name, ".nv_debug_");
}

/* Splitting code by its symbols is most of the work on a program, and nothing of it is read. */
static bool holds_code(const struct layout *l, const struct part *p)
{
	return l->image == l &&
	       (begins(p->name, ".text") || begins(p->name, ".plt") || strcmp(p->name, ".init") == 0 ||
		strcmp(p->name, ".fini") == 0 || begins(p->name, "__text"));
}

static int walk_leaf(struct lint_walk *w, struct layout *l, const struct part *p)
{
	struct lint_memo memo = { 0 };
	struct lint_leaf leaf = { .w = w,
				  .layout = l,
				  .part = p,
				  .data = part_data(l, p),
				  .len = p->len,
				  .section = section_of(w, l, p),
				  .image = l->image && strcmp(l->analyzer->name, "text") != 0 };

	leaf.debug = is_debug_section(leaf.section);
	leaf.memo = &memo;
	if (p->kind == PART_FIELD)
		return lint_field(&leaf);
	if (p->kind == PART_CODE || p->kind == PART_RECORDS || p->kind == PART_PADDING)
		return 0;
	return lint_text(&leaf);
}

static int walk_group(struct lint_walk *w, struct layout *l, const struct part *p)
{
	CLEANUP(layout_unrefp) struct layout *child = NULL;
	int r;

	if (holds_code(l, p))
		return 0;
	r = layout_open(l, p, &child);
	return r < 0 ? r : walk(w, child);
}

static int walk_encoded(struct lint_walk *w, struct layout *l, const struct part *p)
{
	CLEANUP(content_unrefp) struct content *plain = NULL;
	CLEANUP(layout_unrefp) struct layout *child = NULL;
	struct error why = { 0 };
	size_t before = w->path.len, space = w->space;
	char text[600];
	int r = layout_decode(l, p, &plain, &why);

	if (r < 0) {
		(void)error_set(&why, r, NULL, "cannot be decoded");
		note(w, error_text(&why, text, sizeof(text)));
		return r == -ENOMEM ? r : 0;
	}
	r = layout_identify_inside(l, p, plain, &child);
	if (r < 0)
		return r;
	w->space = w->path.len;
	r = walk(w, child);
	path_pop(w, before);
	w->space = space;
	return r;
}

static int walk_part(struct lint_walk *w, struct layout *l, const struct part *p)
{
	size_t before = path_push(w, p->name);
	int r;

	if (w->path.error)
		return w->path.error;
	switch (p->kind) {
	case PART_GROUP:
	case PART_CONTENT: r = walk_group(w, l, p); break;
	case PART_ENCODED: r = walk_encoded(w, l, p); break;
	default: r = walk_leaf(w, l, p);
	}
	path_pop(w, before);
	return r;
}

/* --- the order of entries --- */

static const char *order_cause(const struct layout *l)
{
	static const char *const archives[] = { "tar", "zip", "cpio", NULL };
	size_t i;

	for (i = 0; archives[i]; i++)
		if (strcmp(l->analyzer->name, archives[i]) == 0)
			return CAUSE_ENTRY_ORDER;
	return strcmp(l->analyzer->name, "ar") == 0 ? CAUSE_MEMBER_ORDER : NULL;
}

/* Tables that the format keeps beside the entries, and the entry of the directory itself. */
static bool is_entry(const struct part *p)
{
	static const char *const others[] = { "central", "symbol table", "long names",
					      "trailer", "TRAILER!!!",   ".",
					      NULL };
	size_t i;

	for (i = 0; others[i]; i++)
		if (strcmp(p->name, others[i]) == 0)
			return false;
	return p->kind == PART_GROUP;
}

/* Entries that are not sorted by name may stand as the directory was read, or as somebody chose: doubtful. */
static int tell_order(struct lint_walk *w, struct layout *l)
{
	const char *cause = w->options->pedantic ? order_cause(l) : NULL, *last = NULL;
	struct lint_suspect s = { .conclude = cause, .rule = "order of entries" };
	size_t i;

	for (i = 0; cause && i < l->count; i++) {
		const struct part *p = &l->parts[i];
		struct lint_leaf leaf = {
			.w = w, .layout = l, .part = p, .data = part_data(l, p), .len = p->len
		};

		if (!is_entry(p))
			continue;
		if (last && strcmp(p->name, last) < 0) {
			(void)snprintf(s.detail, sizeof(s.detail), "%.80s stands behind %.80s", p->name,
				       last);
			return lint_tell(&leaf, &s);
		}
		last = p->name;
	}
	return 0;
}

static int walk(struct lint_walk *w, struct layout *l)
{
	size_t i;
	int r = 0;

	if (w->depth == DEPTH_MAX) {
		note(w, "nested too deeply to be looked into");
		return 0;
	}
	w->depth++;
	r = tell_order(w, l);
	for (i = 0; r >= 0 && i < l->count; i++)
		r = walk_part(w, l, &l->parts[i]);
	w->depth--;
	return r;
}

int lint_artifact(const char *name, struct content *c, const struct lint_options *options,
		  struct budget *budget, problem_sink sink, void *ctx, struct error *err)
{
	static const struct lint_options none = { 0 };
	CLEANUP(layout_unrefp) struct layout *l = NULL;
	struct lint_walk w = { .file = name,
			       .options = options ? options : &none,
			       .path = BUFFER_INIT(PATH_LENGTH_MAX),
			       .sink = sink,
			       .ctx = ctx };
	int r = layout_identify(c, 0, content_size(c), budget, &l);

	if (r >= 0)
		r = walk(&w, l);
	buffer_release(&w.path);
	return r < 0 ? error_set(err, r, name, "cannot be looked into") : 0;
}
