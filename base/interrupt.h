/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interrupt.h: SIGINT, SIGTERM and SIGHUP while something must not be left half-made.
 *
 * Between interrupt_begin() and interrupt_end() the first such signal is only
 * remembered: the work stops when it asks interrupted(), and cleans up.  The second
 * one kills as always.
 */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

#include <stdbool.h>

void interrupt_begin(void);
void interrupt_end(void);
bool interrupted(void *unused);
int interrupt_signal(void); /* which it was; 0: none */

#endif
