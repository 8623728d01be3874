#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: locale
# needs: gcc
. "${0%/*}/lib.sh"

echo 'int f(void) { return undeclared; }' >x.c
complain() {
	(cd "$out/work" && LC_ALL=$(pick C C.UTF-8) gcc -c x.c 2>&1 || true) >warnings.txt
}
each complain
cmp -s "$out/a/warnings.txt" "$out/b/warnings.txt" && cannot "no C.UTF-8 locale here"
exit 0
