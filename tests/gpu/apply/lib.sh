# SPDX-License-Identifier: Apache-2.0
# Sourced by tests/gpu/apply-*.sh: a directory of their own, and how a check fails.
set -u
TOP=${TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/peers.sh
. "$TOP/tests/peers.sh"
depgraph=$(realpath "${DEPGRAPH:-$TOP/build/bin/depgraph}")
nvidia=${carbolic_nvidia:-$carbolic_cache/nvidia}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
status=0
fail() {
	echo "$*"
	status=1
}
# Runs apply; what it says must hold the words, its exit status must be 2.
refuses() {
	local words=$1
	shift
	"$depgraph" apply "$@" >said 2>&1
	[ $? = 2 ] || fail "not refused: apply $*: $(cat said)"
	grep -qF -- "$words" said || fail "refused, but not with \"$words\": $(cat said)"
}
applies() {
	"$depgraph" apply "$@" >said 2>&1 || fail "apply $*: $(cat said)"
}
# readelf has no complaint of the copy that it does not have of the original.
well_formed() {
	readelf -aW "$2" 2>&1 >/dev/null | grep -v 'Gap in build notes' | sed 's/0x[0-9a-f]*//g' >after
	readelf -aW "$1" 2>&1 >/dev/null | grep -v 'Gap in build notes' | sed 's/0x[0-9a-f]*//g' >before
	diff before after >/dev/null || fail "readelf complains of $2: $(head -n 3 after)"
}
