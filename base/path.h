/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.h: names of files, with the tree's root as a wall.
 *
 * open_beneath() resolves `rel` with openat2(RESOLVE_BENEATH |
 * RESOLVE_NO_MAGICLINKS): "..", absolute links and races cannot leave the root.
 * Names are bytes; nothing here interprets them as UTF-8.
 */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

int open_beneath(int rootfd, const char *rel, int flags, mode_t mode); /* descriptor or negative errno */
char *path_join(const char *a, const char *b);                         /* "a/b"; caller frees; NULL: no memory */
const char *path_base(const char *path);                               /* after the last '/' */
/* fnmatch over a path: without '/' the pattern matches the last component, with '/' the whole path; "**" crosses '/'. */
bool path_matches(const char *pattern, const char *path);
/*
 * Writes a whole file or nothing: unnamed temporary, write, fsync, rename over `path`.  "-" is standard output; what is
 * no regular file (a pipe, a terminal, /dev/null) is written in place.  The writer returns 0 or a negative errno, which
 * is returned; the stream is closed for it.
 */
int write_stream_atomically(const char *path, int (*fn)(FILE *f, void *ctx), void *ctx);
int write_file_atomically(const char *path, const void *p, size_t n);

#endif
