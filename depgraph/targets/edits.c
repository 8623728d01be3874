/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a declaration is removed, in the words of who made it:
 *
 *	Bazel      buildozer 'remove deps //x:y' //a:b
 *	Buck2      the same: buildozer edits BUCK files; labels without the root cell
 *	CMake      the target_link_libraries() that names it, with its line, and as a diff where the file can be read
 *	commands   the word of the link line
 *
 * What has to be declared elsewhere comes first, so that each line leaves the build working.
 */
#include "depgraph/targets/analysis.h"

#include "base/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct writer {
	const struct analysis *a;
	struct buffer edit, buildozer, patch;
	const char *file;
	uint32_t line;
};

static const struct target *target_at(const struct writer *w, uint32_t t)
{
	return &w->a->g->targets[t];
}

/* Buildozer knows no cells: "root//a:b" is "//a:b"; another cell's label says where to run it. */
static const char *buildozer_label(const struct target *t)
{
	const char *slashes = strstr(t->label, "//");

	return t->system == TARGETS_BUCK && slashes ? slashes : t->label;
}

static void buildozer(struct writer *w, const char *verb, const char *attribute, const struct target *subject,
		      const struct target *on)
{
	struct buffer command = BUFFER_INIT(1 << 16), line = BUFFER_INIT(1 << 16);

	buffer_printf(&command, "%s %s %s", verb, attribute, buildozer_label(subject));
	buffer_puts(&line, "buildozer ");
	buffer_shell_word(&line, buffer_str(&command));
	buffer_putc(&line, ' ');
	buffer_shell_word(&line, buildozer_label(on));
	buffer_printf(&w->edit, "%s%s", w->edit.len ? "\n" : "", buffer_str(&line));
	buffer_printf(&w->buildozer, "%s%s", w->buildozer.len ? "\n" : "", buffer_str(&line));
	buffer_release(&command);
	buffer_release(&line);
}

static const char *declaring_attribute(const struct target *on)
{
	return on->system == TARGETS_CMAKE ? "target_link_libraries" : on->system == TARGETS_COMMANDS ? "link line" : "deps";
}

static void add(struct writer *w, const struct target_addition *x)
{
	const struct target *on = target_at(w, x->to_target), *what = target_at(w, x->add);

	if (on->system == TARGETS_BAZEL || on->system == TARGETS_BUCK) {
		buildozer(w, "add", declaring_attribute(on), what, on);
		return;
	}
	buffer_printf(&w->edit, "%sfirst add %s to the %s of %s", w->edit.len ? "\n" : "", what->label,
		      declaring_attribute(on), on->label);
	if (on->file)
		buffer_printf(&w->edit, " (%s:%u)", on->file, on->line);
}

static void take_out(struct writer *w, const struct target_edit *e)
{
	const struct target_graph *g = w->a->g;
	const struct target *on = target_at(w, e->from), *what = target_at(w, e->to);
	const struct target_place *place = &g->places[e->dependency->place];
	const char *file = place->file ? place->file : on->file;
	uint32_t line = place->file ? place->line : on->line;
	AUTO_FREE char *diff = NULL;

	if (!w->file) {
		w->file = file;
		w->line = line;
	}
	if (on->system == TARGETS_BAZEL || on->system == TARGETS_BUCK) {
		buildozer(w, "remove", target_attribute(g, e->dependency), what, on);
		return;
	}
	buffer_printf(&w->edit, "%s", w->edit.len ? "\n" : "");
	if (file)
		buffer_printf(&w->edit, "%s:%u: ", file, line);
	if (on->system == TARGETS_COMMANDS) {
		buffer_printf(&w->edit, "remove %s from the link line of %s", what->label, on->label);
		return;
	}
	buffer_printf(&w->edit, "remove %s from target_link_libraries(%s)", what->label, on->label);
	diff = file ? cmake_edit_diff(on->directory, file, line, what->label) : NULL;
	if (diff)
		buffer_puts(&w->patch, diff);
}

static void set_verify(struct writer *w, struct suggestion *s, const struct target_edit *first)
{
	struct suggestions *list = &w->a->p->found;
	uint32_t top = w->a->output == TARGET_NONE ? first->from : w->a->output;
	const struct target *t = target_at(w, top), *on = target_at(w, first->from);
	struct buffer word = BUFFER_INIT(1 << 16), query = BUFFER_INIT(1 << 16), dependents = BUFFER_INIT(1 << 16);

	buffer_shell_word(&word, t->label);
	buffer_printf(&query, "rdeps(//..., %s)", on->label);
	buffer_shell_word(&dependents, buffer_str(&query));
	switch ((enum target_system)on->system) {
	case TARGETS_BAZEL:
		suggestion_set(list, &s->verify, "bazel build %s && bazel query %s | xargs bazel build", buffer_str(&word),
			       buffer_str(&dependents));
		break;
	case TARGETS_BUCK: suggestion_set(list, &s->verify, "buck2 build %s", buffer_str(&word)); break;
	case TARGETS_CMAKE: suggestion_set(list, &s->verify, "cmake --build BUILD --target %s", buffer_str(&word)); break;
	case TARGETS_COMMANDS:
		suggestion_set(list, &s->verify, "run the link line of %s without %s", buffer_str(&word),
			       target_at(w, first->to)->label);
		break;
	}
	buffer_release(&word);
	buffer_release(&query);
	buffer_release(&dependents);
}

void analysis_edit(const struct analysis *a, struct suggestion *s, const struct target_edit *edits, size_t edit_count,
		   const struct target_addition *additions, size_t addition_count)
{
	struct writer w = { .a = a,
			    .edit = BUFFER_INIT(1 << 20),
			    .buildozer = BUFFER_INIT(1 << 20),
			    .patch = BUFFER_INIT((size_t)1 << 24) };
	struct suggestions *list = &a->p->found;
	size_t i;

	for (i = 0; i < addition_count; i++)
		add(&w, &additions[i]);
	for (i = 0; i < edit_count; i++)
		take_out(&w, &edits[i]);
	suggestion_set(list, &s->edit, "%s", buffer_str(&w.edit));
	if (w.buildozer.len)
		suggestion_set(list, &s->buildozer, "%s", buffer_str(&w.buildozer));
	/* A diff that removes and does not add what must be added first would break the build. */
	if (w.patch.len && !addition_count)
		suggestion_set(list, &s->patch, "%s", buffer_str(&w.patch));
	if (w.file)
		suggestion_set(list, &s->file, "%s", w.file);
	set_verify(&w, s, &edits[0]);
	if (w.edit.error || w.buildozer.error || w.patch.error)
		list->error = list->error ? list->error : -ENOMEM;
	buffer_release(&w.edit);
	buffer_release(&w.buildozer);
	buffer_release(&w.patch);
}
