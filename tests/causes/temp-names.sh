#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: temp-names
# needs: gcc mktemp
. "${0%/*}/lib.sh"

program x.c
link_library() {
	gcc -shared -fPIC -nostdlib -Wl,--build-id=none "-Wl,-Map=$out/work/all.map" "$out/work/x.c" -o "$out/work/libx.so"
	grep '/cc' "$out/work/all.map" >libx.map
	echo "generated from $(mktemp -u)" >generated.txt
}
each link_library
