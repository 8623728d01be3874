#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The part of `make demo` about reprocheck: a small program is built twice, in two directories, a few seconds apart, the way many projects build:
# its date in the program, its path in assertions and debug information, a host's name in a header, an archive with
# times, a random identifier, a tarball.  Then reprocheck says which bytes differ, why, and what to change.
set -eu
cd "$(dirname "$0")/.."
reprocheck=$PWD/build/bin/reprocheck
demo=$PWD/build/demo/reprocheck
rm -rf "$demo"
mkdir -p "$demo/source"
cd "$demo"

cat >source/abacus.h <<'C'
int add(int a, int b);
int multiply(int a, int b);
void about(const char **date, const char **by, const char **id);
C
cat >source/add.c <<'C'
#include "abacus.h"
#include <assert.h>
int add(int a, int b)
{
	assert(a < 1000000 && b < 1000000);
	return a + b;
}
C
cat >source/multiply.c <<'C'
#include "abacus.h"
#include <assert.h>
int multiply(int a, int b)
{
	int i, sum = 0;
	assert(b >= 0);
	for (i = 0; i < b; i++)
		sum = add(sum, a);
	return sum;
}
C
cat >source/about.c <<'C'
#include "abacus.h"
#include "built.h"
void about(const char **date, const char **by, const char **id)
{
	*date = __DATE__ " " __TIME__;
	*by = BUILT_BY;
	*id = BUILD_ID;
}
C
cat >source/main.c <<'C'
#include "abacus.h"
#include <stdio.h>
int main(void)
{
	const char *date, *by, *id;
	about(&date, &by, &id);
	printf("abacus %s, built %s by %s\n6 * (3 + 4) = %d\n", id, date, by, multiply(6, add(3, 4)));
	return 0;
}
C
cat >source/build.sh <<'S'
# build.sh SOURCE: builds into the current directory, like many a Makefile.
set -eu
src=$1
mkdir -p obj out/bin out/lib out/share
printf '#define BUILT_BY "%s"\n#define BUILD_ID "%s"\n' "${BUILT_BY}" "$(cat /proc/sys/kernel/random/uuid)" >obj/built.h
for unit in add multiply about main; do
	gcc -g -O1 -I"$src" -Iobj -c -o obj/$unit.o "$src/$unit.c"
done
ar rcU out/lib/libabacus.a obj/add.o obj/multiply.o obj/about.o
gcc -g -Wl,--build-id=sha1 -o out/bin/abacus obj/main.o out/lib/libabacus.a
cp "$src"/*.c "$src"/*.h out/share
tar -C out -czf out/abacus.tar.gz bin lib
S

say() { printf '\n\033[1m$ %s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n$ %s\n' "$*"; }
build() { # DIRECTORY BUILT_BY
	mkdir -p "$1"
	cp -r source "$1/src"
	(cd "$1" && BUILT_BY=$2 sh src/build.sh "$PWD/src")
}

say "sh build.sh      # on a Monday, in .../demo/monday, by alice@buildhost-17"
build monday alice@buildhost-17
monday/out/bin/abacus
sleep 2
say "sh build.sh      # the same sources, a moment later, in .../demo/a-tuesday, by bob@ci-3"
build a-tuesday bob@ci-3
a-tuesday/out/bin/abacus

say "reprocheck diff --html=report.html monday/out a-tuesday/out"
status=0
"$reprocheck" diff --html=report.html monday/out a-tuesday/out || status=$?
if [ $status != 1 ]; then
	echo "the two builds were expected to differ (exit status 1), it was $status" >&2
	exit 1
fi
mkdir -p action
cp source/*.[ch] action
cat >action/Makefile <<'M'
# A program that says when, where and by which process it was built; its tarball, and a random name.
abacus.tar: abacus
	tar -cf $@ abacus
abacus: main.c about.c add.c multiply.c built.h
	gcc -g -o $@ main.c about.c add.c multiply.c
built.h:
	printf '#define BUILT_BY "%s"\n#define BUILD_ID "%s"\n' "$$(uname -n)" "$$$$" >$@
M
cd action
say "reprocheck run -o abacus -o abacus.tar --trace --json=record.json -- make      # the same action under varied conditions"
status=0
"$reprocheck" run -o abacus -o abacus.tar --trace --json=record.json -q -- make || status=$?
"$reprocheck" show record.json || true
if [ $status != 1 ]; then
	echo "the action was expected not to be reproducible (exit status 1), it was $status" >&2
	exit 1
fi
cd ..

cat <<T

Every differing byte above has a place, an owner and a cause; the sums are those of cmp.
  reprocheck diff -v ...        the places
  reprocheck explain CAUSE      what fixes it, and what does not
  reprocheck run -- CMD         the causes by experiment, and the proof of their fixes
The report to open in a browser:
$demo/report.html
T
