#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: ar-timestamps
# needs: gcc ar
. "${0%/*}/lib.sh"

program x.c
gcc -c x.c -o x.o
add_member() {
	touch -d "@$(pick 1700000000 1750100007)" "$out/work/x.o"
	ar rcU libx.a "$out/work/x.o"
	# the symbol table's time is the clock's
	patch libx.a 'data[24:36] = b"0           "'
}
each add_member
