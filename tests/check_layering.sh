#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A directory may include only what stands on a lower floor, or itself (ARCHITECTURE.md).  A new directory has to
# be given its place here before anything in it may be included.
set -u
cd "$(dirname "$0")/.."

allowed() { # by FLOOR: the directories that it may include
	case $1 in
	base) echo base ;;
	analyzers) echo analyzers base ;;
	sandbox) echo sandbox base ;;
	caf) echo caf base ;;
	reprocheck) echo reprocheck analyzers sandbox caf base ;;
	depgraph) echo depgraph analyzers sandbox base ;;
	packer) echo packer caf sandbox base ;;
	casd) echo casd caf base ;;
	tests) echo tests reprocheck depgraph packer casd caf sandbox analyzers base ;;
	bench) echo bench base ;;
	esac
}

check() {
	local file line inc floor target status=0
	while IFS=: read -r file line inc; do
		floor=${file%%/*}
		target=${inc%%/*}
		if [ "$target" = "$inc" ] || [ ! -e "$inc" ]; then
			echo "$file:$line: \"$inc\": includes are written from the top of the tree"
			status=1
		elif [[ " $(allowed "$floor") " != *" $target "* ]]; then
			echo "$file:$line: $floor/ may not include $target/"
			status=1
		fi
	done < <(grep -rnE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' \
		base analyzers sandbox caf reprocheck depgraph packer casd tests/unit tests/fuzz bench 2>/dev/null |
		sed -E 's/^([^:]*:[0-9]+):[^"]*"([^"]*)".*/\1:\2/')
	return $status
}
check
