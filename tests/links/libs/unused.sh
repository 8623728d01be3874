# SPDX-License-Identifier: Apache-2.0
#
# A program with libraries that it uses, does not use, and must not lose, linked by $LINKER. Each suggestion that is proved is
# applied by linking again without the words that it names, alone and all together: the program still links, has lost the entry, and
# says the same.  sourced by libs-unused-LINKER.sh
fail() { echo "$LINKER: $*"; exit 1; }
command -v "ld.$LINKER" >/dev/null || command -v "$LINKER" >/dev/null || { echo "$LINKER is not installed"; exit 77; }

echo 'int used(int x) { return x + 1; }' >used.c
echo 'int plain(int x) { return x * 7; }' >plain.c
echo 'int helper(int x) { return x; }' >helper.c
echo 'int helper(int); int brings(int x) { return helper(x); }' >brings.c
printf '#include <stdio.h>\n__attribute__((constructor)) static void register_plugin(void) { puts("plugin"); }\nint ctor(void) { return 1; }\n' >ctor.c
echo 'int low(int x) { return x - 1; }' >low.c
echo 'int low(int); int under(int x) { return low(x); }' >under.c
echo 'int both(int x) { return x * 2; }' >both.c
echo 'int both(int); int high(int x) { return both(x); }' >high.c
echo 'int variable = 41;' >data.c
echo 'int opened(void) { return 1; }' >opened.c
cat >main.c <<'C'
#include <dlfcn.h>
#include <stdio.h>
int used(int), under(int), high(int);
extern int variable;
extern int perhaps(void) __attribute__((weak));
int main(void)
{
	printf("%d %d %d %d %d\n", used(1), under(2), high(3), variable, perhaps ? perhaps() : -1);
	return dlopen("libopened.so", RTLD_LAZY | RTLD_NOLOAD) ? 0 : 1;
}
C
for l in used plain helper ctor low under both data opened; do
	gcc -shared -fPIC -o lib$l.so $l.c -Wl,-soname,lib$l.so || exit 1
done
gcc -shared -fPIC -o libbrings.so brings.c -Wl,-soname,libbrings.so -L. -lhelper -Wl,-rpath,"$PWD" || exit 1
gcc -shared -fPIC -o libhigh.so high.c -Wl,-soname,libhigh.so -L. -lboth -Wl,-rpath,"$PWD" || exit 1
libs="-lused -lplain -lbrings -lctor -llow -lunder -lboth -lhigh -ldata -lopened"
line="gcc -fno-pie -no-pie -fuse-ld=$LINKER -o app main.c -Wl,--no-as-needed,-rpath-link,. -L. $libs -lm -Wl,-rpath,$PWD"
echo "$line" >line.txt
$line || fail "does not link"
./app >before || fail "does not run"
depgraph prune --json=plan.json -q --link-line line.txt app || fail "prune fails"

python3 - "$LINKER" <<'P' || exit 1
import json, subprocess, sys
linker = sys.argv[1]
found = {s["subject"]: s for s in json.load(open("plan.json"))["suggestions"] if s["kind"] == "unused-library"}
proved = {k for k, s in found.items() if s["evidence"] == "proved"}
def expect(what, got, want):
    if got != want:
        sys.exit(f"{linker}: {what}: {sorted(got)}, not {sorted(want)}")
expect("proved", proved, {"libplain.so", "libbrings.so", "libboth.so", "libm.so.6"})
expect("heuristic", set(found) - proved, {"libctor.so", "liblow.so", "libopened.so"})
for name, words in {"libctor.so": "register_plugin", "liblow.so": "libunder.so uses low", "libopened.so": "libopened.so"}.items():
    if words not in found[name]["risk"]:
        sys.exit(f"{linker}: the risk of {name} is {found[name]['risk']}")
def needed(path):
    out = subprocess.run(["readelf", "-dW", path], capture_output=True, text=True).stdout
    return {l.split("[")[1].split("]")[0] for l in out.splitlines() if "(NEEDED)" in l}
before = needed("app")
def relink(names):
    line = found[names[0]]["action"]["line"][:]
    drop = {i for n in names for i in found[n]["action"]["drop"]}
    append = [w for n in names for w in found[n]["action"].get("append", [])]
    line = [w for i, w in enumerate(line) if i not in drop] + append
    line[line.index("app")] = "slim"
    r = subprocess.run(line, capture_output=True, text=True)
    if r.returncode:
        sys.exit(f"{linker}: without {names} it does not link: {r.stderr}")
    expect(f"needed without {names}", needed("slim"), before - set(names))
    out = subprocess.run(["./slim"], capture_output=True, text=True)
    if out.returncode or out.stdout != open("before").read():
        sys.exit(f"{linker}: without {names} it says {out.stdout!r} {out.stderr}")
for name in sorted(proved):
    relink([name])
relink(sorted(proved))
P
