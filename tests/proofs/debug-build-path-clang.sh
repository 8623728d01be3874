# SPDX-License-Identifier: Apache-2.0
# proves: debug-build-path
# by: gcc|clang -ffile-prefix-map=$PWD=.
# only: build-path
# needs: clang
printf 'int x = 1;\n' >x.c
clang -g -c "$PWD/x.c" -o x.o
