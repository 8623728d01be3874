#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The whole comparison on several threads under ThreadSanitizer: a race ends with exit status 66.
set -eu
cd "$(dirname "$0")/.."
bin=$1
work=build/check/tsan
rm -rf "$work"
mkdir -p "$work/a" "$work/b"
for side in a b; do
	for n in 1 2 3 4 5 6 7 8; do
		printf 'int f%s(int x) { return x * %s; }\nconst char *w%s = __FILE__ "%s";\n' $n $n $n $side >"$work/$side/u$n.c"
		gcc -g -O1 -c -o "$work/$side/u$n.o" "$PWD/$work/$side/u$n.c"
	done
	(cd "$work/$side" && ar rcU libu.a u*.o && tar czf u.tar.gz u*.o libu.a && rm u*.c)
done
rc=0
"$bin" diff --jobs 4 "$work/a" "$work/b" >"$work/out" 2>"$work/err" || rc=$?
[ $rc = 1 ] && exit 0
head -n 60 "$work/err"
echo "exit status $rc, expected 1"
exit 1
