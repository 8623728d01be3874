# SPDX-License-Identifier: Apache-2.0
# cause: gcov-stamp
# try: SOURCE_DATE_EPOCH=1700000000
# effect: no effect
# only: time
# needs: gcc
printf 'int counter = 3;\nint twice(int n)\n{\n\treturn 2 * n + counter;\n}\n' >x.c
gcc --coverage -c x.c -o x.o
