# SPDX-License-Identifier: Apache-2.0
# proves: gcov-stamp
# by: gcc|g++ -frandom-seed=$OUTPUT
# only: time
# needs: gcc
printf 'int counter = 3;\nint twice(int n)\n{\n\treturn 2 * n + counter;\n}\n' >x.c
gcc --coverage -c x.c -o x.o
