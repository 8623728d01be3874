#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: ar-owner
# needs: gcc ar python3
. "${0%/*}/lib.sh"

program x.c
gcc -c x.c -o x.o
touch -d @1700000000 x.o
add_member() {
	ar rcU libx.a "$out/work/x.o"
	patch libx.a "data[24:36] = b'0           '
at = data.index(b'x.o/')
data[at + 28:at + 40] = b'$(pick '1000  1000  ' '1001  100   ')'"
}
each add_member
