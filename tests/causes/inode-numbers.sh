#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: inode-numbers
# needs: cpio
. "${0%/*}/lib.sh"

pack() {
	mkdir "$out/work/$side"
	echo content >"$out/work/$side/file"
	touch -d @1700000000 "$out/work/$side/file"
	(cd "$out/work/$side" && echo file | cpio -o --quiet -H newc -R 0:0 >"$out/$side/tree.cpio")
}
each pack
