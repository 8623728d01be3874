/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/size/tell.h"

#include "base/terminal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define NAME_WIDTH_MIN 24

/* ---- a person ------------------------------------------------------------------------------------------------ */

/* On one line; control characters as \xNN. At most `width` of it: of a path the end is kept, of other names the beginning. */
static void put_name(FILE *f, const char *name, size_t width)
{
	size_t n = strlen(name), keep = width > 3 ? width - 3 : 0;

	if (n <= width) {
		terminal_text(f, name, n);
	} else if (*name == '/' || (*name != '[' && !strchr(name, ' ') && strchr(name, '/'))) {
		(void)fputs("...", f);
		terminal_text(f, name + n - keep, keep);
	} else {
		terminal_text(f, name, keep);
		(void)fputs("...", f);
	}
}

/* A name in brackets that only repeats the row above. */
static bool repeats(const struct size_view *v, size_t i)
{
	const struct size_row *r = &v->rows[i];

	return i > 1 && r->depth == r[-1].depth + 1 && !strcmp(r->name, r[-1].name) &&
	       (i + 1 == v->count || r[1].depth < r->depth);
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static size_t name_width(FILE *f, unsigned used, const struct size_telling *t, uint32_t depth)
{
	unsigned width = terminal_width(f), before = used + 2 * depth;

	if (t->verbosity || !isatty(fileno(f)))
		return SIZE_MAX / 2;
	return width > before + NAME_WIDTH_MIN ? width - before : NAME_WIDTH_MIN;
}

static void put_row(FILE *f, const struct size_telling *t, const struct size_row *r)
{
	const struct size_row *total = &t->view->rows[0];
	char file[32], loaded[32];
	const char *look = r->depth == 0 ? style(f, STYLE_BOLD) : r->folded || r->name[0] == '[' ? style(f, STYLE_DIM) : "";

	(void)fprintf(f, "%15s %5.1f%% %15s %5.1f%%  %*s%s", format_count(r->file, file), percent(r->file, total->file),
		      format_count(r->loaded, loaded), percent(r->loaded, total->loaded), r->depth ? 2 * (int)(r->depth - 1) : 0,
		      "", look);
	put_name(f, r->shown, name_width(f, 48, t, r->depth ? r->depth - 1 : 0));
	(void)fprintf(f, "%s\n", *look ? style(f, STYLE_RESET) : "");
}

static const char *format_change(uint64_t now, uint64_t then, char out[40])
{
	char digits[32];

	(void)snprintf(out, 40, "%s%s", now > then ? "+" : now < then ? "-" : "",
		       format_count(now > then ? now - then : then - now, digits));
	return out;
}

static const char *fate(const struct size_row *r)
{
	if (r->folded || r->depth == 0)
		return "";
	return !r->in_old ? "new" : !r->in_new ? "gone" : r->file == r->old_file && r->loaded == r->old_loaded ? "same" :
	       r->file > r->old_file || (r->file == r->old_file && r->loaded > r->old_loaded) ? "grown" : "shrunk";
}

static void put_change(FILE *f, const struct size_telling *t, const struct size_row *r)
{
	const char *word = fate(r), *look = "";
	char file[40], loaded[40], now[32];

	if (r->file != r->old_file)
		look = style(f, r->file > r->old_file ? STYLE_RED : STYLE_GREEN);
	(void)fprintf(f, "%s%15s%s %15s %15s  %-6s  %*s", look, format_change(r->file, r->old_file, file),
		      *look ? style(f, STYLE_RESET) : "", format_change(r->loaded, r->old_loaded, loaded),
		      format_count(r->file, now), word, r->depth ? 2 * (int)(r->depth - 1) : 0, "");
	put_name(f, r->shown, name_width(f, 58, t, r->depth ? r->depth - 1 : 0));
	(void)putc('\n', f);
}

static void put_keys(FILE *f, const struct size_telling *t)
{
	unsigned i;

	for (i = 0; i < t->options->depth; i++)
		(void)fprintf(f, "%s%s", i ? ", " : "", size_key_name(t->options->by[i]));
}

static void put_total_line(FILE *f, const struct size_telling *t)
{
	const struct size_row *total = &t->view->rows[0];
	char files[32], a[40], b[40];

	if (t->view->two)
		(void)fprintf(f, "\nThe rows add up to the difference of the file sizes: %s -> %s bytes.\n",
			      format_count(total->old_file, a), format_count(total->file, b));
	else
		(void)fprintf(f, "\nEvery byte of %s file%s is in one row.\n", format_count(t->files, files), t->files == 1 ? "" : "s");
	if (t->unplaced)
		(void)fprintf(f, "note: %s segment%s or section%s claim more memory than there can be, and are not counted as loaded\n",
			      format_count(t->unplaced, a), t->unplaced == 1 ? "" : "s", t->unplaced == 1 ? "" : "s");
	if (*t->note) {
		(void)fputs("note: ", f);
		put_name(f, t->note, SIZE_MAX / 2);
		(void)putc('\n', f);
	}
}

int size_tell_terminal(FILE *f, const struct size_telling *t)
{
	const struct size_view *v = t->view;
	size_t i;

	if (v->two)
		(void)fprintf(f, "%s%15s %15s %15s  %-6s  ", style(f, STYLE_BOLD), "file", "loaded", "now", "");
	else
		(void)fprintf(f, "%s%15s %6s %15s %6s  ", style(f, STYLE_BOLD), "file", "", "loaded", "");
	put_keys(f, t);
	(void)fprintf(f, "%s\n", style(f, STYLE_RESET));
	for (i = 1; i < v->count; i++) {
		if (repeats(v, i))
			continue;
		if (v->two)
			put_change(f, t, &v->rows[i]);
		else
			put_row(f, t, &v->rows[i]);
	}
	if (v->two)
		put_change(f, t, &v->rows[0]);
	else
		put_row(f, t, &v->rows[0]);
	put_total_line(f, t);
	return ferror(f) ? -EIO : 0;
}

/* ---- comma-separated values: the leaves, a column a key ------------------------------------------------------ */

static void put_field(FILE *f, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		(void)fputs(text, f);
		return;
	}
	(void)putc('"', f);
	for (; *text; text++) {
		if (*text == '"')
			(void)putc('"', f);
		(void)putc(*text, f);
	}
	(void)putc('"', f);
}

