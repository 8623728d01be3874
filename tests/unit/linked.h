/* SPDX-License-Identifier: Apache-2.0 */
/* linked.h: small linked files, made in the scratch directory and opened. */
#ifndef TESTS_UNIT_LINKED_H
#define TESTS_UNIT_LINKED_H

#include "analyzers/elf_file.h"
#include "tests/unit/made.h"

/* A library without a C library; a program with libraries of the scratch directory. */
#define LIB "cc -shared -fPIC -nostdlib "
#define APP_LIBS " -Wl,--no-as-needed,--allow-shlib-undefined,-rpath,'$ORIGIN' -L. "

struct opened {
	struct content *content;
	struct elf_file *elf;
};

static inline struct opened open_elf(const char *name)
{
	struct opened o;

	assert_int_equal(content_open(AT_FDCWD, scratch_path(name), &o.content, NULL), 0);
	assert_int_equal(elf_file_open(o.content, 0, content_size(o.content), &o.elf, NULL), 0);
	return o;
}

static inline void close_elf(struct opened *o)
{
	elf_file_free(o->elf);
	content_unref(o->content);
}

#endif
