# SPDX-License-Identifier: Apache-2.0
# cause: macro-build-path
# try: gcc -fdebug-prefix-map=$PWD=.
# effect: no effect
# only: build-path
# needs: gcc
printf 'const char *where(void) { return __FILE__; }\n' >x.c
gcc -c "$PWD/x.c" -o x.o
