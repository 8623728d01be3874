#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: cpio-timestamps
# needs: cpio
. "${0%/*}/lib.sh"

echo content >file
pack() {
	touch -d "@$(pick 1700000000 1750100007)" "$out/work/file"
	(cd "$out/work" && echo file | cpio -o --quiet -H newc --reproducible -R 0:0 >"$out/$side/tree.cpio")
}
each pack
