/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child.h: another program, or code that we do not trust, in a child: heard, bounded, ended with all that it started.
 *
 *	pid = fork();
 *	if (pid == 0) {
 *		apply_child_begin(parent);       its own group, dies with us, signals as by default
 *		... exec or _exit ...
 *	}
 *	c = (struct apply_child){ .pid = pid, .output = fd, .seconds = 600, .take = keep, .to = &said };
 *	r = apply_child_await(&c, &status);
 *
 * The parent has closed its writing end of `output`; the descriptor stays the caller's.
 */
#ifndef DEPGRAPH_APPLY_CHILD_H
#define DEPGRAPH_APPLY_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct apply_child {
	pid_t pid;
	int output;       /* what it writes is read here */
	unsigned seconds; /* until it has ended, not only its output */
	bool (*stop)(void *ctx); /* asked now and then; NULL: never */
	void *ctx;
	bool (*take)(void *to, const char *data, size_t n); /* false: that is enough, the rest is not read */
	void *to;
};

/* In the child, first. System calls only: other threads of the parent may have held locks. */
void apply_child_begin(pid_t parent);
/*
 * 0 and how it ended, as waitpid() has it; -ETIMEDOUT, -EINTR (stop() said so), or another error. The child is gone in any
 * case, and after an error so is its group.
 */
int apply_child_await(const struct apply_child *c, int *ret_status);

#endif