static bool is_leaf(const struct size_view *v, size_t i)
{
	return i + 1 == v->count || v->rows[i + 1].depth <= v->rows[i].depth;
}

static void put_csv_row(FILE *f, const struct size_telling *t, const char *const *path, const struct size_row *r)
{
	unsigned k;

	for (k = 1; k <= t->options->depth; k++) {
		if (path[k] && k <= r->depth)
			put_field(f, path[k]);
		(void)putc(',', f);
	}
	if (t->view->two)
		(void)fprintf(f, "%llu,%llu,", (unsigned long long)r->old_file, (unsigned long long)r->old_loaded);
	(void)fprintf(f, "%llu,%llu\r\n", (unsigned long long)r->file, (unsigned long long)r->loaded);
}

int size_tell_csv(FILE *f, const struct size_telling *t)
{
	const char *path[SIZE_DEPTH_MAX + 1] = { NULL };
	const struct size_view *v = t->view;
	unsigned k;
	size_t i;

	for (k = 0; k < t->options->depth; k++)
		(void)fprintf(f, "%s,", size_key_name(t->options->by[k]));
	(void)fputs(v->two ? "old_file_bytes,old_loaded_bytes,file_bytes,loaded_bytes\r\n" : "file_bytes,loaded_bytes\r\n", f);
	for (i = 1; i < v->count; i++) {
		path[v->rows[i].depth] = v->rows[i].shown;
		if (is_leaf(v, i))
			put_csv_row(f, t, path, &v->rows[i]);
	}
	return ferror(f) ? -EIO : 0;
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

static int put_sizes(json_t *o, const struct size_telling *t, const struct size_row *r)
{
	int e = json_put(o, "bytes", json_integer((json_int_t)r->file));

	if (!e)
		e = json_put(o, "loaded_bytes", json_integer((json_int_t)r->loaded));
	if (!e && t->view->two) {
		e = json_put(o, "old_bytes", json_integer((json_int_t)r->old_file));
		if (!e)
			e = json_put(o, "old_loaded_bytes", json_integer((json_int_t)r->old_loaded));
		if (!e)
			e = json_put(o, "change", json_integer((json_int_t)(r->file - r->old_file)));
		if (!e)
			e = json_put(o, "loaded_change", json_integer((json_int_t)(r->loaded - r->old_loaded)));
		if (!e && *fate(r))
			e = json_put(o, "fate", json_string(fate(r)));
	}
	return e;
}

static json_t *row_json(const struct size_telling *t, size_t *i)
{
	const struct size_view *v = t->view;
	const struct size_row *r = &v->rows[(*i)++];
	json_t *o = json_object(), *children = NULL;
	int e = json_put(o, "name", json_text(r->shown));

	if (!e && r->shown != r->name)
		e = json_put(o, "symbol", json_text(r->name));
	if (!e && r->folded)
		e = json_put(o, "folded", json_integer(r->folded));
	if (!e)
		e = put_sizes(o, t, r);
	while (!e && *i < v->count && v->rows[*i].depth > r->depth) {
		if (!children) {
			children = json_array();
			e = json_put(o, "rows", children);
		}
		if (!e)
			e = json_array_append_new(children, row_json(t, i)) ? -ENOMEM : 0;
	}
	if (!e)
		return o;
	json_decref(o);
	return NULL;
}

json_t *size_json(const struct size_telling *t)
{
	json_t *o = json_object(), *by = json_array(), *inputs = json_array(), *tree;
	size_t i = 0, k;
	int e;

	for (k = 0; k < t->options->depth; k++)
		(void)json_array_append_new(by, json_string(size_key_name(t->options->by[k])));
	for (k = 0; k < t->path_count; k++)
		(void)json_array_append_new(inputs, json_text(t->paths[k]));
	tree = row_json(t, &i);
	e = json_put(o, "schema", json_string(t->view->two ? "carbolic.depgraph.diff/1" : "carbolic.depgraph.size/1"));
	e = json_put(o, "inputs", inputs) || e;
	e = json_put(o, "by", by) || e;
	e = json_put(o, "files", json_integer((json_int_t)t->files)) || e;
	e = json_put(o, "total", tree) || e;
	e = json_put(o, "note", *t->note ? json_text(t->note) : json_null()) || e;
	if (!e)
		return o;
	json_decref(o);
	return NULL;
}

int size_tell_json(FILE *f, const struct size_telling *t)
{
	json_t *o = size_json(t);
	int r = o ? json_write(f, o) : -ENOMEM;

	json_decref(o);
	return r;
}
