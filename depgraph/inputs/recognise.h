/* SPDX-License-Identifier: Apache-2.0 */
/* recognise.h: what an input is (private to inputs/). */
#ifndef DEPGRAPH_INPUTS_RECOGNISE_H
#define DEPGRAPH_INPUTS_RECOGNISE_H

#include "depgraph/inputs/inputs.h"

/* `elf` is the opened file when it is one, else NULL. */
enum input_kind input_recognise(const uint8_t *data, uint64_t size, const struct elf_file *elf);

#endif
