/* SPDX-License-Identifier: Apache-2.0 */
#include "base/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t caught;
static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
static struct sigaction before[sizeof(signals) / sizeof(signals[0])];

static void remember(int number)
{
	caught = number;
}

void interrupt_begin(void)
{
	struct sigaction now = { .sa_handler = remember, .sa_flags = (int)SA_RESETHAND };
	size_t i;

	caught = 0;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		(void)sigaction(signals[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			(void)sigaction(signals[i], &now, NULL);
	}
}

void interrupt_end(void)
{
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaction(signals[i], &before[i], NULL);
}

bool interrupted(void *unused)
{
	(void)unused;
	return caught != 0;
}

int interrupt_signal(void)
{
	return caught;
}
