# SPDX-License-Identifier: Apache-2.0
# proves: debug-build-path
# by: gcc|clang -ffile-prefix-map=$PWD=.
# only: build-path
# needs: gcc
printf 'int x = 1;\n' >x.c
gcc -g -c x.c -o x.o
