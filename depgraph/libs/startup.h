/* SPDX-License-Identifier: Apache-2.0 */
/*
 * startup.h: does a library run code of its own when it is loaded or unloaded?
 */
#ifndef DEPGRAPH_LIBS_STARTUP_H
#define DEPGRAPH_LIBS_STARTUP_H

#include "analyzers/elf_file.h"

/* true: it does, and `what` says which: "constructor register_plugin". false: nothing but what every library has from the
 * compiler's crtbegin and crti. */
bool startup_runs_code(const struct elf_file *f, char *what, size_t size);

#endif
