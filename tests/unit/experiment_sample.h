/* SPDX-License-Identifier: Apache-2.0 */
/*
 * experiment_sample.h: an experiment made by hand, as reports and records read it.
 *
 * One file differs for its own time (proved), for two axes that act together, and
 * for nothing that was varied; a directory entry follows the umask.  Every text
 * that an input can choose holds HOSTILE.
 */
#ifndef TESTS_UNIT_EXPERIMENT_SAMPLE_H
#define TESTS_UNIT_EXPERIMENT_SAMPLE_H

#include "base/cleanup.h"
#include "reprocheck/report/report.h"
#include "reprocheck/compare/result.h"
#include "tests/unit/scratch.h"

#include <stdlib.h>
#include <string.h>

#define HOSTILE "<i>&\x1b[31m\xff"

static struct place sample_places[] = {
	{ .path = "date", .region = "date", .a_len = 4, .b_len = 4, .a_text = "2026", .b_text = "2027" }
};
static struct proof sample_proved = { .status = PROOF_PROVED,
				      .fix = "SOURCE_DATE_EPOCH=1700000000",
				      .before = 12,
				      .detail = "detail " HOSTILE };
static struct proof sample_vain = {
	.status = PROOF_NO_EFFECT, .fix = "gcc -frandom-seed=0", .before = 6, .after = 6
};
static const struct finding sample_pristine[] = {
	{ .id = "embedded-timestamp@out",
	  .class = CLASS_PRIMARY,
	  .level = LEVEL_PROVED,
	  .bytes = 12,
	  .place_count = 1,
	  .places = sample_places,
	  .places_kept = 1,
	  .axes = AXIS_BIT(AXIS_TIME) | AXIS_BIT(AXIS_TIMEZONE),
	  .proof = &sample_proved,
	  .process = "make > sh > " HOSTILE,
	  .asked = "clock 2026-11-22 10:00:00Z" },
	{ .id = "random-uuid@out",
	  .class = CLASS_PRIMARY,
	  .level = LEVEL_CAUSED,
	  .bytes = 6,
	  .place_count = 1,
	  .axes = AXIS_SET_INTRINSIC,
	  .proof = &sample_vain },
	{ .id = "unexplained@out",
	  .class = CLASS_UNEXPLAINED,
	  .level = LEVEL_UNEXPLAINED,
	  .bytes = 3,
	  .place_count = 1,
	  .axes = AXIS_SET_UNATTRIBUTABLE },
	{ .id = "derived-checksum@out",
	  .class = CLASS_DERIVED,
	  .level = LEVEL_PROVED,
	  .bytes = 4,
	  .place_count = 1,
	  .axes = AXIS_BIT(AXIS_TIME) },
};
static struct finding sample_findings[sizeof(sample_pristine) / sizeof(sample_pristine[0])];
static struct byte_map sample_map = { .cell_size = 1,
				      .cells = 100,
				      .counts = { [0] = { 1, 0, 0 }, [99] = { 0, 0, 1 } } };
static struct space sample_out = { .name = "out",
				   .a_name = "/a/out",
				   .b_name = "/b/out",
				   .format = "text",
				   .status = SPACE_DIFFERS,
				   .findings = sample_findings,
				   .finding_count = 4,
				   .map = &sample_map,
				   .totals = { 100, 100, 25, { 18, 4, 3 } } };
static struct space sample_same = { .name = "same", .format = "elf", .totals = { 9, 9, 0, { 0 } } };
static struct space *sample_spaces[] = { &sample_out, &sample_same };
static struct entry_difference sample_entries[] = {
	{ .name = "run.sh", .what = "mode", .a = "0755", .b = "0700" }
};
static const char *sample_builds[] = { "control", "all axes" };
static const char *const sample_action[] = { "make", "out " HOSTILE };
static const char *const sample_command[] = { "reprocheck", "run", "--", "make" };
static struct run_report sample_runs[] = {
	{ .label = "control",
	  .seconds = 0.5,
	  .setup_seconds = 0.004,
	  .output_files = 2,
	  .output_bytes = 109,
	  .digest = "abcd" },
	{ .label = "time",
	  .varied = AXIS_BIT(AXIS_TIME),
	  .status = 1,
	  .seconds = 0.1,
	  .copy_seconds = 0.25,
	  .copied_bytes = 2000000 },
};
static struct interaction sample_interactions[] = { { AXIS_BIT(AXIS_TIME) | AXIS_BIT(AXIS_TIMEZONE), 5 } };
static const char *sample_network[] = { "curl " HOSTILE ": 1.2.3.4 port 443" };
static const char *sample_notes[] = { "gcc " HOSTILE " is out of reach" };
static struct experiment sample_experiment;

static inline void sample_axis(enum axis axis, enum axis_state state, enum axis_verdict verdict,
			       uint64_t bytes)
{
	struct axis_report *a = &sample_experiment.axes[axis];

	*a = (struct axis_report){ .state = state, .verdict = verdict, .bytes = bytes };
}

