#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: recorded-flags
# needs: clang
. "${0%/*}/lib.sh"

compile() {
	program x.c
	mkdir -p include "$out/$side"
	clang -frecord-command-line "-I$PWD/include" -c x.c -o x.o
	mv x.o "$out/$side"
}
places compile
