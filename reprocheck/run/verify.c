/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Did the variations take effect?  The probe runs in the place of the command,
 * once with everything pinned and once with everything varied, and says what it
 * sees; each axis is asked for in what it saw.  An axis that nothing shows is
 * told as ineffective, with the reason where one is known, and is not tried: no
 * run could say anything about it.
 */
#include "reprocheck/run/study_private.h"

#include "base/json.h"
#include "base/path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PROBE_MAX ((size_t)1 << 20)
#define SHOWN     80 /* characters of what the probe saw */

/* What of the probe's answer an axis changes: the first key is shown, any of them may differ. */
static const struct {
	const char *keys[5];
	unsigned needs;    /* enum world_feature */
	const char *why;   /* when it is ineffective and nothing better is known */
} rows[AXIS_COUNT] = {
	[AXIS_TIME] = { { "time" }, 0, "the clock could not be faked" },
	[AXIS_BUILD_PATH] = { { "cwd" }, WORLD_MOUNT, NULL },
	[AXIS_TMPDIR] = { { "tmpdir" }, 0, NULL },
	[AXIS_HOME] = { { "home" }, 0, NULL },
	[AXIS_HOST] = { { "host" }, WORLD_UTS, NULL },
	[AXIS_USER] = { { "user", "uid", "gid" }, WORLD_MAP_USER, NULL },
	[AXIS_UMASK] = { { "umask" }, 0, NULL },
	[AXIS_TIMEZONE] = { { "timezone", "zone" }, 0, NULL },
	[AXIS_LOCALE] = { { "locale", "collation", "decimal_point" }, 0, "the locale is not installed" },
	[AXIS_ENVIRONMENT] = { { "environment" }, 0, NULL },
	[AXIS_PATH] = { { "path" }, 0, NULL },
	[AXIS_KERNEL] = { { "kernel" }, 0, "personality(2) is refused" },
	[AXIS_CPUS] = { { "cpus" }, 0, "processors cannot be taken away here" },
	[AXIS_JOBS] = { { "jobs" }, 0, NULL },
	[AXIS_ASLR] = { { "aslr" }, 0, "personality(2) is refused" },
	[AXIS_PID] = { { "pid" }, WORLD_SET_PID, "the first process number cannot be chosen here" },
	[AXIS_READDIR] = { { "readdir" }, 0, "the inputs are fewer than two files" },
	[AXIS_MTIME] = { { "mtime" }, 0, "there are no input files" },
	[AXIS_ATIME] = { { "atime" }, 0, "there are no input files" },
	[AXIS_HASH_SEED] = { { "hash_seed" }, 0, NULL },
	[AXIS_INODE] = { { "inode", "device" }, 0, NULL },
	[AXIS_TTY] = { { "tty" }, 0, "no pseudo-terminal is to be had" },
	[AXIS_NETWORK] = { { "network" }, WORLD_NETWORK, "the host has no network but loopback" },
};

static char *text_of(const json_t *v)
{
	if (json_is_string(v))
		return strdup(json_string_value(v));
	return json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
}

/* Of long texts the part where they begin to differ. */
static const char *cut(struct study *s, const char *text, size_t same)
{
	size_t from = strlen(text) > SHOWN && same > SHOWN / 2 ? same - SHOWN / 4 : 0;

	return study_printf(s, "%s%.*s%s", from ? "..." : "", SHOWN, text + from,
			    strlen(text + from) > SHOWN ? "..." : "");
}

static void show(struct study *s, struct axis_report *report, const json_t *a, const json_t *b)
{
	AUTO_FREE char *control = a ? text_of(a) : NULL;
	AUTO_FREE char *varied = b ? text_of(b) : NULL;
	size_t same = 0;

	if (!control || !varied)
		return;
	while (control[same] && control[same] == varied[same])
		same++;
	report->control = cut(s, control, same);
	report->varied = cut(s, varied, same);
}

/* The first that is missing of what the axis needs. */
static const char *missing_feature(unsigned missing)
{
	static const struct {
		unsigned feature;
		const char *text;
	} features[] = {
		{ WORLD_MOUNT, "this host refuses mount namespaces" },
		{ WORLD_UTS, "this host refuses UTS namespaces" },
		{ WORLD_NETWORK, "this host refuses network namespaces" },
		{ WORLD_SET_PID, "this host refuses PID namespaces, or to choose a process number in one" },
		{ WORLD_MAP_USER, "this host refuses user namespaces" },
	};
	size_t i;

	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (missing & features[i].feature)
			return features[i].text;
	return "this host refuses what it needs";
}

