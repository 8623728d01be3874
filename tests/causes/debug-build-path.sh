#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: debug-build-path
# needs: gcc clang
# facts: --path-a $first_place --path-b $second_place
. "${0%/*}/lib.sh"

compile() {
	program x.c
	mkdir -p "$out/$side"
	gcc -g -c x.c -o gcc.o
	clang -g -c x.c -o clang.o
	mv gcc.o clang.o "$out/$side"
}
places compile
