/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dependency files that compilers write (-MD, -MMD): one make rule, sometimes with an empty rule for each header (-MP):
 *
 *	main.o: main.c y.h \
 *	 dir\ with\ blank/z.h
 *	y.h:
 *
 * A blank or '#' in a name is behind a backslash, '$' is doubled, a line goes on behind a backslash at its end.  Source: GCC
 * manual, "Preprocessor Options"; its mkdeps.
 */
#include "depgraph/targets/depfile.h"

#include "depgraph/targets/command.h"
#include "depgraph/targets/reader.h"

#include <errno.h>
#include <string.h>

#define NAME_BYTES_MAX 4096

struct name_reader {
	const char *p, *end;
	char name[NAME_BYTES_MAX];
	size_t n;
	bool colon; /* a ':' ended the name */
};

static bool is_continuation(const char *p, const char *end)
{
	return *p == '\\' && (p + 1 == end || p[1] == '\n' || (p[1] == '\r' && p + 2 < end && p[2] == '\n'));
}

static void skip_blanks(struct name_reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\r' || is_continuation(r->p, r->end)))
		r->p += is_continuation(r->p, r->end) && r->p + 1 < r->end ? (r->p[1] == '\r' ? 3 : 2) : 1;
}

/* The next name of the rule; false: the rule's end (the newline is behind us), or the text's. */
static bool next_name(struct name_reader *r)
{
	r->n = 0;
	r->colon = false;
	skip_blanks(r);
	while (r->p < r->end && !strchr(" \t\r\n", *r->p) && r->n < sizeof(r->name) - 1) {
		if (is_continuation(r->p, r->end))
			break;
		if (*r->p == ':' && (r->p + 1 == r->end || strchr(" \t\r\n", r->p[1]))) {
			r->colon = true;
			r->p++;
			return true;
		}
		if (r->p + 1 < r->end && ((*r->p == '\\' && strchr(" #\\:", r->p[1]) && r->p[1]) || (*r->p == '$' && r->p[1] == '$')))
			r->p++;
		r->name[r->n++] = *r->p++;
	}
	if (r->n)
		return true;
	if (r->p < r->end && *r->p != '\n')
		r->p++; /* a name that is too long, a NUL */
	else if (r->p < r->end)
		r->p++;
	return false;
}

/* One rule: its first target is the object. false: no rule here. */
static bool read_rule(struct target_builder *b, struct name_reader *r, const char *object, size_t object_len)
{
	bool behind = false, any = false;
	char target[NAME_BYTES_MAX];
	size_t tn = 0;

	while (next_name(r)) {
		if (!behind && !tn && r->n) {
			memcpy(target, r->name, r->n);
			tn = r->n;
		}
		if (behind && tn) {
			if (!any)
				(void)target_builder_object(b, object ? object : target, object ? object_len : tn);
			any = true;
			target_builder_header(b, r->name, r->n);
		}
		behind = behind || r->colon;
	}
	return behind && tn;
}

bool depfile_read(struct target_builder *b, const char *data, size_t size, const char *object, size_t object_len)
{
	struct name_reader r = { .p = data, .end = data + size };
	bool any = false;

	while (r.p < r.end)
		any = read_rule(b, &r, object, object_len) || any;
	return any;
}

static int read_source(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	if (!depfile_read(b, s->data, s->size, NULL, 0))
		return error_set_at(err, -EBADMSG, s->path, 0, "line 1: no rule of a dependency file");
	return 0;
}

static bool probe(const char *p, size_t n, bool whole)
{
	struct name_reader r = { .p = p, .end = p + n };
	bool object;

	(void)whole;
	if (memchr(p, '\0', n) || !next_name(&r))
		return false;
	object = command_is_object(r.name, r.n);
	if (!r.colon && !(next_name(&r) && r.colon && !r.n))
		return false;
	return object && next_name(&r) && r.name[0] != '#';
}

const struct targets_reader targets_depfile = { "dependency file", probe, read_source };
