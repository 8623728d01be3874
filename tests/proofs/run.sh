#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh NAME: runs the action tests/proofs/NAME.sh under `reprocheck run` and checks what the report says of fixes.
# The script's head has one of
#
#   # proves: CAUSE   there are findings of the cause, and each is proved
#   # try: FIX        given with --try while the causes' own fixes are left alone; `# cause: CAUSE` must be found,
#   # effect: STATUS  and this is said of the fix: no effect, partly, failed
#
# and, all optional,
#
#   # by: FIX         the fix that is the proof, as the report writes it
#   # only: AXIS...   the axes that are varied, instead of all
#   # setup: CMD      run before, in the tree
#   # needs: TOOL...  skipped without
#
# A setup that ends with status 77 skips the test, with what it said as the reason.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/peers.sh
. "$here/../peers.sh"
name=$1
script=$here/$name.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The builder's taste must not decide a test.
unset GOFLAGS RUSTFLAGS TAR_OPTIONS GZIP XZ_DEFAULTS XZ_OPT ZIPOPT
export GOENV=off
head_of() { sed -n "s/^# $1: *//p" "$script"; }

for tool in $(head_of needs); do
	command -v "$tool" >/dev/null || { echo "needs $tool"; exit 77; }
done
mkdir "$work/tree"
cp "$script" "$work/tree/action.sh"
status=0
(cd "$work/tree" && sh -euc "$(head_of setup)") >"$work/setup" 2>&1 || status=$?
[ $status = 0 ] || { cat "$work/setup"; exit $status; }

options=()
for axis in $(head_of only); do
	options+=("--axis=$axis")
done
if [ -n "$(head_of try)" ]; then
	options+=(--no-prove "--try=$(head_of try)")
fi
(cd "$work/tree" && "${REPROCHECK:-reprocheck}" run "${options[@]}" --json="$work/record.json" -q -- sh -eu ./action.sh) \
	>"$work/log" 2>&1 || status=$?
python3 - "$work/record.json" "$status" "$(head_of proves)" "$(head_of by)" "$(head_of cause)" "$(head_of try)" "$(head_of effect)" <<'P' || { cat "$work/log"; exit 1; }
import json, sys
path, status, proves, by, cause, fix, effect = sys.argv[1:]
if status != "1":
    sys.exit("status %s, and not 1" % status)
record = json.load(open(path))
findings = [f for f in record["findings"] if f["class"] != "derived"]
of_cause = [f for f in findings if f["cause"] == (proves or cause)]
def fail(why):
    print(why)
    for f in findings:
        print("  ", f["cause"], f.get("axes"), f["bytes"], f.get("subject", ""), f.get("proof"))
    for t in record["experiment"].get("tried", []):
        print("  ", t)
    sys.exit(1)
if not proves and not (cause and fix and effect):
    fail("the head says neither `proves:` nor `cause:`, `try:` and `effect:`")
if not of_cause:
    fail("nothing was found of " + (proves or cause))
if proves:
    for f in of_cause:
        proof = f.get("proof", {"status": "none", "fix": ""})
        if proof["status"] != "proved" or f["level"] != "proved":
            fail("%s is not proved: %s" % (proves, proof["status"]))
        if by and proof["fix"] != by:
            fail("proved by %s, and not by %s" % (proof["fix"], by))
else:
    tried = [t for t in record["experiment"]["tried"] if t["fix"] == fix]
    if [t["status"] for t in tried] != [effect]:
        fail("expected of %s: %s, said: %s" % (fix, effect, [t["status"] for t in tried]))
P
