/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz_targets.h"

FUZZ_TARGETS(&targets_bazel_xml)
