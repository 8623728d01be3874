#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# tests/causes/run.sh BIN [WORKDIR [CAUSE...]]: makes the pair of every fixture, lets BIN compare it, and checks that
# it finds the expected cause and no other. Prints the confusion matrix and a line `ok`, `FAIL` or `SKIP` a fixture.
#
# A fixture is a script CAUSE.sh with these lines in its head, all but the first optional:
#   # cause: ID              the only primary cause that may be found
#   # expect: ID             the same, where the fixture is called by a derived cause
#   # also: ID...            derived causes that must be found too
#   # needs: TOOL...         without one of them captured/CAUSE/{a,b} stand in, or the fixture is skipped
#   # facts: OPTION...       for BIN; $first_place, $second_place and $out are replaced
# A captured pair may have a file `facts` of its own. CAPTURED=1 uses the captured pairs wherever there are some.
set -u
. "$(dirname "$0")/../peers.sh"
bin=$(realpath "$1")
work=${2:-$(mktemp -d)}
dir=$(cd "$(dirname "$0")" && pwd)
shift $(($# < 2 ? $# : 2))
mkdir -p "$work"
work=$(cd "$work" && pwd)

field() { # FILE NAME
	sed -n "2,10s/^# $2: *//p" "$1"
}

missing_tool() {
	local tool
	for tool in $(field "$1" needs); do
		command -v "$tool" >/dev/null || { echo "$tool"; return; }
	done
}

# make_pair FIXTURE OUTDIR: the reason on stdout when it cannot.
make_pair() {
	local name tool rc
	name=$(basename "$1" .sh)
	tool=$(missing_tool "$1")
	[ -z "${CAPTURED:-}" ] || [ ! -e "$dir/captured/$name/a" ] || tool="the captured pair"
	if [ -z "$tool" ]; then
		timeout 300 sh "$1" "$2" >"$2/log" 2>&1
		rc=$?
		[ $rc != 77 ] || tool=$(tail -n 1 "$2/log")
		[ $rc = 0 ] || [ $rc = 77 ] || { echo "FAIL the fixture ended with status $rc: $(tail -n 1 "$2/log")"; return; }
	else
		tool="needs $tool"
	fi
	[ -n "$tool" ] || return
	if [ -e "$dir/captured/$name/a" ]; then
		rm -rf "$2/a" "$2/b"
		cp -r "$dir/captured/$name/." "$2"
		echo "$tool" >"$2/captured"
	else
		echo "SKIP $tool"
	fi
}

one() {
	local fixture=$1 name reason rc facts
	name=$(basename "$fixture" .sh)
	local out=$work/$name first_place=$work/$name/work/alpha/src second_place=$work/$name/work/second-place/src
	rm -rf "$out"
	mkdir -p "$out"
	reason=$(make_pair "$fixture" "$out")
	if [ -n "$reason" ]; then
		echo "$reason" >"$out/reason"
		return
	fi
	if [ -e "$out/facts" ]; then
		read -ra facts <"$out/facts"
	else
		eval "facts=($(field "$fixture" facts))"
	fi
	timeout 120 "$bin" diff --json "${facts[@]}" "$out/a" "$out/b" >"$out/report.json" 2>"$out/stderr"
	echo $? >"$out/status"
}
export -f one field make_pair missing_tool
export bin work dir

if [ $# -gt 0 ]; then
	fixtures=("${@/#/$dir/}")
	fixtures=("${fixtures[@]/%/.sh}")
else
	mapfile -t fixtures < <(grep -l '^# cause: ' "$dir"/*.sh | grep -v '/run.sh$' | LC_ALL=C sort)
fi
printf '%s\0' "${fixtures[@]}" | xargs -0 -P "${JOBS:-$(nproc)}" -I{} bash -c 'one "$1"' one {}
python3 "$dir/matrix.py" "$([ $# -gt 0 ] && echo some || echo all)" "$work" "$bin" "${fixtures[@]}"
