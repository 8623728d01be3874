/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz_targets.h"

FUZZ_TARGETS(&targets_compile_commands, &targets_cmake_index, &targets_cmake_codemodel, &targets_bazel_json,
	     &targets_bazel_json_lines, &targets_aquery_json, &targets_buck_json, &targets_buck_actions)
