/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz_layout.h"

FUZZ_ANALYZER(fatbin_analyzer)
