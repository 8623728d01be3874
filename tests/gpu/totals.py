#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""totals.py TOTALS REPORT.json: does the report of `depgraph gpu --json` say what TOTALS states?

TOTALS has lines "section FILE NAME BYTES" and "entry FILE KIND ARCHITECTURE BYTES" by others (fixture/make.sh). Every section's
parts must also add up to it."""
import collections
import json
import os
import sys

stated = {"section": collections.Counter(), "entry": collections.Counter()}
for line in open(sys.argv[1]):
    words = line.split()
    if words and words[0] in stated:
        stated[words[0]][tuple(words[1:])] += 1

with open(sys.argv[2]) as f:
    report = json.load(f)
said = {"section": collections.Counter(), "entry": collections.Counter()}
for s in report["sections"]:
    file = os.path.basename(s["file"])
    parts = s["headers"] + s["padding"] + s["residue"] + sum(e["bytes"] for e in s["entries"])
    if parts != s["bytes"]:
        sys.exit("%s %s: parts add up to %d of %d bytes" % (file, s["name"], parts, s["bytes"]))
    said["section"][file, s["name"], str(s["bytes"])] += 1
    for e in s["entries"]:
        arch = "sm_%s%s" % (e["arch"], "a" if e["variant"] == "a" else "")
        size = e["raw_bytes"] - (e["kind"] == "ptx")  # the NUL at its end
        said["entry"][file, e["kind"], arch, str(size)] += 1
for what in stated:
    for missing in (stated[what] - said[what]).elements():
        print("stated, not reported: %s %s" % (what, " ".join(missing)))
    for extra in (said[what] - stated[what]).elements():
        print("reported, not stated: %s %s" % (what, " ".join(extra)))
sys.exit(0 if stated == said and stated["section"] else 1)
