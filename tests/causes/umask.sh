#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: umask
# needs: tar
# also: derived-checksum
. "${0%/*}/lib.sh"

pack() {
	umask "$(pick 022 002)"
	mkdir "$out/work/$side"
	(cd "$out/work/$side" && echo content >file && echo '#!/bin/sh' >run && chmod +x run &&
		tar --format=ustar --mtime=@1700000000 --owner=0 --group=0 -cf "$out/$side/tree.tar" file run)
}
each pack
