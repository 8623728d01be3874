#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Sizes by symbol and by source, beside bloaty where it is installed: the best of five runs and the peak of memory.
#   bench/depgraph_size.sh [FILE...]      default: what of the usual large files is on this machine
# Writes a table in Markdown to standard output.
set -u
cd "$(dirname "$0")/.."
. tests/peers.sh
depgraph=${DEPGRAPH:-build/bin/depgraph}
bloaty=${BLOATY:-$(command -v bloaty || true)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

files=("$@")
if [ ${#files[@]} -eq 0 ]; then
	for f in build/bin/reprocheck /usr/lib/*-linux-gnu/libLLVM-*.so.1 "$carbolic_cache"/cublas/libcublasLt.so.* \
		/usr/lib/*-linux-gnu/libpython3*.so.1.0 /usr/bin/python3; do
		[ -f "$f" ] && files+=("$f")
	done
fi

# SECONDS KILOBYTES of the best run.
measure() {
	local i
	for i in 1 2 3 4 5; do
		python3 - "$@" <<'PY'
import os, resource, subprocess, sys, time
start = time.perf_counter()
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print("%.4f %d" % (time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) if status == 0 else "failed 0")
PY
	done | sort -n | head -n 1
}

echo '| file | MB | rows by | depgraph s | depgraph RSS MB | ms/MB | bloaty s | bloaty RSS MB | ratio |'
echo '|---|---|---|---|---|---|---|---|---|'
for f in "${files[@]}"; do
	cat "$f" >/dev/null
	for key in section symbol source; do
		peer=$key; [ $key = source ] && peer=compileunit
		read -r ours ours_rss <<<"$(measure "$depgraph" size --by $key "$f")"
		theirs=- theirs_rss=0
		[ -n "$bloaty" ] && read -r theirs theirs_rss <<<"$(measure "$bloaty" -d ${peer}s "$f")"
		awk -v f="${f##*/}" -v b="$(stat -Lc %s "$f")" -v k=$key -v o="$ours" -v om="$ours_rss" -v t="$theirs" -v tm="$theirs_rss" 'BEGIN {
			printf "| %s | %.1f | %s | %s | %.0f | %.2f | %s | %s | %s |\n", f, b / 1e6, k, o, om / 1024, o * 1e9 / b, t,
				t == "-" ? "-" : sprintf("%.0f", tm / 1024), t == "-" ? "-" : sprintf("%.1f", t / o) }'
	done
done
