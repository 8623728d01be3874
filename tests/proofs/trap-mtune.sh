# SPDX-License-Identifier: Apache-2.0
# cause: march-native
# try: gcc -mtune=generic
# effect: no effect
# only: cpus
# needs: gcc
# No axis changes the instruction set: the number of CPUs stands in for it.
printf 'int x = 1;\n' >x.c
if [ "$(nproc)" = 1 ]; then arch=sandybridge; else arch=ivybridge; fi
gcc -g "-march=$arch" -c x.c -o x.o
