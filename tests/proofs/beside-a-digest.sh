# SPDX-License-Identifier: Apache-2.0
# proves: debug-build-path
# by: gcc|clang -ffile-prefix-map=$PWD=.
# only: build-path
# needs: gcc
# The digests differ with the fix as well, in other digits.
printf 'int x = 1;\n' >x.c
gcc -g -c x.c -o x.o
printf 'prefix=%s\n' "$PWD" >x.pc
cat x.o x.pc | sha256sum >sums
cat x.pc x.o | sha512sum >>sums
