#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The part of `make bench` about depgraph: each bench/depgraph_NAME.sh, its table to build/bench/depgraph.md.
#   bench/depgraph.sh [NAME...]      gpu map mark size apply; all by default
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/bench
if [ $# = 0 ]; then
	set -- $(ls bench/depgraph_*.sh | sed -E 's/.*depgraph_(.*)\.sh/\1/')
fi
status=0
{
	printf '# depgraph: speed and memory\n\n%s processors (%s), Linux %s\n' "$(nproc)" \
		"$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(uname -r)"
	for name in "$@"; do
		printf '\n## %s\n\n' "$name"
		bash "bench/depgraph_$name.sh" || { echo "$name: a target was missed, or it failed"; status=1; }
	done
	exit $status
} | tee build/bench/depgraph.md
exit "${PIPESTATUS[0]}"
