# SPDX-License-Identifier: Apache-2.0
# proves: lto-section-suffix
# by: gcc|g++ -frandom-seed=$OUTPUT
# only: umask
# needs: gcc
printf 'int counter = 3;\nint twice(int n)\n{\n\treturn 2 * n + counter;\n}\n' >x.c
gcc -O2 -flto -c x.c -o x.o
