#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The part of `make demo` about depgraph: a program that links more than it needs (a shared library to which nothing
# binds, a static library of which nothing is taken, functions that nobody calls) and comes with a fat GPU library.
# Then depgraph says what could go, applies the edits to copies, and shows the bytes.
set -eu
cd "$(dirname "$0")/.."
depgraph=$PWD/build/bin/depgraph
demo=$PWD/build/demo/depgraph
fat=$PWD/tests/gpu/fixture/libfat.so
rm -rf "$demo"
mkdir -p "$demo"
cd "$demo"

cat >main.c <<'C'
#include "codec.h"
#include <stdio.h>
int main(int argc, char **argv)
{
	printf("%08x\n", checksum(argv[0], argc));
	return 0;
}
C
cat >codec.h <<'C'
unsigned checksum(const char *s, int seed);
int encode(const char *from, char *to);
int decode(const char *from, char *to);
C
cat >codec.c <<'C'
#include "codec.h"
static const unsigned short encoding[8192] = { 1, 2, 3, 5, 7, 11 };
unsigned checksum(const char *s, int seed)
{
	unsigned sum = (unsigned)seed;
	while (*s)
		sum = sum * 31 + (unsigned char)*s++;
	return sum;
}
int encode(const char *from, char *to)
{
	int n = 0;
	for (; *from; from++)
		to[n++] = (char)encoding[(unsigned char)*from];
	return n;
}
int decode(const char *from, char *to)
{
	int n = 0, i;
	for (; *from; from++)
		for (i = 0; i < 8192; i++)
			if ((char)encoding[i] == *from)
				to[n++] = (char)i;
	return n;
}
C
echo 'int tune(int x) { return x * 7; }' >tune.c

say() { printf '\n\033[1m$ %s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n$ %s\n' "$*"; }
size_of() { printf '%s: %s bytes\n' "$1" "$(stat -c %s "$1")"; }

say "gcc -ffunction-sections -fdata-sections ... -Wl,-Map=app.map -o app main.o codec.o libtune.a -lm"
gcc -O1 -ffunction-sections -fdata-sections -c main.c codec.c tune.c
ar rcs libtune.a tune.o
link='gcc -Wl,--no-as-needed -Wl,-Map=app.map -o app main.o codec.o libtune.a -lm'
echo "$link" >link.txt
$link
cp "$fat" libfat.so
size_of app

say "depgraph prune --link-line link.txt --json=plan.json app.map app"
"$depgraph" prune --link-line link.txt app.map app
"$depgraph" prune --link-line link.txt --json=plan.json -q app.map app

say "depgraph why encode app.map app"
"$depgraph" why encode app.map app || [ $? = 1 ]

say "depgraph apply plan.json --relink --only dead-sections --only unused-library -o slim"
"$depgraph" apply plan.json --relink --only dead-sections --only unused-library -o slim
size_of slim/app
./app >before.txt
(cd slim && exec -a ./app ./app) >after.txt
cmp before.txt after.txt && echo "and it still says the same: $(cat after.txt)"

say "depgraph gpu libfat.so"
"$depgraph" gpu libfat.so
say "depgraph prune --targets sm_90 --json=gpu.json libfat.so && depgraph apply gpu.json --mode shrink -o slim"
"$depgraph" prune --targets sm_90 --json=gpu.json -q libfat.so
"$depgraph" apply gpu.json --mode shrink --no-load -o slim
size_of libfat.so
size_of slim/libfat.so

"$depgraph" graph --format html -o app.html app.map app
cat <<T

  depgraph why X ...       what keeps a symbol, section, object, library in
  depgraph size ...        where the bytes are
  depgraph check ...       a budget for CI
The program as a page, to open in a browser:
$demo/app.html
T
