# SPDX-License-Identifier: Apache-2.0
# cause: recorded-flags
# try: gcc -ffile-prefix-map=$PWD=.
# effect: no effect
# only: build-path
# needs: gcc
printf 'int x = 1;\n' >x.c
gcc -frecord-gcc-switches -I "$PWD/include" -c x.c -o x.o
