#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: march-native
# needs: gcc
. "${0%/*}/lib.sh"

printf 'int one(void)\n{\n\treturn 1;\n}\n' >x.c
compile() {
	(cd "$out/work" && gcc -g -O2 "-march=$(pick sandybridge ivybridge)" -c x.c -o "$out/$side/x.o")
}
each compile
