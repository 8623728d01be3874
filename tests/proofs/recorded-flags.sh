# SPDX-License-Identifier: Apache-2.0
# proves: recorded-flags
# only: build-path
# needs: clang
printf 'int x = 1;\n' >x.c
clang -grecord-command-line -g -fdebug-compilation-dir=. "-I$PWD/include" -c x.c -o x.o
