#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# `depgraph gpu` and NVIDIA's cuobjdump list the same entries: for NVIDIA's libraries by architecture and kind, for what nvcc
# makes here in every mode of compression also by decoded size.  Exit 77: no cuobjdump.
set -u
cd "$(dirname "$0")/../.."
. tests/peers.sh
top=$PWD
depgraph=$(realpath "${DEPGRAPH:-build/bin/depgraph}")

if ! command -v cuobjdump >/dev/null; then
	echo "cuobjdump is not installed (make deps PEERS=all)"
	exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
status=0

# cuobjdump looks into .nv_fatbin, and with -all into __nv_relfatbin; it does not tell sm_100f from sm_100.
list_theirs() {
	cuobjdump -all --list-elf --list-ptx "$1" 2>/dev/null |
		sed -nE 's/^[A-Z]+ file +[0-9]+: .*\.(sm_[0-9]+a?)\.(cubin|ptx)$/\2 \1/p' | LC_ALL=C sort
}
list_ours() {
	"$depgraph" gpu --json "$1" | python3 -c '
import json, sys
for s in json.load(sys.stdin)["sections"]:
    if s["name"] in (".nv_fatbin", "__nv_relfatbin"):
        for e in s["entries"]:
            print(e["kind"], "sm_%d%s" % (e["arch"], "a" if e["variant"] == "a" else ""))' | LC_ALL=C sort
}
same_list() {
	list_theirs "$1" >theirs
	list_ours "$1" >ours
	if ! diff theirs ours >difference; then
		echo "$1: other entries than cuobjdump lists:"
		head -n 10 difference
		status=1
	elif [ ! -s ours ] && [ "${2:-}" != empty ]; then
		echo "$1: no entries at all"
		status=1
	fi
}

if [ -e "$carbolic_nvidia/installed" ]; then
	for library in cublas cublasLt curand cusolver cusolverMg cusparse nccl; do
		same_list "$(echo "$carbolic_nvidia/lib$library".so.*)"
	done
fi

if command -v nvcc >/dev/null; then
	cp "$top"/tests/gpu/fixture/*.cu .
	archs='-gencode arch=compute_80,code=sm_80 -gencode arch=compute_90a,code=sm_90a -gencode arch=compute_90,code=compute_90'
	for mode in default size speed balance none; do
		# shellcheck disable=SC2086
		nvcc $archs --compress-mode=$mode -cudart none -shared -Xcompiler -fPIC kernels.cu -o "lib$mode.so" || exit 1
		same_list "lib$mode.so"
		mkdir "$mode"
		(cd "$mode" && cuobjdump -xelf all "../lib$mode.so" && cuobjdump -xptx all "../lib$mode.so") >/dev/null
		{
			readelf -SW "lib$mode.so" |
				sed -nE 's/.* \.nv_fatbin +PROGBITS +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) .*/\1/p' |
				while read -r size; do echo "section lib$mode.so .nv_fatbin $((16#$size))"; done
			stat -c '%n %s' "$mode"/* |
				sed -nE "s|.*\.(sm_[0-9]+a?)\.(cubin\|ptx) ([0-9]+)$|entry lib$mode.so \2 \1 \3|p"
		} >totals.txt
		"$depgraph" gpu --json=report.json "lib$mode.so" >/dev/null
		python3 "$top/tests/gpu/totals.py" totals.txt report.json || status=1
	done
fi
exit $status
