/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz_linkmap.h"

FUZZ_LINKMAP
