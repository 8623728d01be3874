#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: uninitialised-memory
# needs: tar python3
. "${0%/*}/lib.sh"

printf 'a short file' >file
pack() {
	(cd "$out/work" && tar --format=ustar --mtime=@1700000000 --owner=0 --group=0 -cf "$out/$side/tree.tar" file)
	# What an archiver leaves behind the data that does not clear its block.
	patch tree.tar "data[512 + 100:512 + 140] = b'$(pick 'old content of the block that was reused' 'HOME=/home/alice SHELL=/bin/sh TERM=dumb')'"
}
each pack
