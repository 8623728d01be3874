/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/run/other_locale.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* They sort, format and speak differently from C; the first is also what is made when none is there. */
static const char *const candidates[] = { "et_EE.UTF-8", "de_DE.UTF-8", "fr_FR.UTF-8", "cs_CZ.UTF-8",
					  "es_ES.UTF-8", "tr_TR.UTF-8", "en_US.UTF-8", "en_GB.UTF-8" };

static const char *installed(void)
{
	size_t i;

	for (i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		locale_t l = newlocale(LC_ALL_MASK, candidates[i], (locale_t)0);

		if (l) {
			freelocale(l);
			return candidates[i];
		}
	}
	return NULL;
}

static pid_t start_quietly(const char *const *argv)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
			_exit(127);
		if (null >= 0 && dup2(null, 1) == 1 && dup2(null, 2) == 2)
			(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	return pid;
}

static bool ended_well(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0;
}

void other_locale_begin(struct other_locale *l)
{
	char language[16], out[sizeof(l->room.path) + 64];
	const char *const argv[] = { "localedef", "-i", language, "-f", "UTF-8", out, NULL };
	struct stat st;

	*l = (struct other_locale){ .name = installed(), .room = TEMPORARY_NONE };
	(void)snprintf(language, sizeof(language), "%.5s", candidates[0]);
	(void)snprintf(out, sizeof(out), "/usr/share/i18n/locales/%s", language);
	if (l->name || stat(out, &st) < 0 || temporary_new("reprocheck-locale", &l->room) < 0)
		return;
	(void)snprintf(out, sizeof(out), "%s/%s", l->room.path, candidates[0]);
	l->maker = start_quietly(argv);
}

void other_locale_wait(struct other_locale *l)
{
	if (l->maker <= 0)
		return;
	if (ended_well(l->maker))
		l->name = candidates[0];
	l->maker = 0;
}

void other_locale_release(struct other_locale *l)
{
	if (l->maker > 0)
		(void)kill(l->maker, SIGKILL);
	other_locale_wait(l);
	temporary_release(&l->room);
}
