#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: cpio-owner
# needs: cpio
. "${0%/*}/lib.sh"

echo content >file
touch -d @1700000000 file
pack() {
	(cd "$out/work" && echo file | cpio -o --quiet -H newc --reproducible -R "$(pick 1000:1000 1001:100)" >"$out/$side/tree.cpio")
}
each pack
