# SPDX-License-Identifier: Apache-2.0
# cause: build-host
# try: gcc --no-such-option
# effect: failed
# only: host
# needs: gcc
printf 'int x = 1;\n' >x.c
gcc -c x.c -o x.o
uname -n >out
