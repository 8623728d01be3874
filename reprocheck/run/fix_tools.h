/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fix_tools.h: names under which tools are installed, as patterns of struct applied_fix (private to the fixes).
 *
 * The first two of a pattern are what reports print, so they are the ones that readers know.
 */
#ifndef REPROCHECK_RUN_FIX_TOOLS_H
#define REPROCHECK_RUN_FIX_TOOLS_H

#include <stdbool.h>

#define TOOLS_GCC       "gcc|g++|cc|c++|*-gcc|*-g++|gcc-[0-9]*|g++-[0-9]*|*-gcc-[0-9]*|*-g++-[0-9]*"
#define TOOLS_GCC_CLANG "gcc|clang|g++|clang++|cc|c++|*-gcc|*-g++|gcc-[0-9]*|g++-[0-9]*|*-gcc-[0-9]*|*-g++-[0-9]*|" \
			"clang-[0-9]*|clang++-[0-9]*|*-clang|*-clang++|musl-gcc|hipcc"
#define TOOLS_AR        "ar|gcc-ar|*-ar|gcc-ar-[0-9]*|*-gcc-ar-[0-9]*|llvm-ar-[0-9]*"
/* Where a flag that the user gives goes to the end, so that it wins. */
#define TOOLS_LAST      TOOLS_GCC_CLANG "|rustc|ld|*-ld|ld.*|*-ld.*|mold|make|gmake|ninja"

/* Whether one of the patterns, which are separated by '|', matches all of the text. */
bool pattern_list_takes(const char *patterns, const char *text);

#endif
