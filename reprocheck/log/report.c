/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two logs compared, for a person: how many actions have which outcome, then
 * the actions where it began, each with what follows from it, what is not the same, and, when
 * outputs were opened, the causes in their bytes.
 */
#include "reprocheck/log/report.h"

#include "base/cleanup.h"
#include "base/terminal.h"
#include "reprocheck/causes/cause_text.h"
#include "reprocheck/log/changes.h"
#include "reprocheck/report/summary.h"
#include "reprocheck/report/terminal_places.h"

#include <errno.h>
#include <string.h>

#define LINES_MAX 6         /* of one kind for one action, without -v */
#define LINES_MAX_VERBOSE 200
#define TEXT_SHOWN 100      /* of an argument or value, without -v */
#define HASH_SHOWN 12

struct printer {
	FILE *f;
	const struct log_report *r;
	const struct log_listed *item;
};

static const char *const reason_names[LOG_REASON_COUNT] = {
	"arguments",        "environment",     "platform",     "source inputs", "unlogged inputs",
	"input list",       "tools",           "generated inputs", "action digest", "inputs unknown",
	"output content",   "output list",     "exit status",  "input list unchecked"
};

void log_reason_names(uint16_t reasons, const char *ret[LOG_REASON_COUNT + 1])
{
	size_t i, n = 0;

	for (i = 0; i < LOG_REASON_COUNT; i++)
		if (reasons & 1u << i)
			ret[n++] = reason_names[i];
	ret[n] = NULL;
}

static size_t lines_max(const struct printer *p)
{
	return p->r->verbosity ? LINES_MAX_VERBOSE : LINES_MAX;
}

static const struct log_match *match_of(const struct log_report *r, uint32_t i)
{
	return LOG_AT(&r->comparison->matches, const struct log_match, i);
}

static void put_label(FILE *f, const char *label)
{
	(void)fprintf(f, "     %s%s%s ", style(f, STYLE_CYAN), label, style(f, STYLE_RESET));
}

static void put_left_out(FILE *f, uint64_t n)
{
	char number[32];

	if (n)
		(void)fprintf(f, "     %s... and %s more%s\n", style(f, STYLE_DIM), format_count(n, number),
			      style(f, STYLE_RESET));
}

/* ---- what is not the same ------------------------------------------------------------------------------------ */

/* What both texts share in front is cut away when they are long, so that the difference is seen. */
static void put_text(const struct printer *p, const char *text, size_t skip)
{
	size_t n = strlen(text), shown = p->r->verbosity ? 65536 : TEXT_SHOWN;
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(SIZE_MAX);

	skip = p->r->verbosity || skip < 24 || n <= TEXT_SHOWN ? 0 : skip - 16;
	skip = skip > n ? n : skip;
	(void)buffer_append(&b, text + skip, n - skip > shown ? shown : n - skip);
	(void)fputs(skip ? "\"..." : "\"", p->f);
	terminal_put(p->f, buffer_str(&b));
	(void)fputs(n - skip > shown ? "...\"" : "\"", p->f);
}

static void put_change(const struct printer *p, const struct log_change *c)
{
	struct shared_ends shared = { 0, 0 };

	if (c->text[0] && c->text[1])
		shared = shared_ends(c->text[0], c->text[1]);
	if (c->text[0]) {
		(void)fputs(style(p->f, STYLE_RED), p->f);
		put_text(p, c->text[0], shared.prefix);
		(void)fputs(style(p->f, STYLE_RESET), p->f);
	}
	(void)fputs(c->text[0] && c->text[1] ? " -> " : "", p->f);
	if (c->text[1]) {
		(void)fputs(style(p->f, STYLE_GREEN), p->f);
		put_text(p, c->text[1], shared.prefix);
		(void)fputs(style(p->f, STYLE_RESET), p->f);
	}
	(void)fputs(!c->text[1] ? " only in A\n" : !c->text[0] ? " only in B\n" : "\n", p->f);
}

