#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: profile-counters
# needs: gcc
. "${0%/*}/lib.sh"

printf 'int main(int argc, char **argv)\n{\n\tint i, n = 0;\n\tfor (i = 0; i < argc * 3; i++)\n\t\tn += i;\n\treturn argv[0] && n < 0;\n}\n' >x.c
gcc --coverage -frandom-seed=x x.c -o x
run_program() {
	rm -f "$out/work/"*.gcda
	(cd "$out/work" && ./x $(pick '' 'two more'))
	mv "$out/work/"*.gcda x.gcda
}
each run_program
