#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: tar-owner
# needs: tar
# also: derived-checksum
. "${0%/*}/lib.sh"

echo content >file
pack() {
	(cd "$out/work" && tar --format=ustar --mtime=@1700000000 --owner="$(pick alice:1000 bob:1001)" --group="$(pick users:100 staff:50)" \
		-cf "$out/$side/tree.tar" file)
}
each pack
