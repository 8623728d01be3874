#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: derived-offset
# needs: gcc
# expect: macro-build-path
# also: derived-offset
. "${0%/*}/lib.sh"

compile() {
	printf 'extern void fail(const char *, const char *);\nvoid check(int n)\n{\n\tif (!n)\n\t\tfail(__FILE__, "one");\n\tif (n == 2)\n\t\tfail("another", "two");\n}\n' >x.c
	mkdir -p "$out/$side"
	gcc -O2 -c "$PWD/x.c" -o "$out/$side/x.o"
}
places compile
