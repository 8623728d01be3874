#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Identical code folding as predicted from the objects, against what lld and mold fold: no function more, and at least 98 % of the
# bytes of functions (lld also folds some with exception tables of their own).
fail() { echo "$*"; exit 1; }
command -v clang++ >/dev/null || { echo "clang++ is not installed"; exit 77; }
linkers=
for l in lld mold; do
	! command -v "ld.$l" >/dev/null || linkers+=" $l"
done
[ -n "$linkers" ] || { echo "neither lld nor mold is installed"; exit 77; }
{
	printf '#include <vector>\n#include <stdexcept>\n'
	for i in $(seq 12); do
		echo "struct S$i { int a; long b; }; template struct std::vector<S$i>; template class std::vector<S$i *>;
		      int use$i(int x) { std::vector<int> v; v.push_back(x); if (x == $((i % 7))) throw std::runtime_error(\"no\"); return v.back(); }
		      static int helper$i(int x) { return x * $((i % 5)) + 3; } int call$i(int x) { return helper$i(x) ^ helper$i(x + 1); }
		      int (*taken$i)(int) = call$i;"
	done
} >a.cc
echo 'int use1(int), call3(int); int main(int n, char **) { return use1(n) + call3(n) > 1000; }' >m.cc
clang++ -O1 -ffunction-sections -fdata-sections -c a.cc m.cc || exit 1
for l in $linkers; do
	clang++ -fuse-ld="$l" -Wl,-Map=app.map -o app a.o m.o || fail "$l: does not link"
	depgraph prune --json=plan.json -q --map app.map app a.o m.o || fail "$l: prune fails"
	for mode in safe all; do
		clang++ -fuse-ld="$l" -Wl,--icf=$mode -Wl,--print-icf-sections -o folded a.o m.o >said 2>&1 || fail "$l: does not fold"
		python3 - "$l" "$mode" <<'P' || exit 1
import json, re, subprocess, sys
linker, mode = sys.argv[1:]
said = open("said").read()
folded = set(re.findall(r"removing identical section (\S+?):\((\.text\S*?)\)", said))
kept = set(re.findall(r"selected section (\S+?):\((\.text\S*?)\)", said))
size = {}
for o in ("a.o", "m.o"):
    for line in subprocess.run(["readelf", "-SW", o], capture_output=True, text=True).stdout.splitlines():
        m = re.match(r"\s*\[\s*\d+\] (\S+)\s+\S+\s+\S+\s+\S+\s+([0-9a-f]+)", line)
        if m:
            size[o, m[1]] = int(m[2], 16)
level = "proved" if mode == "safe" else "heuristic"
mine = {(x["object"], x["section"]): x["bytes"] for s in json.load(open("plan.json"))["suggestions"]
        if s["kind"] == "identical-code" and s["evidence"] == level for x in s["sections"]}
# Which one of a group is kept is the linker's choice.
if set(mine) - folded - kept:
    sys.exit(f"{linker} {mode}: not folded: {sorted(set(mine) - folded - kept)[:3]}")
theirs = sum(size[s] for s in folded if s in size)
if not mine or sum(mine.values()) > theirs or sum(mine.values()) < 0.98 * theirs:
    sys.exit(f"{linker} {mode}: {sum(mine.values())} bytes predicted, {theirs} folded")
P
	done
done
