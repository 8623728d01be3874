# SPDX-License-Identifier: Apache-2.0
# proves: date-time-macros
# by: clang|clang++ -Wno-builtin-macro-redefined -D__DATE__='"redacted"' -D__TIME__='"redacted"' -D__TIMESTAMP__='"redacted"'
# only: time
# needs: clang
# Also where clang is new enough for SOURCE_DATE_EPOCH, which it is not told of.
printf 'const char built[] = __DATE__ " " __TIME__;\n' | env -u SOURCE_DATE_EPOCH clang -x c -c - -o x.o
