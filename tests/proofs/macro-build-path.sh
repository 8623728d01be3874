# SPDX-License-Identifier: Apache-2.0
# proves: macro-build-path
# by: gcc|clang -ffile-prefix-map=$PWD=.
# only: build-path
# needs: gcc
printf 'const char *where(void) { return __FILE__; }\n' >x.c
gcc -c "$PWD/x.c" -o x.o
