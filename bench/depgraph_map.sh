#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# depgraph_map.sh: link maps of 100 MB, one of each linker that is here: parse and table in MB/s a core, memory.
#
# The map is a real one (a static C++ program), in which the rows of .text are repeated. Target: 300 MB/s, and less
# memory than the map has bytes.
#
#	bench/depgraph_map.sh [BUILD]        BUILD: build, where lib/*.a are

set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cc=${CC:-gcc}
$cc -std=gnu17 -O2 -D_GNU_SOURCE -I. -o "$work/linkmap" tests/links/map_speed.c "$build/lib/libanalyzers.a" "$build/lib/libbase.a" \
	$(pkg-config --libs libelf capstone libarchive jansson libzstd liblz4 libdeflate libcrypto) -ldwarf -pthread
cat >"$work/m.cc" <<'EOF'
#include <iostream>
#include <regex>
int main(int c, char **v) { std::cout << std::regex_match(v[0], std::regex("[a-z]+")) << c; }
EOF
g++ -O1 -ffunction-sections -fdata-sections -c -o "$work/m.o" "$work/m.cc"

repeat='
import re, sys
source, target, size = sys.argv[1], sys.argv[2], 100_000_000
lines = open(source).read().splitlines(True)
level = re.compile(r"^ *(?:0x)?[0-9a-f]+(?: +[0-9a-f]+){2,3}( +)\S")
if lines[0].strip().startswith("VMA"):
    is_output = lambda l: (m := level.match(l)) and len(m[1]) == 1
    first = next(i for i, l in enumerate(lines) if l.rstrip().endswith(" .text") and is_output(l)) + 1
    last = next(i for i in range(first, len(lines)) if is_output(lines[i]))
else:
    first = next(i for i, l in enumerate(lines) if l.startswith(".text ")) + 1
    last = next(i for i in range(first, len(lines)) if lines[i] == "\n")
    first = next(i for i in range(first, last) if lines[i].startswith(" .text") and "0x" in lines[i])
body = "".join(lines[first:last])
with open(target, "w") as out:
    out.write("".join(lines[:first]) + body * max(1, size // len(body)) + "".join(lines[last:]))
'
for linker in bfd gold lld mold; do
	if ! command -v "ld.$linker" >/dev/null && ! command -v "$linker" >/dev/null; then
		echo "SKIP $linker: not installed"
		continue
	fi
	g++ -fuse-ld="$linker" -static -o "$work/app" "$work/m.o" -Wl,-Map="$work/app.map"
	python3 -c "$repeat" "$work/app.map" "$work/large.map"
	"$work/linkmap" "$work/large.map"
	rm -f "$work/large.map"
done
