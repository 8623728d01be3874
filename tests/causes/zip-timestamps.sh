#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: zip-timestamps
# needs: zip
. "${0%/*}/lib.sh"

echo content >file
pack() {
	touch -a -d @1700000000 "$out/work/file"
	touch -m -d "@$(pick 1600000000 1650100007)" "$out/work/file"
	(cd "$out/work" && zip -q "$out/$side/tree.zip" file)
}
each pack
