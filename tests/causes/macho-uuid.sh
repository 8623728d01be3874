#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: macho-uuid
# needs: clang ld64.lld-14 python3
. "${0%/*}/lib.sh"

program x.c
clang --target=x86_64-apple-macos11 -c x.c -o x.o
link_image() {
	(cd "$out/work" && ld64.lld-14 -arch x86_64 -platform_version macos 11.0 11.0 -dylib -o x.dylib x.o && mv x.dylib "$out/$side")
	patch x.dylib "at = data.index(struct.pack('<II', 0x1b, 24)); data[at + 8:at + 24] = bytes((i * $(pick 7 11)) & 255 for i in range(16))"
}
each link_image
