# SPDX-License-Identifier: Apache-2.0
# proves: date-time-macros
# by: SOURCE_DATE_EPOCH=$EPOCH
# only: time
# needs: gcc
printf 'const char built[] = __DATE__ " " __TIME__;\n' | gcc -x c -c - -o x.o
