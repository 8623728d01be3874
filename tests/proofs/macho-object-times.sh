# SPDX-License-Identifier: Apache-2.0
# proves: macho-object-times
# by: ZERO_AR_DATE=1
# only: mtime
# setup: printf 'int x = 1; int *f(void) { return &x; }\n' | clang --target=x86_64-apple-macos11 -g -x c -c - -o x.o
# needs: clang ld64.lld
ld64.lld -arch x86_64 -platform_version macos 11.0 11.0 -dylib -o x.dylib x.o