static void put_changes(const struct printer *p, const char *label, const struct log_array *changes)
{
	size_t i;

	for (i = 0; i < changes->count && i < lines_max(p); i++) {
		const struct log_change *c = LOG_AT(changes, const struct log_change, i);

		put_label(p->f, label);
		if (c->name)
			terminal_put(p->f, c->name);
		else
			(void)fprintf(p->f, "%zu", c->position[c->text[0] ? 0 : 1]);
		(void)fputs(": ", p->f);
		put_change(p, c);
	}
	put_left_out(p->f, changes->count - i);
}

static int put_command(const struct printer *p)
{
	CLEANUP(log_array_release) struct log_array args = LOG_ARRAY_OF(struct log_change);
	CLEANUP(log_array_release) struct log_array env = LOG_ARRAY_OF(struct log_change);
	CLEANUP(log_array_release) struct log_array platform = LOG_ARRAY_OF(struct log_change);
	const struct log_side_detail *a = &p->item->detail->side[0], *b = &p->item->detail->side[1];
	int r = log_changed_args(a, b, &args);

	if (r >= 0)
		r = log_changed_pairs(a->env, a->env_count, b->env, b->env_count, &env);
	if (r >= 0)
		r = log_changed_pairs(a->platform, a->platform_count, b->platform, b->platform_count, &platform);
	if (r < 0)
		return r;
	put_changes(p, "argument", &args);
	put_changes(p, "environment", &env);
	put_changes(p, "platform", &platform);
	return 0;
}

static void put_file(const struct printer *p, const struct log_file_detail *f)
{
	char number[32];

	switch (f->kind) {
	case LOG_MISSING: (void)fputs("not made", p->f); return;
	case LOG_SYMLINK:
		(void)fputs("link to ", p->f);
		terminal_put(p->f, f->hash);
		return;
	case LOG_DIRECTORY:
		(void)fprintf(p->f, "%zu files, ", f->member_count);
		break;
	default: break;
	}
	if (!f->hash[0]) {
		(void)fputs("empty", p->f);
		return;
	}
	if (p->r->verbosity || strlen(f->hash) <= 2 * HASH_SHOWN) {
		terminal_put(p->f, f->hash);
	} else {
		char start[HASH_SHOWN + 1] = "";

		memcpy(start, f->hash, HASH_SHOWN);
		terminal_put(p->f, start);
		(void)fputs("...", p->f);
	}
	if (f->size)
		(void)fprintf(p->f, " (%s byte%s)", format_count(f->size, number), plural(f->size));
}

static void put_maker(const struct printer *p, const struct log_file_pair *file)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(SIZE_MAX);
	const struct log_match *m;
	const struct log_known_action *a;
	const struct log_names *names = p->r->comparison->a->names;

	if (file->producer == LOG_NONE)
		return;
	m = match_of(p->r, file->producer);
	a = m->a != LOG_NONE ? log_action_at(p->r->comparison->a, m->a) : log_action_at(p->r->comparison->b, m->b);
	(void)fputs(", made by ", p->f);
	terminal_put(p->f, log_name_text(names, a->mnemonic, &b));
	if (a->target) {
		(void)putc(' ', p->f);
		terminal_put(p->f, log_name_text(names, a->target, &b));
	}
	(void)fprintf(p->f, " (%s)", log_outcome_name((enum log_outcome)m->outcome));
}

static void put_files(const struct printer *p, const char *label, const struct log_file_pair *files, size_t count,
		      uint64_t total, bool inputs)
{
	size_t i;

	for (i = 0; i < count && i < lines_max(p); i++) {
		const struct log_file_pair *f = &files[i];

		put_label(p->f, inputs && f->tool ? "tool" : label);
		terminal_put(p->f, f->path);
		(void)fputs(": ", p->f);
		if (f->a)
			put_file(p, f->a);
		(void)fputs(f->a && f->b ? " -> " : "", p->f);
		if (f->b)
			put_file(p, f->b);
		(void)fputs(!f->b ? " only in A" : !f->a ? " only in B" : "", p->f);
		if (inputs)
			put_maker(p, f);
		(void)putc('\n', p->f);
	}
	put_left_out(p->f, total - i);
}