static inline void sample_make_experiment(void)
{
	unsigned i;

	sample_experiment = (struct experiment){ .command = sample_action,
						 .command_count = 2,
						 .directory = "/src " HOSTILE,
						 .identical = 3,
						 .runs = sample_runs,
						 .run_count = 2,
						 .runs_planned = 27,
						 .runs_max = 60,
						 .interactions = sample_interactions,
						 .interaction_count = 1,
						 .tried = &sample_vain,
						 .tried_count = 1,
						 .network = sample_network,
						 .network_count = 1,
						 .notes = sample_notes,
						 .note_count = 1,
						 .log_head = "cc " HOSTILE "\ndone\n",
						 .traced = true };
	for (i = 0; i < AXIS_COUNT; i++)
		sample_axis(i, AXIS_VERIFIED, VERDICT_NO_EFFECT, 0);
	sample_axis(AXIS_TIME, AXIS_VERIFIED, VERDICT_CAUSES, 12);
	sample_experiment.axes[AXIS_TIME].control = "2026-01-01";
	sample_experiment.axes[AXIS_TIME].varied = "2027-02-02 " HOSTILE;
	sample_axis(AXIS_TIMEZONE, AXIS_VERIFIED, VERDICT_INTERACTS, 0);
	sample_axis(AXIS_ENVIRONMENT, AXIS_VERIFIED, VERDICT_CAUSES, 2);
	sample_experiment.axes[AXIS_ENVIRONMENT].variables = "LS_COLORS";
	sample_axis(AXIS_LOCALE, AXIS_VERIFIED, VERDICT_FAILS, 0);
	sample_experiment.axes[AXIS_LOCALE].why = "status 2: " HOSTILE;
	sample_axis(AXIS_CPUS, AXIS_PARTIAL, VERDICT_NO_EFFECT, 0);
	sample_experiment.axes[AXIS_CPUS].why = "busybox is static";
	sample_axis(AXIS_KERNEL, AXIS_INEFFECTIVE, VERDICT_NONE, 0);
	sample_experiment.axes[AXIS_KERNEL].why = "the host refused";
	sample_axis(AXIS_NETWORK, AXIS_LEFT_OUT, VERDICT_NONE, 0);
	sample_axis(AXIS_TTY, AXIS_NOT_REACHED, VERDICT_NONE, 0);
}

static inline struct comparison sample_run(void)
{
	size_t i;

	memcpy(sample_findings, sample_pristine, sizeof(sample_findings));
	sample_entries[0].axes = AXIS_BIT(AXIS_UMASK);
	sample_entries[0].baseline = false;
	for (i = 0; i < sample_out.finding_count; i++) {
		AUTO_FREE char *id = strndup(sample_findings[i].id, strcspn(sample_findings[i].id, "@"));

		sample_findings[i].cause = cause_find(id);
		assert_non_null(sample_findings[i].cause);
	}
	sample_make_experiment();
	return (struct comparison){ .builds = sample_builds,
				    .build_count = 2,
				    .spaces = sample_spaces,
				    .space_count = 2,
				    .entries = sample_entries,
				    .entry_count = 1,
				    .files_compared = 2,
				    .files_same = 1,
				    .seconds = 0.5,
				    .experiment = &sample_experiment,
				    .totals = { 109, 109, 25, { 18, 4, 3 } } };
}

/* The same action when nothing differs. */
static inline struct comparison sample_reproducible(void)
{
	static struct space *only[] = { &sample_same };
	struct comparison c = sample_run();
	unsigned i;

	for (i = 0; i < AXIS_COUNT; i++)
		sample_axis(i, AXIS_VERIFIED, VERDICT_NONE, 0);
	sample_axis(AXIS_KERNEL, AXIS_INEFFECTIVE, VERDICT_NONE, 0);
	sample_experiment.axes[AXIS_KERNEL].why = "the host refused";
	sample_experiment.identical_same = true;
	sample_experiment.interaction_count = sample_experiment.tried_count = 0;
	sample_experiment.network_count = sample_experiment.note_count = 0;
	c.spaces = only;
	c.space_count = c.files_compared = 1;
	c.entry_count = 0;
	c.totals = sample_same.totals;
	return c;
}

static const struct report_options sample_options = { .version = "1.0",
						      .command = sample_command,
						      .command_count = 4 };

typedef int (*sample_report)(FILE *f, const struct comparison *c, const struct report_options *o);

static inline char *sample_render(sample_report fn, const struct comparison *c,
				  const struct report_options *o)
{
	static char *text; /* static: gcc takes the address that the stream keeps for one that is used later */
	static size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	assert_int_equal(fn(f, c, o), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static inline void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static inline void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in:\n%s", part, text);
}

#endif
