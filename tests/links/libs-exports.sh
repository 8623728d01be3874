#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A library linked again with the version script that a closed world gives: its consumer still runs, and what --gc-sections
# then removes are exactly the sections that were predicted.
fail() { echo "$*"; exit 1; }
cat >l.c <<'C'
__attribute__((noinline)) int inner(int x) { return x * 7; }
int alpha(int x) { return x + 1; }
int beta(int x) { return inner(x) * 2; }
int big[1000] = { 1 };
int *gamma_(void) { return big; }
C
echo 'int alpha(int); int main(void) { return alpha(-1); }' >x.c
gcc -O1 -fPIC -ffunction-sections -fdata-sections -c l.c && gcc -shared -o libl.so l.o -Wl,-Map=l.map -Wl,-soname,libl.so &&
	gcc -o app x.c -L. -ll -Wl,-rpath,"$PWD" && ./app || fail "does not link"
depgraph prune --json=plan.json -q --map l.map libl.so l.o --closed-world app || fail "prune fails"
python3 - <<'P' || exit 1
import json, sys
s = [s for s in json.load(open("plan.json"))["suggestions"] if s["kind"] == "unimported-exports"]
if len(s) != 1 or s[0]["evidence"] != "proved":
    sys.exit(f"not one proved suggestion: {s}")
text = s[0]["edit"]
open("exports.map", "w").write(text[text.index("{"):text.rindex("};") + 2])
open("expected", "w").write("".join(sorted(x["section"] + "\n" for x in s[0]["sections"])))
P
cp libl.so before.so
gcc -shared -o libl.so l.o -Wl,-soname,libl.so -Wl,--version-script=exports.map -Wl,--gc-sections,--print-gc-sections 2>said ||
	fail "does not link with the script: $(cat said)"
sed -n "s/.*removing unused section '\(.*\)' in file 'l.o'/\1/p" said | sort >removed
diff expected removed || fail "other sections went than were predicted"
./app || fail "the consumer does not run"
