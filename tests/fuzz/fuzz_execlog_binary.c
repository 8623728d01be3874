/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz_execlog.h"

FUZZ_EXECLOG
