#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the reports that run.sh made and says whether each fixture gave its cause and no other.

usage: matrix.py all|some WORKDIR BIN FIXTURE...

The confusion matrix has the expected causes as rows and the found ones as
columns; what is unexplained counts as found, so that it cannot hide.
"""

import collections
import json
import os
import re
import subprocess
import sys


def header(path):
    """The "# name: value" lines of a fixture."""
    with open(path, encoding="utf-8") as f:
        lines = [next(f, "") for _ in range(10)]
    return dict(m.groups() for m in (re.match(r"# (\w+): *(.*)", line) for line in lines) if m)


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def found_in(report):
    """Causes by class, and those of directory entries, which have no bytes."""
    causes = collections.defaultdict(set)
    for finding in report.get("findings", []):
        causes[finding["class"]].add(finding["cause"])
    for entry in report.get("entries", []):
        causes["primary"].add(entry.get("cause") or "entry: " + entry.get("what", "?"))
    return causes


def conserved(report):
    t = report["totals"]
    return t["differing_bytes"] == t["primary_bytes"] + t["derived_bytes"] + t["unexplained_bytes"]


def files_below(root):
    if os.path.isfile(root):
        return {"": root}
    return {os.path.relpath(os.path.join(d, f), root): os.path.join(d, f)
            for d, _, names in os.walk(root) for f in names if not os.path.islink(os.path.join(d, f))}


def as_cmp_counts(a, b):
    """What `cmp -l | wc -l` says of each pair of files, plus the excess; None where a file changed its name."""
    a, b = files_below(a), files_below(b)
    if set(a) != set(b):
        return None
    total, seen = 0, set()
    for name in a:
        inode = os.stat(a[name]).st_ino
        if inode in seen:
            continue
        seen.add(inode)
        with open(a[name], "rb") as f, open(b[name], "rb") as g:
            x, y = f.read(), g.read()
        total += sum(p != q for p, q in zip(x, y)) + abs(len(x) - len(y))
    return total


def judge(work, fixture):
    """(expected, found, verdict): the verdict begins with ok, FAIL or SKIP."""
    name = os.path.basename(fixture)[:-3]
    out = os.path.join(work, name)
    head = header(fixture)
    expected = head.get("expect", head["cause"])
    if os.path.exists(os.path.join(out, "reason")):
        verdict, _, why = read(os.path.join(out, "reason")).strip().partition(" ")
        return expected, set(), f"{verdict} {name}: {why}"
    status = read(os.path.join(out, "status")).strip()
    try:
        report = json.loads(read(os.path.join(out, "report.json")))
    except ValueError:
        return expected, set(), f"FAIL {name}: no report, exit status {status}: {read(os.path.join(out, 'stderr'))[:200]!r}"
    causes = found_in(report)
    found = causes["primary"] | causes["unexplained"]
    missing = set(head.get("also", "").split()) - causes["derived"]
    if status != "1":
        return expected, found, f"FAIL {name}: exit status {status}"
    if found != {expected}:
        return expected, found, f"FAIL {name}: found {', '.join(sorted(found)) or 'nothing'}"
    if missing:
        return expected, found, f"FAIL {name}: not found as derived: {', '.join(sorted(missing))}"
    if not conserved(report):
        return expected, found, f"FAIL {name}: the totals do not add up"
    counted = as_cmp_counts(os.path.join(out, "a"), os.path.join(out, "b"))
    if counted not in (None, report["totals"]["differing_bytes"]):
        return expected, found, f"FAIL {name}: cmp counts {counted} bytes, the report {report['totals']['differing_bytes']}"
    return expected, found, f"ok {name}"


def print_matrix(cells):
    """The diagonal in a few lines, everything beside it in full."""
    on = sorted(e for e in {e for e, _ in cells} if cells.get((e, e)))
    print(f"confusion matrix: {sum(cells.values())} findings of {len({e for e, _ in cells})} expected causes")
    print(f"  on the diagonal: {len(on)} causes")
    width = 0
    for cause in on:
        text = f"{cause} {cells[cause, cause]}"
        if width == 0 or width + len(text) + 2 > 110:
            print("    " if width == 0 else "\n    ", end="")
            width = 4
        else:
            print("; ", end="")
        print(text, end="")
        width += len(text) + 2
    off = sorted((e, f, n) for (e, f), n in cells.items() if e != f)
    print(f"\n  beside the diagonal: {len(off) or 'none'}")
    for expected, found, n in off:
        print(f"    {expected:26} found as {found:26} {n}")


# Named by what an experiment measured, not by what the bytes look like: `reprocheck run` has its own tests.
MEASURED = {"directory-order", "parallelism", "network-use", "input-mtime", "input-atime", "random-bytes"}


def without_fixture(program, fixtures):
    """Causes of the table that no fixture is for."""
    listed = subprocess.run([program, "causes", "--json"], stdout=subprocess.PIPE, check=True)
    ids = {c["id"] for c in json.loads(listed.stdout)["causes"]}
    heads = [header(f) for f in fixtures]
    return ids - MEASURED - {h["cause"] for h in heads} - {a for h in heads for a in h.get("also", "").split()}


def documentation_is_current(program):
    """docs/causes.md is what the table prints."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "causes.md")
    printed = subprocess.run([program, "causes", "--markdown"], stdout=subprocess.PIPE, check=True).stdout
    same = printed.decode() == read(path)
    return "ok docs-causes.md" if same else "FAIL docs-causes.md: other than `reprocheck causes --markdown` prints"


def main():
    which, work, program, fixtures = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    cells = collections.Counter()
    verdicts = []
    for fixture in fixtures:
        expected, found, verdict = judge(work, fixture)
        verdicts.append(verdict)
        cells.update((expected, f) for f in found)
    print_matrix(cells)
    captured = [n for n in (os.path.basename(f)[:-3] for f in fixtures) if os.path.exists(os.path.join(work, n, "captured"))]
    if captured:
        print(f"  captured pairs stood in for: {', '.join(captured)}")
    if which == "all":
        bare = sorted(without_fixture(program, fixtures))
        verdicts.append(f"FAIL every-cause-has-a-fixture: {', '.join(bare)}" if bare else "ok every-cause-has-a-fixture")
        verdicts.append(documentation_is_current(program))
    print("\n".join(verdicts))
    return any(v.startswith("FAIL") for v in verdicts)


if __name__ == "__main__":
    sys.exit(main())