/* ---- opened outputs ------------------------------------------------------------------------------------------ */

static void put_cause(const struct printer *p, const struct cause_summary *s)
{
	char number[32];

	(void)fprintf(p->f, "       %s%s%s %s byte%s", style(p->f, STYLE_BOLD), s->cause->id, style(p->f, STYLE_RESET),
		      format_count(s->bytes, number), plural(s->bytes));
	if (s->class != CLASS_UNEXPLAINED)
		(void)fprintf(p->f, ", %s: %s", evidence_name(s->level), s->cause->title);
	(void)putc('\n', p->f);
	if (cause_fix_line(s->cause)[0])
		(void)fprintf(p->f, "         %sfix:%s %s\n", style(p->f, STYLE_GREEN), style(p->f, STYLE_RESET),
			      cause_fix_line(s->cause));
	if (s->count)
		terminal_places(p->f, &s->findings[0], p->r->verbosity);
}

static int put_comparison(const struct printer *p, const struct comparison *c)
{
	CLEANUP(summary_release) struct summary s = { 0 };
	char number[32];
	size_t i;
	int r = summary_make(c, &s);

	if (r < 0)
		return r;
	(void)fprintf(p->f, ": %s differing byte%s\n", format_count(c->totals.differing, number),
		      plural(c->totals.differing));
	for (i = 0; i < c->space_count; i++) {
		if (c->spaces[i]->status != SPACE_TROUBLE)
			continue;
		(void)fputs("       not compared: ", p->f);
		terminal_put(p->f, c->spaces[i]->trouble);
		(void)putc('\n', p->f);
	}
	for (i = 0; i < s.cause_count; i++)
		if (s.causes[i].class != CLASS_DERIVED || p->r->verbosity >= 2)
			put_cause(p, &s.causes[i]);
	return 0;
}

static int put_opened(const struct printer *p)
{
	const struct log_opened_list *l = &p->item->opened;
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < l->count; i++) {
		put_label(p->f, "opened");
		terminal_put(p->f, l->items[i].path);
		if (l->items[i].comparison) {
			r = put_comparison(p, l->items[i].comparison);
			continue;
		}
		(void)fputs(": not compared: ", p->f);
		terminal_put(p->f, l->items[i].problem);
		(void)putc('\n', p->f);
	}
	put_left_out(p->f, l->left_out);
	return r;
}

/* ---- one action ---------------------------------------------------------------------------------------------- */

static void put_runner(const struct printer *p, const struct log_side_detail *s)
{
	terminal_put(p->f, s->runner[0] ? s->runner : "unknown");
	if (s->cache_hit && !strstr(s->runner, "ache"))
		(void)fputs(" (cache hit)", p->f);
}

static void put_runs(const struct printer *p)
{
	const struct log_side_detail *a = &p->item->detail->side[0], *b = &p->item->detail->side[1];

	put_label(p->f, "ran");
	put_runner(p, a);
	if (strcmp(a->runner, b->runner) != 0 || a->cache_hit != b->cache_hit) {
		(void)fputs(" -> ", p->f);
		put_runner(p, b);
	}
	if (a->exit_code != b->exit_code)
		(void)fprintf(p->f, ", exit status %d -> %d", a->exit_code, b->exit_code);
	if (strcmp(a->status, b->status) != 0) {
		(void)fputs(", status \"", p->f);
		terminal_put(p->f, a->status);
		(void)fputs("\" -> \"", p->f);
		terminal_put(p->f, b->status);
		(void)putc('"', p->f);
	}
	(void)putc('\n', p->f);
}

static void put_reasons(const struct printer *p, uint16_t reasons)
{
	const char *names[LOG_REASON_COUNT + 1];
	size_t i;

	put_label(p->f, "not the same:");
	log_reason_names(reasons, names);
	for (i = 0; names[i]; i++)
		(void)fprintf(p->f, "%s%s", i ? ", " : "", names[i]);
	(void)putc('\n', p->f);
}

