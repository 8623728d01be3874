#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""plan.py FILE [KIND=EVIDENCE...]: a plan as `depgraph prune --json` writes it, for the fixture's libraries.

Suggestions: "old" (cubins of sm_75), "minor" (cubins of sm_80), "compress"; each with the evidence told (proved)."""
import hashlib
import json
import sys

path = sys.argv[1]
evidence = dict(a.split("=") for a in sys.argv[2:])
data = open(path, "rb").read()
targets = ["sm_90"]


def suggestion(name, kind, action):
    return {"id": kind + "-" + name, "kind": kind, "subject": name + " in " + path, "bytes": 1000, "loaded_bytes": 1000,
            "additional_bytes": 1000, "evidence": evidence.get(name, "proved"), "because": "", "edit": "", "verify": "",
            "action": dict({"do": "gpu", "file": path}, **action), "sections": []}


def drop(arch):
    return {"drop": [{"arch": arch, "variant": "", "kind": "cubin"}], "targets": targets, "drop_ptx": False, "mode": "punch"}


print(json.dumps({
    "format": "depgraph-plan", "version": 1, "tool": "test",
    "inputs": [{"path": path, "kind": "shared", "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}],
    "options": {"targets": targets, "closed_world": [], "roots": [], "entries": [], "drop_ptx": False},
    "suggestions": [suggestion("old", "gpu-architecture", drop(75)), suggestion("minor", "gpu-architecture", drop(80)),
                    suggestion("compress", "gpu-compress", {"compress": True})],
    "totals": {"bytes_if_all": 3000}}, indent=1))
