#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: macro-build-path
# needs: gcc
# facts: --path-a $first_place --path-b $second_place
. "${0%/*}/lib.sh"

compile() {
	printf 'extern void fail(const char *, int);\nvoid check(int n)\n{\n\tif (!n)\n\t\tfail(__FILE__, __LINE__);\n}\n' >x.c
	mkdir -p "$out/$side"
	gcc -O2 -c "$PWD/x.c" -o "$out/$side/x.o"
}
places compile