static void put_follows(const struct printer *p)
{
	const struct log_root *root = p->item->root;
	char number[32], size[32];

	if (!root || !p->r->comparison->a->info.inputs_known)
		return;
	if (!root->ranked) {
		(void)fputs(" (what follows was not counted)", p->f);
		return;
	}
	if (root->actions == 0)
		return;
	(void)fprintf(p->f, ", invalidates %s later action%s with %s of outputs", format_count(root->actions, number),
		      plural(root->actions), format_size(root->bytes, size));
	if (p->r->comparison->exclusive_known && root->exclusive != root->actions)
		(void)fprintf(p->f, ", %s of them because of it alone", format_count(root->exclusive, number));
}

static void put_name(const struct printer *p, size_t number)
{
	const struct log_detail *d = p->item->detail;

	(void)fprintf(p->f, "%3zu. %s", number, style(p->f, STYLE_BOLD));
	terminal_put(p->f, d->mnemonic[0] ? d->mnemonic : "action");
	(void)putc(' ', p->f);
	terminal_put(p->f, d->target[0] ? d->target : d->key);
	(void)fputs(style(p->f, STYLE_RESET), p->f);
}

static int put_item(const struct printer *p, size_t number)
{
	const struct log_detail *d = p->item->detail;
	const struct log_match *m = match_of(p->r, p->item->match);
	int r;

	put_name(p, number);
	put_follows(p);
	(void)putc('\n', p->f);
	if (m->outcome == LOG_ONLY_A || m->outcome == LOG_ONLY_B) {
		put_label(p->f, "output");
		terminal_put(p->f, d->key);
		(void)putc('\n', p->f);
		return 0;
	}
	if (m->outcome != LOG_DIVERGENT)
		put_reasons(p, m->reasons);
	r = put_command(p);
	if (r < 0)
		return r;
	put_files(p, "input", d->inputs, d->input_count, d->inputs_differing, true);
	put_files(p, "output", d->outputs, d->output_count, d->output_count, false);
	put_runs(p);
	return put_opened(p);
}

/* ---- what changed, over all actions ---------------------------------------------------------------------------- */

static void put_changed_by(const struct log_report *r, FILE *f)
{
	char number[32];
	size_t i, shown = 0;

	(void)fputs("     because of:", f);
	for (i = 0; i < LOG_REASON_COUNT; i++)
		if (r->comparison->changed_by[i] && (LOG_COMMAND_REASONS | LOG_TOOLS | LOG_UNCHECKED) & 1u << i)
			(void)fprintf(f, "%s %s %s", shown++ ? "," : "", reason_names[i],
				      format_count(r->comparison->changed_by[i], number));
	(void)putc('\n', f);
}

static void put_sources(const struct log_report *r, FILE *f)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(SIZE_MAX);
	const struct log_array *sources = &r->comparison->sources;
	size_t i, max = r->verbosity ? LINES_MAX_VERBOSE : LINES_MAX;
	char number[32];

	for (i = 0; i < sources->count && i < max; i++) {
		const struct log_source *s = LOG_AT(sources, const struct log_source, i);

		put_label(f, s->unlogged ? "unlogged" : "source");
		terminal_put(f, log_name_text(r->comparison->a->names, s->path, &b));
		if (s->actions)
			(void)fprintf(f, ", read by %s action%s", format_count(s->actions, number), plural(s->actions));
		(void)putc('\n', f);
	}
	put_left_out(f, sources->count - i);
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

static void put_logs(const struct log_report *r, FILE *f)
{
	const struct log_store *stores[] = { r->comparison->a, r->comparison->b };
	char number[32];
	int i;

	for (i = 0; i < 2; i++) {
		const struct log_store *s = stores[i];
		size_t actions = s->actions.count - s->links;

		(void)fprintf(f, "%c ", "AB"[i]);
		terminal_put(f, r->paths[i]);
		(void)fprintf(f, ": %s, %s action%s\n", execlog_format_name(s->info.format),
			      format_count(actions, number), plural(actions));
	}
}

