#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh NAME: runs the action tests/axes/NAME.sh under `reprocheck run` and checks that exactly the axes are found
# that its head says:
#
#   # axes: A B     one finding group with both; "A, B" several with one each; nothing: reproducible
#   # setup: CMD    run before, in the tree
#   # needs: TOOL   skipped without
#   # needs-network the host must have an interface but loopback
#
# AXES_USER=1 runs it as an unprivileged user.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
name=$1
script=$here/$name.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
head_of() { sed -n "s/^# $1: *//p" "$script"; }

for tool in $(head_of needs); do
	command -v "$tool" >/dev/null || { echo "needs $tool"; exit 77; }
done
if grep -q '^# needs-network' "$script" && [ "$(tail -n +3 /proc/net/dev | grep -vc ' lo:')" = 0 ]; then
	echo "this host has no network but loopback"
	exit 77
fi
mkdir "$work/tree"
cp "$script" "$work/tree/action.sh"
(cd "$work/tree" && sh -euc "$(head_of setup)")
chmod -R a+rwX "$work"
reprocheck=${REPROCHECK:-reprocheck}
as=()
if [ -n "${AXES_USER:-}" ]; then
	cp "$reprocheck" "$work/reprocheck"
	chmod 755 "$work/reprocheck"
	reprocheck=$work/reprocheck
	as=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work" TMPDIR="$work")
fi
status=0
(cd "$work/tree" && "${as[@]}" "$reprocheck" run --no-prove --json="$work/record.json" -q -- sh -eu ./action.sh) \
	>"$work/log" 2>&1 || status=$?
python3 - "$work/record.json" "$(head_of axes)" "$status" <<'P' || { r=$?; [ $r = 77 ] || cat "$work/log"; exit $r; }
import json, sys
record, want, status = json.load(open(sys.argv[1])), sys.argv[2], int(sys.argv[3])
found = {}
for f in record["findings"]:
    if f["class"] != "derived":
        key = " ".join(sorted(f.get("axes", [])))
        found[key] = found.get(key, 0) + f["bytes"]
for axis in record["experiment"]["axes"]:
    if axis["id"] in want.replace(",", " ").split() and axis["state"] == "ineffective":
        print("ineffective here:", axis["id"] + ":", axis.get("why"))
        sys.exit(77)
expected = {" ".join(sorted(group.split())) for group in want.split(",") if group.strip()}
if set(found) != expected or status != (1 if expected else 0):
    print("expected axes:", sorted(expected), "found:", found, "status:", status)
    for a in record["experiment"]["axes"]:
        print("  ", a)
    sys.exit(1)
P