static const char *reason(const struct study *s, unsigned axis)
{
	const struct world *w = action_world_probe();
	const char *cannot = lab_cannot(s->lab, (enum axis)axis);

	if (cannot)
		return cannot;
	if (rows[axis].needs & ~w->has)
		return missing_feature(rows[axis].needs & ~w->has);
	return rows[axis].why ? rows[axis].why : "the probe saw no change";
}

static void judge(struct study *s, unsigned axis, const json_t *pinned, const json_t *varied)
{
	struct axis_report *report = &s->experiment->axes[axis];
	size_t i;

	report->state = AXIS_INEFFECTIVE;
	if (rows[axis].needs & ~action_world_probe()->has) {
		report->why = missing_feature(rows[axis].needs & ~action_world_probe()->has);
		return;
	}
	for (i = 0; i < 5 && rows[axis].keys[i]; i++) {
		const json_t *a = json_object_get(pinned, rows[axis].keys[i]),
			     *b = json_object_get(varied, rows[axis].keys[i]);

		if (i == 0 || (report->state == AXIS_INEFFECTIVE && !json_equal(a, b)))
			show(s, report, a, b);
		if (a && b && !json_equal(a, b))
			report->state = AXIS_VERIFIED;
	}
	if (report->state == AXIS_INEFFECTIVE)
		report->why = reason(s, axis);
}

static int ask(struct study *s, axis_set varied, json_t **ret)
{
	CLEANUP(buffer_release) struct buffer out = BUFFER_INIT(PROBE_MAX);
	struct setting setting = study_setting(s, varied, varied ? "probe of what varies" : "probe");
	json_error_t where;
	int r = lab_probe(s->lab, &setting, &out, s->err);

	if (r < 0)
		return r;
	*ret = json_loadb(buffer_str(&out), out.len, 0, &where);
	return *ret ? 0
		    : error_set(s->err, -EBADMSG, "probe", "its answer cannot be read: %s: %.100s", where.text,
				buffer_str(&out));
}

/* A locale that is not there leaves everything as it was, and so does one that only has another name. */
static bool locale_took_effect(const json_t *pinned, const json_t *varied)
{
	return json_is_string(json_object_get(varied, "locale")) &&
	       !json_equal(json_object_get(pinned, "locale"), json_object_get(varied, "locale"));
}

/* What the preloaded library does reaches no static program. */
static void judge_reach(struct study *s)
{
	static const unsigned preloaded[] = { AXIS_TIME, AXIS_READDIR, AXIS_INODE };
	const char *program = study_unreached(s);
	size_t i;

	for (i = 0; program && i < sizeof(preloaded) / sizeof(preloaded[0]); i++) {
		struct axis_report *report = &s->experiment->axes[preloaded[i]];

		if (report->state != AXIS_VERIFIED)
			continue;
		report->state = AXIS_PARTIAL;
		report->why = study_printf(s, "not for %s, which the preloaded library does not reach%s", program,
					   preloaded[i] == AXIS_TIME ? "; --trace does" : "");
	}
}

static bool takes_jobs(const char *program)
{
	static const char *const names[] = { "make", "gmake", "cargo", "cmake", "ninja", "samu", "scons" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(path_base(program), names[i]) == 0)
			return true;
	return false;
}

/* The number of jobs is for those who read it. */
static void judge_jobs(struct study *s)
{
	const struct process_list *l = &s->control->result->processes;
	struct axis_report *report = &s->experiment->axes[AXIS_JOBS];
	size_t i;

	for (i = 0; i < l->count; i++)
		if (takes_jobs(l->items[i].program))
			return;
	if (report->state != AXIS_VERIFIED || !l->count)
		return;
	report->state = AXIS_INEFFECTIVE;
	report->why = "no make, ninja, cargo, cmake or scons ran";
}

int study_probe(struct study *s)
{
	json_t *pinned = NULL, *varied = NULL;
	unsigned i;
	int r;

	lab_settle(s->lab);
	r = ask(s, 0, &pinned);

	if (r >= 0)
		r = ask(s, s->candidates, &varied);
	for (i = 0; r >= 0 && i < AXIS_COUNT; i++) {
		struct axis_report *report = &s->experiment->axes[i];

		if (!(s->candidates & AXIS_BIT(i))) {
			report->state = report->why ? AXIS_INEFFECTIVE : AXIS_LEFT_OUT;
			continue;
		}
		judge(s, i, pinned, varied);
		if (i == AXIS_JOBS)
			judge_jobs(s);
		if (i == AXIS_LOCALE && report->state == AXIS_VERIFIED && !locale_took_effect(pinned, varied))
			report->state = AXIS_INEFFECTIVE;
		if (report->state == AXIS_INEFFECTIVE) {
			report->why = report->why ? report->why : reason(s, i);
			s->candidates &= ~AXIS_BIT(i);
		}
	}
	judge_reach(s);
	json_decref(pinned);
	json_decref(varied);
	return r;
}
