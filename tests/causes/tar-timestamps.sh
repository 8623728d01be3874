#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: tar-timestamps
# needs: tar
# also: derived-checksum
. "${0%/*}/lib.sh"

echo content >file
pack() {
	(cd "$out/work" && tar --format=ustar --mtime="@$(pick 1700000000 1750100007)" --owner=0 --group=0 -cf "$out/$side/tree.tar" file)
}
each pack
