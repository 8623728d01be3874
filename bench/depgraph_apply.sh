#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# depgraph_apply.sh: pruned copies of NVIDIA's libraries, beside cp of the same file (no reflinks, no holes).
#
# Target: a pruned copy, written durably and compared with the original, in at most twice the time of cp, which does neither.
# Shown apart: from a plan, where the SHA-256 of the original is taken too (beside the work, on another core; by itself it takes longer
# than cp), and the loading of both, which is the libraries' own time.
#
#	bench/depgraph_apply.sh [DEPGRAPH]        build/bin/depgraph; needs the libraries of `make deps PEERS=all`
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/peers.sh
depgraph=$(realpath "${1:-build/bin/depgraph}")
nvidia=${carbolic_nvidia:-$carbolic_cache/nvidia}
runs=${RUNS:-7}
status=0
if [ ! -e "$nvidia/installed" ]; then
	echo "SKIP apply: NVIDIA's libraries are not installed (make deps PEERS=all)"
	exit 0
fi
top=$PWD
work=$(mktemp -d -p "${BENCH_DIR:-build/bench}")
trap 'rm -rf "$work"' EXIT
cd "$work"

# The median of the runs, in seconds; what each makes is removed outside of the time.
cat >median.py <<'EOF'
import shutil, statistics, subprocess, sys, time
times = []
for _ in range(int(sys.argv[1]) + 1):
    shutil.rmtree("out", ignore_errors=True)
    begin = time.monotonic()
    subprocess.run(sys.argv[2:], check=True, stdout=subprocess.DEVNULL)
    times.append(time.monotonic() - begin)
print("%.3f" % statistics.median(times[1:]))
EOF
median() { python3 median.py "$runs" "$@"; }
# A plan as prune writes it, for all of sm_75 to sm_121 but sm_90.
cat >plan.py <<'EOF'
import hashlib, json, sys
data = open(sys.argv[1], "rb").read()
drop = [{"arch": a, "variant": v, "kind": "cubin"} for a in (70, 75, 80, 86, 87, 89, 100, 103, 110, 120, 121) for v in ("", "a", "f")]
print(json.dumps({"format": "depgraph-plan", "version": 1,
    "inputs": [{"path": sys.argv[1], "kind": "shared", "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}],
    "suggestions": [{"id": "x", "kind": "gpu-architecture", "subject": "x", "bytes": 1, "evidence": "proved",
        "action": {"do": "gpu", "file": sys.argv[1], "targets": ["sm_90"], "drop": drop}}]}))
EOF
printf '| %-26s | %8s | %8s | %8s | %11s | %8s | %s |\n|---|---|---|---|---|---|---|\n' library cp punch shrink 'from a plan' loading 'target (punch)'
for name in libcublas.so.13 libcurand.so.10 libcusparse.so.12 libcusolver.so.12 libnccl.so.2; do
	library=$nvidia/$name
	cat "$library" >/dev/null
	python3 plan.py "$library" >plan.json
	mkdir -p out
	cp_time=$(median sh -c "mkdir out && cp --sparse=never --reflink=never '$library' out/")
	punch=$(median "$depgraph" apply -q --no-load --gpu "$library" --targets sm_90 -o out)
	shrink=$(median "$depgraph" apply -q --no-load --gpu "$library" --targets sm_90 -o out --mode shrink)
	planned=$(median "$depgraph" apply -q --no-load plan.json -o out)
	loaded=$(median "$depgraph" apply -q --gpu "$library" --targets sm_90 -o out)
	verdict=$(awk -v p="$punch" -v c="$cp_time" 'BEGIN { print p <= 2 * c ? "met" : "MISSED", sprintf("(%.1fx)", p / c) }')
	[[ $verdict = met* ]] || status=1
	printf '| %-26s | %8s | %8s | %8s | %11s | %8s | %s |\n' "$name, $(($(stat -c %s "$library") / 1000000)) MB" "$cp_time" "$punch" "$shrink" "$planned" \
		"$(awk -v a="$loaded" -v b="$punch" 'BEGIN { printf "%.3f", (a > b ? a - b : 0) }')" "$verdict"
done
cd "$top"
exit $status
