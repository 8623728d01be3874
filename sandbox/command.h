/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h: the command's own process, between fork and exec (private to the sandbox).
 */
#ifndef SANDBOX_COMMAND_H
#define SANDBOX_COMMAND_H

#include "sandbox/inside.h"

struct command {
	const struct plan *plan;
	int terminal; /* its side of a terminal; -1: pipes */
	int listener; /* socket for the watcher's listener; -1: not watched */
	const struct preload_page *traced; /* the tracer's page; NULL: not traced */
};

_Noreturn void command_exec(const struct command *c);

#endif
