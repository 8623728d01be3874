#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# depgraph_gpu.sh: the GPU report of NVIDIA's libraries, beside cuobjdump's list of the same file.
#
# Target: cuBLASLt, 540 MB, with the file in the page cache: at most 0.2 s, and 32 MB of memory of its own. --check decodes every entry.
#
#	bench/depgraph_gpu.sh [DEPGRAPH]        build/bin/depgraph; needs the libraries of `make deps PEERS=all`

set -euo pipefail
cd "$(dirname "$0")/.."
. tests/peers.sh
depgraph=$(realpath "${1:-build/bin/depgraph}")
runs=${RUNS:-5}
status=0

if [ ! -e "$carbolic_nvidia/installed" ]; then
	echo "SKIP gpu: NVIDIA's libraries are not installed (make deps PEERS=all)"
	exit 0
fi

# row NAME TARGET_SECONDS TARGET_KB COMMAND...: 0: no target
row() {
	local name=$1 seconds_max=$2 kb_max=$3 seconds kb code verdict=
	shift 3
	read -r seconds kb code < <(python3 bench/measure.py "$runs" 300 "$@")
	[ "$code" = 0 ] || verdict="failed: $code"
	if [ "$seconds_max" != 0 ]; then
		verdict=${verdict:-$(awk -v s="$seconds" -v m="$seconds_max" -v k="$kb" -v n="$kb_max" \
			'BEGIN { print s <= m && k <= n ? "met" : "MISSED" }')}
		[ "$verdict" = met ] || status=1
		verdict="$verdict (at most $seconds_max s, $((kb_max / 1024)) MB)"
	fi
	printf '| %-44s | %7s s | %8s kB | %s |\n' "$name" "$seconds" "$kb" "$verdict"
}

lt=$carbolic_nvidia/libcublasLt.so.13
cat "$carbolic_nvidia"/*.so* >/dev/null
printf '| %-44s | %9s | %11s | %s |\n|---|---|---|---|\n' "GPU code" "time" "own memory" "target"
row "depgraph gpu libcublasLt (540 MB)" 0.2 32768 "$depgraph" gpu "$lt"
row "depgraph gpu --json libcublasLt" 0 0 "$depgraph" gpu --json "$lt"
row "depgraph gpu libcufft (18,227 containers)" 0 0 "$depgraph" gpu "$carbolic_nvidia/libcufft.so.12"
row "depgraph gpu, all libraries (1.9 GB)" 0 0 "$depgraph" gpu "$carbolic_nvidia"/*.so*
runs=1 row "depgraph gpu --check libcublasLt, all decoded" 0 0 "$depgraph" gpu --check "$lt"
if command -v cuobjdump >/dev/null; then
	runs=1 row "cuobjdump --list-elf libcublasLt" 0 0 cuobjdump --list-elf "$lt"
fi
exit $status
