#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: gcov-stamp
# needs: gcc
. "${0%/*}/lib.sh"

program x.c
compile() {
	(cd "$out/work" && gcc --coverage -c x.c -o x.o && mv x.o x.gcno "$out/$side")
}
each compile
