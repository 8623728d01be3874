#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: runpath
# needs: gcc
. "${0%/*}/lib.sh"

link_library() {
	program x.c
	mkdir -p "$out/$side"
	gcc -shared -fPIC -nostdlib -Wl,--build-id=none "-Wl,-rpath,$PWD/lib" x.c -o "$out/$side/libx.so"
}
places link_library
