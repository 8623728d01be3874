/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which process asked for what stands in the output: of the control run's trace,
 * the observations whose value is found in the finding's text, in one of the
 * forms that programs write it; else, those of the source that the finding's axis is about,
 * when only one process asked.
 */
#include "reprocheck/run/study_private.h"

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/digest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FORM_MAX  128
#define CHAIN_MAX 64
#define FORMS     12

struct forms {
	char text[FORMS][FORM_MAX];
	size_t count;
};

static void add_form(struct forms *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add_form(struct forms *f, const char *fmt, ...)
{
	va_list ap;

	if (f->count == FORMS)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(f->text[f->count++], FORM_MAX, fmt, ap);
	va_end(ap);
}

/* As a_text shows bytes that are no text: "2a 00 00 00". */
static void add_bytes(struct forms *f, const void *p, size_t n)
{
	const uint8_t *b = p;
	char *out;
	size_t i;

	if (f->count == FORMS)
		return;
	out = f->text[f->count++];
	*out = '\0';
	for (i = 0; i < n && i < 16; i++)
		(void)snprintf(out + strlen(out), FORM_MAX - strlen(out), "%s%02x", i ? " " : "", b[i]);
}

static void add_dates(struct forms *f, int64_t seconds)
{
	static const char *const formats[] = { "%Y-%m-%d", "%b %e %Y", "%Y%m%d", "%H:%M", "%b %e" };
	time_t t = (time_t)seconds;
	char text[64];
	struct tm tm;
	size_t i;

	if (!gmtime_r(&t, &tm))
		return;
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strftime(text, sizeof(text), formats[i], &tm))
			add_form(f, "%s", text);
}

static int64_t number_of(const struct observation *o)
{
	int64_t v = 0;

	memcpy(&v, o->value, o->len < sizeof(v) ? o->len : sizeof(v));
	return v;
}

static void forms_of(const struct observation *o, struct forms *f)
{
	int64_t v = number_of(o);
	char hex[2 * 4 + 1] = "";

	switch (o->source) {
	case SOURCE_CLOCK:
	case SOURCE_STAT_TIME:
		add_form(f, "%" PRId64, v);
		add_bytes(f, o->value, 4);
		add_dates(f, v);
		break;
	case SOURCE_PID:
		add_form(f, "%" PRId64, v);
		add_form(f, "%08" PRIx64, (uint64_t)v);
		add_bytes(f, o->value, 4);
		break;
	case SOURCE_RANDOM:
		add_bytes(f, o->value, o->len < 4 ? o->len : 4);
		hex_of(o->value, o->len < 4 ? o->len : 4, hex);
		add_form(f, "%s", hex);
		break;
	case SOURCE_HOST: add_form(f, "%.*s", (int)o->len, (const char *)o->value); break;
	default: break;
	}
}

/* Short numbers stand in any text. */
static bool is_in(const char *text, const struct forms *f)
{
	size_t i;

	for (i = 0; text && i < f->count; i++)
		if (strlen(f->text[i]) >= 3 && strstr(text, f->text[i]))
			return true;
	return false;
}

static axis_set axes_of_source(enum entropy_source source)
{
	static const axis_set axes[SOURCE_COUNT] = {
		[SOURCE_CLOCK] = AXIS_BIT(AXIS_TIME) | AXIS_BIT(AXIS_TIMEZONE),
		[SOURCE_MONOTONIC] = AXIS_SET_NOISE,
		[SOURCE_RANDOM] = AXIS_SET_NOISE,
		[SOURCE_HOST] = AXIS_BIT(AXIS_HOST) | AXIS_BIT(AXIS_KERNEL),
		[SOURCE_DIRECTORY] = AXIS_BIT(AXIS_READDIR),
		[SOURCE_PID] = AXIS_BIT(AXIS_PID),
		[SOURCE_NETWORK] = AXIS_BIT(AXIS_NETWORK),
		[SOURCE_STAT_TIME] = AXIS_BIT(AXIS_TIME),
	};

	return axes[source];
}

static bool matches(const struct finding *f, const struct observation *o)
{
	struct forms forms = { .count = 0 };
	size_t i;

	if (f->axes && !(f->axes & axes_of_source(o->source)))
		return false;
	forms_of(o, &forms);
	for (i = 0; i < f->places_kept && i < 8; i++)
		if (is_in(f->places[i].a_text, &forms))
			return true;
	return false;
}

/* The one process that asked a source of this axis, if it is one. */
static const struct observation *only_one(const struct process_list *l, axis_set axes)
{
	const struct observation *found = NULL;
	size_t i;

	for (i = 0; i < l->observation_count; i++) {
		const struct observation *o = &l->observations[i];

		if (!(axes_of_source(o->source) & axes))
			continue;
		if (found && found->process != o->process)
			return NULL;
		found = found ? found : o;
	}
	return found;
}

/* "make > sh -c 'date >x' > date", from the action down. */
static const char *chain_of(struct study *s, const struct process_list *l, size_t i)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(65536);
	size_t chain[CHAIN_MAX], n = 0;

	for (; i < l->count && n < CHAIN_MAX; i = l->items[i].parent)
		chain[n++] = i;
	while (n--) {
		const char *command = l->items[chain[n]].command;

		(void)buffer_printf(&b, "%s%.100s%s", b.len ? " > " : "", command, strlen(command) > 100 ? "..." : "");
	}
	return study_printf(s, "%s", buffer_str(&b));
}

static const char *value_text(struct study *s, const struct observation *o)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(4096);
	int64_t v = number_of(o);
	time_t t = (time_t)v;
	char date[64] = "";
	struct tm tm;
	size_t i;

	switch (o->source) {
	case SOURCE_CLOCK:
	case SOURCE_STAT_TIME:
		if (gmtime_r(&t, &tm))
			(void)strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%SZ", &tm);
		return study_printf(s, "%s %s", entropy_source_name(o->source), date);
	case SOURCE_PID: return study_printf(s, "process id %" PRId64, v);
	case SOURCE_RANDOM:
		for (i = 0; i < o->len && i < 8; i++)
			(void)buffer_printf(&b, "%02x", o->value[i]);
		return study_printf(s, "random bytes %s%s", buffer_str(&b), o->len > 8 ? "..." : "");
	default:
		(void)buffer_quote(&b, o->value, o->len, OBSERVED_MAX);
		return study_printf(s, "%s %s", entropy_source_name(o->source), buffer_str(&b));
	}
}

/* Who asked a source itself is a better answer than who looked at a file that got its time from there. */
static const struct observation *find_match(const struct process_list *l, const struct finding *f, bool file_times)
{
	size_t i;

	for (i = 0; i < l->observation_count; i++)
		if ((l->observations[i].source == SOURCE_STAT_TIME) == file_times && matches(f, &l->observations[i]))
			return &l->observations[i];
	return NULL;
}

static void blame(struct study *s, const struct process_list *l, struct finding *f)
{
	const struct observation *found = find_match(l, f, false);

	if (!found)
		found = find_match(l, f, true);
	if (!found && f->axes)
		found = only_one(l, f->axes);
	if (!found)
		return;
	f->process = chain_of(s, l, found->process);
	f->asked = value_text(s, found);
}

int study_blame(struct study *s, struct comparison *c)
{
	const struct process_list *l = &s->control->result->processes;
	size_t i, k;

	for (i = 0; s->options->lab.trace && i < c->space_count; i++)
		for (k = 0; k < c->spaces[i]->finding_count; k++)
			if (c->spaces[i]->findings[k].class != CLASS_DERIVED)
				blame(s, l, &c->spaces[i]->findings[k]);
	return 0;
}