static void put_counts(const struct log_report *r, FILE *f)
{
	static const struct {
		enum log_outcome outcome;
		enum style colour;
	} shown[] = { { LOG_DIVERGENT, STYLE_RED },   { LOG_CHANGED, STYLE_YELLOW }, { LOG_INHERITS, STYLE_BLUE },
		      { LOG_ABSORBED, STYLE_BLUE },   { LOG_ONLY_A, STYLE_YELLOW },  { LOG_ONLY_B, STYLE_YELLOW },
		      { LOG_SAME, STYLE_GREEN } };
	char number[32];
	size_t i;

	for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		uint64_t n = r->comparison->counts[shown[i].outcome];

		(void)fprintf(f, "%s%s%s %s%s", i ? ", " : "", n ? style(f, shown[i].colour) : "",
			      format_count(n, number), log_outcome_name(shown[i].outcome),
			      n ? style(f, STYLE_RESET) : "");
	}
	(void)putc('\n', f);
}

static void put_heading(FILE *f, enum log_outcome o)
{
	static const char *const headings[LOG_OUTCOME_COUNT] = {
		[LOG_DIVERGENT] = "Divergent: same command, same inputs, another result",
		[LOG_CHANGED] = "Changed: not the same action in both builds",
		[LOG_INHERITS] = "Inherits: differs because what it reads differs",
		[LOG_ABSORBED] = "Absorbed: reads what differs, and writes the same",
		[LOG_ONLY_A] = "Only in A",
		[LOG_ONLY_B] = "Only in B",
		[LOG_SAME] = "Same"
	};

	(void)fprintf(f, "\n%s%s%s\n", style(f, STYLE_BOLD), headings[o], style(f, STYLE_RESET));
}

static void put_notes(const struct log_report *r, FILE *f)
{
	const struct log_comparison *c = r->comparison;
	char number[32];

	if (!c->a->info.inputs_known || !c->b->info.inputs_known)
		(void)fprintf(f, "\nnote: a log lists no inputs: what follows from what is not known, and the order is "
				 "the log's\n");
	if (!c->a->info.outputs_known || !c->b->info.outputs_known)
		(void)fprintf(f, "note: a log has no digests of outputs: only commands were compared\n");
	if (c->unchecked)
		(void)fprintf(f, "note: of %s action%s the lists of inputs were too long to be compared\n",
			      format_count(c->unchecked, number), plural(c->unchecked));
	if (c->unranked)
		(void)fprintf(f, "note: of %s action%s it was not counted what follows\n",
			      format_count(c->unranked, number), plural(c->unranked));
	if (c->cyclic)
		(void)fprintf(f, "note: some actions depend on their own outputs\n");
}

int log_report_terminal(FILE *f, const struct log_report *r)
{
	struct printer p = { .f = f, .r = r };
	enum log_outcome before = LOG_OUTCOME_COUNT;
	uint64_t number = 0;
	size_t i;
	int e = 0;

	put_logs(r, f);
	put_counts(r, f);
	for (i = 0; e >= 0 && i < r->listed_count; i++) {
		enum log_outcome o = (enum log_outcome)match_of(r, r->listed[i].match)->outcome;

		p.item = &r->listed[i];
		if (o != before) {
			put_heading(f, o);
			number = 0;
			if (o == LOG_CHANGED) {
				put_changed_by(r, f);
				put_sources(r, f);
			}
		}
		before = o;
		e = put_item(&p, ++number);
		if (i + 1 == r->listed_count || match_of(r, r->listed[i + 1].match)->outcome != o)
			put_left_out(f, r->comparison->counts[o] - number);
	}
	put_notes(r, f);
	return e < 0 ? e : fflush(f) != 0 || ferror(f) ? -EIO : 0;
}
