/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz_targets.h"

FUZZ_TARGETS(&targets_ninja_graph, &targets_ninja_query, &targets_ninja_deps, &targets_commands, &targets_depfile)
