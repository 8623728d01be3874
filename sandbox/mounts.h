/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts.h: mounts as descriptors (private to the sandbox).
 *
 * Each function makes one mount that is attached nowhere yet and hands out a
 * descriptor of it; mount_attach() puts it somewhere.  So everything can be prepared while the
 * host's names are still valid, and attached when the new root stands.  What is
 * never attached goes away with its descriptor.  Directories are handed in as descriptors,
 * which spares the escaping of names in mount options.
 *
 * Needs Linux 5.12 (mount_setattr); -ENOSYS before.
 */
#ifndef SANDBOX_MOUNTS_H
#define SANDBOX_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>

/* A new, empty memory file system; at most `size` bytes (0: a small one) with room for `inodes`. */
int mount_memory(uint64_t size, uint64_t inodes);
/* A new instance of a file system without options: "proc", "devpts". */
int mount_new(const char *type, const char *const options[][2]);
/* What lies at a path, with all that is mounted below it; symbolic links at its end are not followed. */
int mount_clone(int dirfd, const char *path, bool read_only);
/* The same of one mount alone; -EINVAL when something is mounted below that may not be uncovered. */
int mount_clone_alone(int dirfd, const char *path, bool read_only);
/* `lower` seen through `upper`, with what is written going to `upper`; `work` is the kernel's, on the same file system.
 * `user`: inside a user namespace. */
int mount_overlay(int lower, int upper, int work, bool user);

/* Follows symbolic links of `path`, also at its end. */
int mount_attach(int mount, int dirfd, const char *path);
/* This mount alone. */
int mount_read_only(int mount);

/* Calls fn for each mount point strictly below `path`, as /proc/self/mountinfo has it, until it returns non-zero, which is
 * returned. */
int mount_each_below(const char *path, int (*fn)(void *ctx, const char *at), void *ctx);
/* Whether there is one; negative errno. */
int mount_has_below(const char *path);

#endif
