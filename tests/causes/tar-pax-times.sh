#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: tar-pax-times
# needs: tar
. "${0%/*}/lib.sh"

echo content >file
pack() {
	touch -a -d "@$(pick 1700000001.25 1750100007.5)" "$out/work/file"
	touch -m -d @1600000000 "$out/work/file"
	(cd "$out/work" && tar --format=posix --pax-option='exthdr.name=%d/PaxHeaders/%f,exthdr.mtime=1700000000,delete=ctime' \
		--atime-preserve=system --owner=0 --group=0 -cf "$out/$side/tree.tar" file 2>/dev/null ||
		tar --format=posix --pax-option='exthdr.name=%d/PaxHeaders/%f,exthdr.mtime=1700000000,delete=ctime' \
		--owner=0 --group=0 -cf "$out/$side/tree.tar" file)
}
each pack
