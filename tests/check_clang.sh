#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The second compiler's opinion: no warning from clang under the strict set. (gcc's are errors in the build itself.)
set -u
cd "$(dirname "$0")/.."
command -v clang >/dev/null || { echo "clang is not installed"; exit 77; }
flags="-std=gnu17 -O1 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla"
flags="$flags -Wwrite-strings -Wcast-qual -Werror -D_GNU_SOURCE -DVERSION=\"0\" -I. -isystem /usr/include/libdwarf"
flags="$flags $(pkg-config --cflags libelf capstone libarchive jansson libcrypto)"
# shellcheck disable=SC2086
ls base/*.c analyzers/*.c sandbox/*.c sandbox/inside/*.c {reprocheck,depgraph}/*.c {reprocheck,depgraph}/*/*.c tests/unit/*.c tests/fuzz/*.c 2>/dev/null |
	xargs -P "$(nproc)" -n 8 clang $flags -fsyntax-only
