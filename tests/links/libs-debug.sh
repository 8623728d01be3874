#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Debug sections split off, compressed, and the symbol table stripped by the commands that prune prints: the files shrink by what
# was said, within what objcopy aligns and adds, and run.
fail() { echo "$*"; exit 1; }
for i in $(seq 300); do
	echo "struct s$i { int a$i; long b$i; }; struct s$i v$i; int f$i(int x) { return x + v$i.a$i; }"
done >x.c
echo 'int main(void) { return 0; }' >>x.c
gcc -g -o app x.c || exit 1
depgraph prune --json=plan.json -q app || fail "prune fails"
python3 - <<'P' || exit 1
import json, os, shutil, subprocess, sys
seen = set()
for s in json.load(open("plan.json"))["suggestions"]:
    if s["kind"] != "debug-sections":
        continue
    mode = s["action"]["mode"]
    seen.add(mode)
    edit = s["edit"].split("   (")[0]
    shutil.copy("app", "app.kept")
    if subprocess.run(edit, shell=True).returncode:
        sys.exit(f"{mode}: {edit} fails")
    saved = os.path.getsize("app.kept") - os.path.getsize("app")
    if abs(saved - s["bytes"]) > 600 + s["bytes"] * 0.02:
        sys.exit(f"{mode}: {saved} bytes saved, {s['bytes']} predicted")
    if subprocess.run(["./app"]).returncode:
        sys.exit(f"{mode}: does not run")
    if subprocess.run(s["verify"], shell=True, stdout=subprocess.DEVNULL).returncode:
        sys.exit(f"{mode}: {s['verify']} fails")
    shutil.move("app.kept", "app")
if seen != {"split-debug", "compress-debug", "strip"}:
    sys.exit(f"only {seen}")
P
