#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: derived-payload
# needs: xz tar
# expect: tar-timestamps
# also: derived-payload
. "${0%/*}/lib.sh"

seq 1 500 >file
pack() {
	(cd "$out/work" && tar --format=ustar --mtime="@$(pick 1700000000 1750100007)" --owner=0 --group=0 -c file | xz -T1 >"$out/$side/tree.tar.xz")
}
each pack
