# SPDX-License-Identifier: Apache-2.0
# cause: debug-build-path
# try: gcc -fsyntax-only
# effect: failed
# only: build-path
# needs: gcc
# Nothing differs in a file that is not made.
printf 'int x = 1;\n' >x.c
gcc -g -c x.c -o x.o
