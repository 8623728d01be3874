/* SPDX-License-Identifier: Apache-2.0 */
/*
 * root.h: the new root of an action's world (private to the sandbox).
 *
 *	root_prepare(&root, plan, &err)   the skeleton, built beside the host's root; host names are still valid
 *	root_add(&root, mount, "/etc/hosts", 0, &err) ...   what else is to be attached, in any order
 *	root_enter(&root, &err)           it becomes "/", everything is attached, the host's root is gone
 *
 * Called in a mount namespace of our own, by its only process.  Nothing is undone
 * on failure: the process ends, and the namespace with it.
 */
#ifndef SANDBOX_ROOT_H
#define SANDBOX_ROOT_H

#include "base/error.h"
#include "sandbox/inside.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

enum attach_flag {
	ATTACH_DIRECTORY = 1, /* the mount is one; else it is a file */
	ATTACH_LAST = 2,      /* among those of the same length */
	ATTACH_READ_ONLY = 4, /* as soon as everything is attached */
	ATTACH_FIRST = 8,     /* among those of the same length; may be gone from the host by then, and is left empty */
};
struct attachment {
	int mount;
	char *at;
	unsigned flags;
};

struct root {
	const struct plan *plan;
	int base;     /* memory file system that becomes "/" */
	int scratch;  /* directory that holds all that is written; never visible */
	bool own_proc; /* /proc is that of our PID namespace: the numbers in it are ours */
	int last_pid; /* /proc/sys/kernel/ns_last_pid, for writing; -1: none */
	struct attachment *attachments;
	size_t count, capacity;
	unsigned rooms;
	const char *partly; /* a directory to write to that is read-only in parts; NULL: none */
	bool covered; /* upper sides hold directories of ours (cover.h): what is empty in them tells nothing */
};

int root_prepare(struct root *r, const struct plan *plan, struct error *err);
/* Takes the mount, whatever happens; one that is a negative errno is the error. Files and directories that lie above others are
 * attached first, however they come. */
int root_add(struct root *r, int mount, const char *at, unsigned flags, struct error *err);
/* Takes back what was added when there were `count` attachments. */
void root_forget(struct root *r, size_t count);
int root_enter(struct root *r, struct error *err);

/* A directory in root->scratch with this name, and mode, owner (where allowed) and times of `like` (-1: mode 0755); descriptor. */
int root_directory(const struct root *r, const char *name, int like);
int root_directory_in(const struct root *r, int dirfd, const char *name, int like);
/* Gives it the times of whatever is made for the action: the same in each run. */
void root_age(int dir);

/* Has `to` show what the directory `from` holds: makes its symbolic links, and calls `show` for each other entry, in the order
 * of their names, until it returns non-zero, which is returned. -E2BIG: too many entries for a mount each. */
typedef int (*root_show_fn)(void *ctx, int from, int to, const char *name, const struct stat *st);
int root_show_entries(int from, int to, root_show_fn show, void *ctx);

#endif
