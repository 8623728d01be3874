#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: macho-object-times
# needs: clang ld64.lld-14 python3
. "${0%/*}/lib.sh"

program x.c
clang --target=x86_64-apple-macos11 -g -c x.c -o x.o
link_image() {
	touch -d "@$(pick 1700000000 1750100007)" "$out/work/x.o"
	(cd "$out/work" && ld64.lld-14 -arch x86_64 -platform_version macos 11.0 11.0 -dylib -o x.dylib x.o && mv x.dylib "$out/$side")
	# The UUID follows from the content: leave the times alone to differ.
	patch x.dylib 'at = data.index(struct.pack("<II", 0x1b, 24)); data[at + 8:at + 24] = bytes(range(16))'
}
each link_image
