# SPDX-License-Identifier: Apache-2.0
# cause: lto-section-suffix
# try: gcc -frandom-seed=0
# effect: no effect
# only: umask
# needs: gcc
printf 'int counter = 3;\nint twice(int n)\n{\n\treturn 2 * n + counter;\n}\n' >x.c
gcc -O2 -flto -c x.c -o x.o
