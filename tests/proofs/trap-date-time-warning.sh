# SPDX-License-Identifier: Apache-2.0
# cause: date-time-macros
# try: gcc -Wdate-time
# effect: no effect
# only: time
# needs: gcc
printf 'const char built[] = __DATE__ " " __TIME__;\n' | gcc -x c -c - -o x.o
