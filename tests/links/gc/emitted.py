# SPDX-License-Identifier: Apache-2.0
# emitted.py NAME: NAME.json against what NAME.log says was removed, and against the symbols that NAME.gc still has.
import json
import re
import subprocess
import sys

name = sys.argv[1]


def symbols(path, kind):
    out = subprocess.run(["readelf", "-sW", path], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in out.splitlines()]
    return {r[7] for r in rows if len(r) >= 8 and r[3] == kind and r[6] != "UND" and r[2] != "0"}


plan = [s for s in json.load(open(f"{name}.json"))["suggestions"] if s["kind"] == "dead-code"]
if len(plan) != 1 or plan[0]["evidence"] != "heuristic" or plan[0]["subject"] != name:
    sys.exit(f"{name}: {len(plan)} suggestions of dead code, or not a heuristic one of the output")
mine = {s["section"] for s in plan[0]["sections"]}
functions = symbols(name, "FUNC")
told = set(re.findall(r"\.text(?:\.(?:unlikely|startup|exit|hot))?\.([^\s':)]+)", open(f"{name}.log").read()))
extra = (mine & functions) - told
if extra:
    sys.exit(f"{name}: said to be dead, but not removed: {sorted(extra)[:5]} and {len(extra)} in all")
kept = mine & (symbols(f"{name}.gc", "FUNC") | symbols(f"{name}.gc", "OBJECT"))
if kept:
    sys.exit(f"{name}: said to be dead, but still there: {sorted(kept)[:5]} and {len(kept)} in all")
removed = told & functions
if len(removed) < 50 or len(mine & functions) < 0.9 * len(removed):
    sys.exit(f"{name}: {len(mine & functions)} functions of {len(removed)} that were removed")
sizes = sum(s["bytes"] for s in plan[0]["sections"])
if sizes != plan[0]["bytes"]:
    sys.exit(f"{name}: {plan[0]['bytes']} bytes are claimed, and the sections have {sizes}")
print(f"{name}: {len(mine & functions)} functions of {len(removed)}, {sizes} bytes")
