#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: debuglink-crc
# needs: gcc objcopy
. "${0%/*}/lib.sh"

program x.c
link_library() {
	(cd "$out/work" && gcc -shared -fPIC -nostdlib -Wl,--build-id=none x.c -o "$out/$side/libx.so" &&
		echo "debug information of $side" >libx.debug && objcopy --add-gnu-debuglink=libx.debug "$out/$side/libx.so")
}
each link_library
