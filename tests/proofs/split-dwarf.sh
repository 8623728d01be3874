# SPDX-License-Identifier: Apache-2.0
# proves: split-dwarf
# by: gcc|clang -ffile-prefix-map=$PWD=.
# only: build-path
# needs: gcc
printf 'int x = 1;\n' >x.c
gcc -g -gdwarf-5 -gsplit-dwarf -c x.c -o x.o
