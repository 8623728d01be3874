#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: zip-atime
# needs: zip
. "${0%/*}/lib.sh"

echo content >file
pack() {
	touch -m -d @1600000000 "$out/work/file"
	touch -a -d "@$(pick 1700000000 1750100007)" "$out/work/file"
	(cd "$out/work" && zip -q "$out/$side/tree.zip" file)
}
each pack
