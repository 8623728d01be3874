#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: thin-archive-paths
# needs: gcc ar
. "${0%/*}/lib.sh"

add_member() {
	program x.c
	gcc -c x.c -o x.o
	mkdir -p "$out/$side"
	ar rcTD "$out/$side/libx.a" "$PWD/x.o"
}
places add_member
