#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compare.py NAME PLAN LOG SIZE_BEFORE SIZE_AFTER [exact|tiny|opaque]: what prune said against what the linker did.

PLAN is `depgraph prune --json` of the link without --gc-sections, LOG what the same linker said under
--gc-sections --print-gc-sections.  Every section that was predicted must have been removed, with at least 99 % of
the bytes of those removed (exact: all of them), and the new size must be as predicted within 1 % (tiny: within two pages).

A copy of a COMDAT group that was not used is told as removed by GNU ld and gold although it was never there:
it counts only when every copy was removed and none was predicted.
"""
import collections
import json
import os
import re
import subprocess
import sys

name, plan, log, before, after = sys.argv[1:6]
mode = sys.argv[6] if len(sys.argv) > 6 else ""


def normal(path):
    file, member = re.match(r"(.*?)(\(.*\))?$", path).groups()
    return os.path.normpath(file) + (member or "")


def predicted():
    rows, size = collections.Counter(), collections.defaultdict(int)
    found = json.load(open(plan))
    flag = [s for s in found["suggestions"] if s["kind"] == "dead-sections"]
    for s in flag:
        assert s["evidence"] == "proved" and "--gc-sections" in s["edit"], s["edit"]
        for row in s["sections"]:
            rows[normal(row["object"]), row["section"]] += 1
            size[normal(row["object"]), row["section"]] += row["loaded_bytes"] or row["bytes"]
    return rows, size, flag


def removed():
    rows = collections.Counter()
    gnu = re.compile(r"removing unused section (?:from )?'([^']*)' in file '([^']*)'")
    llvm = re.compile(r"removing unused section (.*):\((.*)\)$")
    for line in open(log, errors="replace"):
        m = gnu.search(line)
        if m:
            rows[normal(m[2]), re.sub(r"\[.*\]$", "", m[1])] += 1
            continue
        m = llvm.search(line.rstrip())
        if m:
            rows[normal(m[1]), m[2]] += 1
    return rows


class Objects:
    """Sizes and groups of sections, from readelf: independent of what is tested."""

    def __init__(self, names):
        self.sizes, self.comdat = collections.defaultdict(list), collections.defaultdict(set)
        for file in sorted({re.sub(r"\(.*\)$", "", n) for n in names}):
            if os.path.exists(file):
                self.read(file)

    def read(self, file):
        out = subprocess.run(["readelf", "-SgW", file], capture_output=True, text=True, errors="replace").stdout
        where, group = normal(file), False
        for line in out.splitlines():
            m = re.match(r"File: (.*)", line)
            if m:
                where = normal(m[1])
            m = re.match(r"\s*\[\s*\d+\]\s+(\S+)\s+[A-Z_0-9]+\s+[0-9a-f]{16} [0-9a-f]+ ([0-9a-f]+) ", line)
            if m:
                self.sizes[where, m[1]].append(int(m[2], 16))
                continue
            if "group section [" in line:
                group = line.startswith("COMDAT")
            m = re.match(r"\s+\[\s*\d+\]\s+(\S+)$", line)
            if m and group:
                self.comdat[m[1]].add(where)


want, want_size, flag = predicted()
gone = removed()
extra = want - gone
if extra:
    sys.exit(f"{name}: predicted, but not removed: {sorted(extra)[:5]} and {len(extra)} in all")
missing = gone - want
objects = Objects(o for o, s in missing)
names_wanted = {s for o, s in want}
gone_of = collections.Counter(s for o, s in gone)
# Copies of a group in all objects that the linker told of; the one that is used may be in none of these.
copies = {s: len(where) for s, where in Objects(o for o, s in gone).comdat.items()}
lost = 0
for (o, s), n in missing.items():
    if s == ".group" or s.startswith(".note.GNU-stack"):
        continue
    sizes = sorted(objects.sizes[o, s])
    # One copy of a group is used: it was predicted, or it stayed.
    if o in objects.comdat[s] and (s in names_wanted or gone_of[s] < copies[s]):
        continue
    lost += sum(sizes[:n])
    if mode == "exact" and sum(sizes[:n]):
        sys.exit(f"{name}: removed, but not predicted: {o} {s}")
have = sum(want_size.values())
if have < 0.99 * (have + lost):
    sys.exit(f"{name}: {have} bytes predicted of {have + lost} that were removed")
if len(want) < (3 if mode else 20):
    sys.exit(f"{name}: only {len(want)} sections: this tests nothing")
size = flag[0]["action"]["predicted_size"]
limit = 8192 if mode == "tiny" else int(after) / 100
if abs(size - int(after)) > limit:
    sys.exit(f"{name}: {after} bytes after (before {before}), and {size} were predicted")
claimed = int(before) - flag[0]["bytes"]
if abs(claimed - int(after)) > 2 * limit:
    sys.exit(f"{name}: {after} bytes after (before {before}), and the suggestion claims {flag[0]['bytes']}")
print(f"{name}: {len(want)} sections, {have} bytes, missed {lost}, size {before} -> {after} predicted {size}")
