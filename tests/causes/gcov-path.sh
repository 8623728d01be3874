#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: gcov-path
# needs: gcc
. "${0%/*}/lib.sh"

compile() {
	program x.c
	mkdir -p "$out/$side"
	gcc --coverage -frandom-seed=x.o -c x.c -o x.o
	mv x.o x.gcno "$out/$side"
}
places compile
