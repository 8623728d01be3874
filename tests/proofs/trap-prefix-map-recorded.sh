# SPDX-License-Identifier: Apache-2.0
# cause: recorded-flags
# try: clang -ffile-prefix-map=$PWD=.
# effect: no effect
# only: build-path
# needs: clang
printf 'int x = 1;\n' >x.c
clang -frecord-command-line "-I$PWD/include" -c x.c -o x.o
