# SPDX-License-Identifier: Apache-2.0
# cause: gcov-path
# try: gcc -fprofile-prefix-map=$PWD=. -ffile-prefix-map=$PWD=.
# effect: no effect
# only: build-path
# needs: gcc
printf 'int f(void) { return 1; }\n' >x.c
gcc --coverage -frandom-seed=x.o -c x.c -o x.o
