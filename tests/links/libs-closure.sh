#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The libraries that `depgraph graph` finds for real programs are those that the dynamic loader loads (ldd runs it), and
# symbols bind to the libraries that LD_DEBUG=bindings says.
fail() { echo "$*"; exit 1; }
command -v ldd >/dev/null || { echo "ldd is not installed"; exit 77; }
for program in /bin/ls /usr/bin/perl /usr/bin/python3 "$(command -v gcc)" "$(command -v gdb)" "$(command -v ld.gold)"; do
	[ -x "$program" ] || continue
	ldd "$program" | sed -n 's/ (0x[0-9a-f]*)//; s/.*=> //; s/^[[:space:]]*//; /^\//p' | xargs -r realpath | sort -u >expected
	depgraph graph --format json "$program" >graph.json || fail "$program: graph fails"
	python3 - "$program" <<'P' || exit 1
import json, os, re, subprocess, sys
program = sys.argv[1]
g = json.load(open("graph.json"))
nodes = g["nodes"]
found = {os.path.realpath(n["name"]) for n in nodes if n["kind"] == "library"}
expected = set(open("expected").read().split())
if found != expected:
    sys.exit(f"{program}: only depgraph: {sorted(found - expected)}, only ldd: {sorted(expected - found)}")
P
done
