#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every header compiles alone, and twice.
set -u
cd "$(dirname "$0")/.."
flags="-std=gnu17 -Wall -Wextra -Wno-unused-function -Werror -D_GNU_SOURCE -I. -isystem /usr/include/libdwarf"
flags="$flags $(pkg-config --cflags libelf capstone libarchive jansson libcrypto 2>/dev/null)"
status=0
for h in base/*.h analyzers/*.h sandbox/*.h sandbox/inside/*.h {reprocheck,depgraph}/*.h {reprocheck,depgraph}/*/*.h tests/fuzz/*.h tests/unit/*.h; do
	[ -e "$h" ] || continue
	# shellcheck disable=SC2086
	printf '#include "%s"\n#include "%s"\n' "$h" "$h" | gcc $flags -fsyntax-only -x c - || status=1
	guard=$(tr 'a-z/.' 'A-Z__' <<<"${h#tests/}")
	grep -qE "^#ifndef (TESTS_)?${guard}$" "$h" || { echo "$h: its guard is not $guard"; status=1; }
done
exit $status
