# SPDX-License-Identifier: Apache-2.0
#
# emitted.sh LINKER: without objects, the functions that prune finds dead by the relocations of --emit-relocs are among those that the
# same linker's --gc-sections removes, and at least 90 % of those with a symbol. Sourced by ../emitted-LINKER.sh.
set -u
linker=$1
for tool in gcc readelf "ld.$linker"; do
	command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 77; }
done
[ "$(uname -m)" = x86_64 ] || { echo "the figures are of x86-64"; exit 77; }
here=$TOP/tests/links/gc

# Switches (tables of jumps), static functions with tables of them, calls that only dead code makes, a constructor.
python3 - <<'P'
import random
random.seed(5)
count = 200
o = ["#include <stdio.h>", "typedef int (*fn)(int);"]
o += [f"int g{i}(int); static int s{i}(int);" for i in range(count)]
for i in range(count):
    j, k = random.randrange(count), random.randrange(count)
    cases = "".join(f'case {c}: puts("{i}_{c}"); r += {c * 7}; break;' for c in range(random.randrange(4, 9)))
    o.append(f"static __attribute__((noinline)) int s{i}(int x) {{ int r = x; switch (x) {{ {cases} default: printf(\"%d\", x); }} return r ^ {i}; }}")
    o.append(f"static fn const t{i}[] = {{ s{i}, g{j} }};")
    body = random.choice([f"s{k}(x - 1)", f"t{i}[x & 1](x)", f"n{i}[x]++ + s{k}(x)", f"g{j}(x / 2) + 1"])
    o.append(f"int g{i}(int x) {{ static int n{i}[20]; (void)n{i}; (void)t{i}; if (x > 5) return {body}; return x; }}")
o.append("static int started; __attribute__((constructor)) static void starts(void) { started = s3(2); }")
o.append("int exported(int x) { return s5(x) + started; }")
o.append("int main(int c, char **v) { (void)v; return " + " + ".join(f"g{i}(c)" for i in range(0, count, 5)) + "; }")
open("m.c", "w").write("\n".join(o) + "\n")
P
echo '{ exported; };' >some.list
failed=0

# checked NAME FLAGS: linked with the relocations kept, and with --gc-sections.
checked() {
	local name=$1
	shift
	gcc -w -fPIE "$@" -c m.c -o "$name.o" || { echo "$name does not compile"; exit 1; }
	gcc -pie -fuse-ld="$linker" -Wl,--emit-relocs,--dynamic-list=some.list "$name.o" -o "$name" ||
		{ echo "$name does not link"; exit 1; }
	gcc -w -fPIE "$@" -ffunction-sections -fdata-sections -c m.c -o "$name.gc.o" &&
		gcc -pie -fuse-ld="$linker" -Wl,--gc-sections,--print-gc-sections,--dynamic-list=some.list "$name.gc.o" -o "$name.gc" \
			>"$name.log" 2>&1 || { cat "$name.log"; echo "$name does not link with --gc-sections"; exit 1; }
	depgraph prune --json "$name" >"$name.json" || { echo "$name: prune failed"; exit 1; }
	python3 "$here/emitted.py" "$name" || failed=1
}

checked sections -O2 -ffunction-sections -fdata-sections
checked size -Os -ffunction-sections -fdata-sections
checked whole -O2 # one .text: the assembler resolved the calls inside

gcc -fuse-ld="$linker" whole.o -o plain && depgraph prune --json plain >plain.json || failed=1
if grep -q '"dead-code"' plain.json || ! grep -q -e '--emit-relocs' plain.json; then
	echo "without kept relocations: something is said to be dead, or there is no note"
	failed=1
fi
exit $failed
