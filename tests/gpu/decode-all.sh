#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Every entry of GPU code in NVIDIA's libraries decompresses to exactly the size that its header states, cubins
# are ELF files for a GPU, and each section's parts add up to it.  Exit 77: the libraries are not there.
set -u
cd "$(dirname "$0")/../.."
. tests/peers.sh
depgraph=${DEPGRAPH:-build/bin/depgraph}

if [ ! -e "$carbolic_nvidia/installed" ]; then
	echo "NVIDIA's libraries are not installed (make deps PEERS=all)"
	exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$depgraph" gpu --check --quiet --json="$work/report.json" "$carbolic_nvidia"/*.so* || echo "exit status $?"
python3 - "$work/report.json" <<'END'
import json, sys
report = json.load(open(sys.argv[1]))
check = report["check"]
for s in report["sections"]:
    parts = s["headers"] + s["padding"] + s["residue"] + sum(e["bytes"] for e in s["entries"])
    if parts != s["bytes"]:
        sys.exit("%s %s: parts add up to %d of %d bytes" % (s["file"], s["name"], parts, s["bytes"]))
    for e in s["entries"]:
        if "error" in e:
            print(e["error"])
        if e["kind"] == "other" or (e["codec"] == "opaque" and e["kind"] != "lto-ir"):
            sys.exit("%s: entry at %d is of a kind or codec that is not known" % (s["file"], e["offset"]))
if check["failed"] or check["decoded"] < 25000 or check["decoded_bytes"] < 9_000_000_000:
    sys.exit("decoded %(decoded)d entries to %(decoded_bytes)d bytes, %(failed)d failed" % check)
END
