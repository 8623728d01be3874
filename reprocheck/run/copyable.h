/* SPDX-License-Identifier: Apache-2.0 */
/* copyable.h: are a tree's files few and small enough to be copied into memory for several runs at once? */
#ifndef REPROCHECK_RUN_COPYABLE_H
#define REPROCHECK_RUN_COPYABLE_H

#include <stdbool.h>
#include <stdint.h>

/* Stops looking as soon as the answer is no. `copies`: how many there may be at a time. */
bool tree_is_copyable(const char *path, unsigned copies);

#endif
