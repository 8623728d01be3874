#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: split-dwarf
# needs: clang
. "${0%/*}/lib.sh"

compile() {
	program x.c
	mkdir -p "$out/$side"
	clang -g -gdwarf-5 -gsplit-dwarf -fdebug-compilation-dir=. -c x.c -o "$PWD/x.o"
	mv x.o x.dwo "$out/$side"
}
places compile
