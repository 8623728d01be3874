# SPDX-License-Identifier: Apache-2.0
# cause: debug-build-path
# try: gcc -fmacro-prefix-map=$PWD=.
# effect: no effect
# only: build-path
# needs: gcc
printf 'int x = 1;\n' >x.c
gcc -g -c x.c -o x.o
