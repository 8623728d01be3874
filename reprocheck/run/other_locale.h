/* SPDX-License-Identifier: Apache-2.0 */
/*
 * other_locale.h: a locale that is not C (private to the lab): one that is
 * installed, or one that localedef makes for the occasion from the sources in
 * /usr/share/i18n, in a temporary directory that LOCPATH leads to.
 *
 * That takes a second, so it is begun when the lab opens, goes on beside the
 * first runs, and is waited for when somebody wants to know.
 */
#ifndef REPROCHECK_RUN_OTHER_LOCALE_H
#define REPROCHECK_RUN_OTHER_LOCALE_H

#include "reprocheck/run/temporary.h"

struct other_locale {
	const char *name;    /* NULL: there is none */
	struct temporary room; /* for LOCPATH; without a path: it is installed */
	pid_t maker;         /* still at work; 0: done */
};

void other_locale_begin(struct other_locale *l);
void other_locale_wait(struct other_locale *l); /* then `name` is right */
void other_locale_release(struct other_locale *l);

#endif
