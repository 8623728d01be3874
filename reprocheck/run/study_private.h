/* SPDX-License-Identifier: Apache-2.0 */
/* study_private.h: a study while it is made; each step is a room of its own. */
#ifndef REPROCHECK_RUN_STUDY_PRIVATE_H
#define REPROCHECK_RUN_STUDY_PRIVATE_H

#include "reprocheck/run/study.h"

#define NOTES_MAX 100

struct study {
	const struct study_options *options;
	struct lab *lab;
	struct arena arena;           /* of what the experiment tells; the comparison takes it over */
	struct experiment *experiment;
	const struct outcome *control, *all;
	bool copy;                    /* every run needs a copy of the inputs to be comparable */
	axis_set candidates;          /* took effect, and the command ends as it should with them */
	struct axis_map *noise;       /* what differs between control runs */
	struct axis_map *map;         /* that, and what each axis moves */
	bool chance_known;            /* what addresses move in some runs only has been told from the rest */
	struct applied_fix *given;    /* to be tried, by the user */
	size_t given_count;
	struct error *err;
};

int study_note(struct study *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *study_printf(struct study *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct setting study_setting(const struct study *s, axis_set varied, const char *label);
int study_run_one(struct study *s, const struct setting *setting, const struct outcome **ret);

/* Compares an outcome with the control run. record: what `attributed` does not know is added to it as moved by `axes`; may be
 * NULL, and so may attributed. */
int study_compare(struct study *s, const struct outcome *a, const struct outcome *b, struct axis_map *record,
		  axis_set axes, const struct axis_map *attributed, struct comparison **ret);
/* Bytes of primary and unexplained findings, and entries, that have none of the `known` axes. */
uint64_t bytes_beyond(const struct comparison *c, axis_set known);

/* A program of the control run that neither the preloaded library nor a tracer reached; NULL: none. */
const char *study_unreached(const struct study *s);
/* Axes that are not even pinned here. */
axis_set study_unpinned(const struct study *s);

/* Where something goes on by itself (noise, a clock that is not pinned), the control run once more, after the others: what has
 * changed by then is noise, and no axis' doing. */
int study_control_again(struct study *s);
/* What the run has other than the control is noise. */
int study_record_noise(struct study *s, const struct outcome *run);
int study_probe(struct study *s);    /* verify.c */
int study_isolate(struct study *s);  /* isolate.c */
int study_interact(struct study *s, const struct comparison *c, bool *ret_found); /* interact.c */
int study_bisect(struct study *s);   /* bisect.c */
int study_prove(struct study *s, struct comparison *c);  /* prove.c */
/* shown: the outcome that `c` compares with the control run. patch.c */
int study_patch(struct study *s, struct comparison *c, const struct outcome *shown);
int study_blame(struct study *s, struct comparison *c);  /* blame.c */
int study_tell(struct study *s, struct comparison *c);   /* tell.c */

#endif
