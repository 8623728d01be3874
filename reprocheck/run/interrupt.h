/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interrupt.h: SIGINT and SIGTERM while runs are made.
 *
 * Between interrupt_begin() and interrupt_end() the first such signal is only
 * remembered: runs stop when they ask interrupted(), and clean up.  The second
 * one kills as always.
 */
#ifndef REPROCHECK_RUN_INTERRUPT_H
#define REPROCHECK_RUN_INTERRUPT_H

#include <stdbool.h>

void interrupt_begin(void);
void interrupt_end(void);
bool interrupted(void *unused);
int interrupt_signal(void); /* which it was; 0: none */

#endif
