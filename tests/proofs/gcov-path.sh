# SPDX-License-Identifier: Apache-2.0
# proves: gcov-path
# only: build-path
# needs: clang
printf 'int f(void) { return 1; }\n' >x.c
clang -fprofile-instr-generate -fcoverage-mapping -c x.c -o x.o
