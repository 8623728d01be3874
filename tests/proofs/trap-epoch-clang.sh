# SPDX-License-Identifier: Apache-2.0
# cause: date-time-macros
# try: SOURCE_DATE_EPOCH=1700000000
# effect: no effect
# only: time
# setup: v=$(clang -dumpversion); [ "${v%%.*}" -lt 16 ] || { echo "clang $v heeds it"; exit 77; }
# needs: clang
printf 'const char built[] = __DATE__ " " __TIME__;\n' | clang -x c -c - -o x.o
