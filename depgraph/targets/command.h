/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h: one command line of a build: what it makes from what.
 *
 * Compilers, linkers (through a compiler or not) and archivers are told apart by their options, not only by
 * their names, because both have prefixes and wrappers ("ccache x86_64-linux-gnu-g++-12").  What is
 * none of these says nothing.  Several commands in one line (": && ar qc ... && ranlib ... && :") are taken one by one.
 *
 *	a compile    becomes an object: source, dependency file (-MF, or the name that -MD gives it)
 *	an archive   becomes a target whose outputs are the archive and its objects
 *	a link       becomes a target whose outputs are the file and its objects, and which depends
 *	             ("link line") on the archives and shared libraries it names; -lX and -L are followed to targets that are known
 *
 * @FILE is read where it is there.  Windows' quoting and cl.exe are not read.
 */
#ifndef DEPGRAPH_TARGETS_COMMAND_H
#define DEPGRAPH_TARGETS_COMMAND_H

#include "depgraph/targets/builder.h"

struct command_words {
	char **words; /* terminated, in one piece of memory with the array */
	size_t count;
	char *memory;
};
void command_words_release(struct command_words *w);
/* As a shell reads it: quotes, backslashes; operators become words of their own. 0 or -ENOMEM. */
int command_words(const char *text, size_t n, struct command_words *ret);

struct command_origin {
	const char *directory; /* interned; NULL: not told */
	const char *file;      /* the input that holds the command */
	uint32_t line;         /* 0: not told */
};
/* The words of one or several commands. 0 or -ENOMEM. */
int command_read(struct target_builder *b, char *const *words, size_t count, const struct command_origin *origin);

bool command_is_object(const char *path, size_t n);  /* .o, .lo, .obj */
bool command_is_library(const char *path, size_t n); /* .a, .so, .so.1 */
/* A library on the link line of `t`. */
void command_link_input(struct target_builder *b, uint32_t t, const char *library, size_t n);
/* Compiles, links or makes an archive; for probes. */
bool command_is_tool(const char *word);

#endif
