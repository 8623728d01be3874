/* SPDX-License-Identifier: Apache-2.0 */
/* What the study did, for the reports: runs, network, notes. The arena goes over to the comparison. */
#include "reprocheck/run/study_private.h"

#include "base/buffer.h"

#include <errno.h>
#include <string.h>

#define NETWORK_MAX   100
#define ELSEWHERE_MAX 5
#define LOG_SHOWN     4096

static int tell_runs(struct study *s)
{
	const struct outcome *const *all;
	struct experiment *e = s->experiment;
	size_t n = lab_outcomes(s->lab, &all), i;

	e->runs = arena_array(&s->arena, n + 1, sizeof(*e->runs));
	for (i = 0; e->runs && i < n; i++) {
		const struct outcome *o = all[i];
		const struct action_result *result = o->result;

		e->runs[i] = (struct run_report){ .label = study_printf(s, "%s", o->setting.label),
						  .varied = o->setting.varied,
						  .status = o->status,
						  .seconds = result->seconds,
						  .setup_seconds = result->setup_seconds,
						  .copy_seconds = result->copy_seconds,
						  .copied_bytes = result->copied_bytes,
						  .output_files = o->files,
						  .output_bytes = o->bytes,
						  .digest = study_printf(s, "%s", o->digest) };
		if (!e->runs[i].label || !e->runs[i].digest)
			return -ENOMEM;
	}
	e->run_count = n;
	return e->runs ? 0 : -ENOMEM;
}

static int add_network(struct study *s, const char *text)
{
	struct experiment *e = s->experiment;
	size_t i;

	for (i = 0; i < e->network_count; i++)
		if (strcmp(e->network[i], text) == 0)
			return 0;
	if (e->network_count < NETWORK_MAX)
		e->network[e->network_count++] = text;
	return 0;
}

/* Who wanted the network, in any run. */
static int tell_network(struct study *s)
{
	const struct outcome *const *all;
	size_t n = lab_outcomes(s->lab, &all), i, k;

	s->experiment->network = arena_array(&s->arena, NETWORK_MAX, sizeof(char *));
	if (!s->experiment->network)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		const struct process_list *l = &all[i]->result->processes;

		for (k = 0; k < l->observation_count; k++) {
			const struct observation *o = &l->observations[k];
			const char *who = o->process < l->count ? l->items[o->process].program : "?", *text;

			if (o->source != SOURCE_NETWORK)
				continue;
			text = study_printf(s, "%s: %.*s", who, (int)o->len, (const char *)o->value);
			if (!text || add_network(s, text) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

static int tell_elsewhere(struct study *s)
{
	const struct action_result *result = s->control->result;
	CLEANUP(buffer_release) struct buffer names = BUFFER_INIT(65536);
	size_t i;

	if (!result->elsewhere_total)
		return 0;
	for (i = 0; i < result->elsewhere_count && i < ELSEWHERE_MAX; i++) {
		(void)buffer_puts(&names, i ? ", " : "");
		(void)buffer_quote(&names, result->elsewhere[i], strlen(result->elsewhere[i]), 120);
	}
	return study_note(s, "the command also wrote %llu file%s elsewhere, which are no outputs: %s%s",
			  (unsigned long long)result->elsewhere_total, result->elsewhere_total == 1 ? "" : "s",
			  buffer_str(&names), result->elsewhere_total > i ? ", ..." : "");
}

static int tell_behaviour(struct study *s)
{
	const struct action_result *result = s->control->result;
	int r = 0;

	if (action_world_probe()->missing[0])
		r = study_note(s, "%s", action_world_probe()->missing);
	else if (result->warning[0])
		r = study_note(s, "%s", result->warning);
	if (r >= 0 && result->timed_out)
		r = study_note(s, "the command was stopped after %.0f s (--timeout)", result->seconds);
	else if (r >= 0 && result->signal)
		r = study_note(s, "the command was killed by signal %d (%s)", result->signal,
			       strsignal(result->signal));
	if (r >= 0 && result->filled)
		r = study_note(s, "the command filled the room that its run may write to: --scratch gives it a disk");
	if (r >= 0 && result->leftover)
		r = study_note(s, "%llu process%s still ran when the command had ended, and %s killed",
			       (unsigned long long)result->leftover, result->leftover == 1 ? "" : "es",
			       result->leftover == 1 ? "was" : "were");
	if (r >= 0 && s->control->removed)
		r = study_note(s, "the command removed %llu of its inputs (in its own copy)",
			       (unsigned long long)s->control->removed);
	if (r >= 0 && result->processes.dropped)
		r = study_note(s, "%llu processes and observations were too many to be kept",
			       (unsigned long long)result->processes.dropped);
	if (r >= 0 && s->options->lab.trace)
		r = study_note(s, "blind spots of the trace: rdtsc, rdrand and AT_RANDOM need no system call");
	return r < 0 ? r : tell_elsewhere(s);
}

/* The beginning of what was printed; of a command that failed its end, from the start of a line: there it says why. */
static void put_log(struct buffer *text, const struct action_log *log, bool failed)
{
	const struct buffer *b = failed && log->tail.len ? &log->tail : &log->head;
	size_t n = b->len < LOG_SHOWN ? b->len : LOG_SHOWN;
	const char *from = failed ? b->data + (b->len - n) : b->data, *line;

	if (failed && log->total > n) {
		line = memchr(from, '\n', n);
		n -= line ? (size_t)(line + 1 - from) : 0;
		from = line ? line + 1 : from;
		(void)buffer_puts(text, "...\n");
	}
	(void)buffer_append(text, from, n);
}

static int tell_log(struct study *s)
{
	const struct action_result *result = s->control->result;
	CLEANUP(buffer_release) struct buffer text = BUFFER_INIT(8 * LOG_SHOWN);

	put_log(&text, &result->out, s->control->status != 0);
	put_log(&text, &result->err, s->control->status != 0);
	s->experiment->log_head = text.error ? NULL : arena_strndup(&s->arena, buffer_str(&text), text.len);
	return s->experiment->log_head ? 0 : -ENOMEM;
}

static int tell_command(struct study *s)
{
	const struct subject *subject = &s->options->subject;
	struct experiment *e = s->experiment;
	const char **command;
	size_t n = 0;

	while (subject->argv[n])
		n++;
	command = arena_array(&s->arena, n + 1, sizeof(*command));
	for (e->command_count = 0; command && e->command_count < n; e->command_count++)
		command[e->command_count] = study_printf(s, "%s", subject->argv[e->command_count]);
	e->command = command;
	e->directory = e->inputs = study_printf(s, "%s", subject->inputs);
	e->traced = s->options->lab.trace;
	return command && e->inputs ? 0 : -ENOMEM;
}

int study_tell(struct study *s, struct comparison *c)
{
	int r = tell_runs(s);

	if (r >= 0)
		r = tell_network(s);
	if (r >= 0)
		r = tell_behaviour(s);
	if (r >= 0)
		r = tell_log(s);
	if (r >= 0)
		r = tell_command(s);
	if (r < 0)
		return r;
	c->experiment = s->experiment;
	arena_adopt(&c->arena, &s->arena);
	return 0;
}
