#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: archive-member-order
# needs: gcc ar
# also: moved
. "${0%/*}/lib.sh"

program x.c
gcc -c x.c -o x.o
printf 'int zero(void)\n{\n\treturn 0;\n}\n' >y.c
gcc -c y.c -o y.o
each sh -c 'case $PWD in */a) ar rcD libx.a ../work/x.o ../work/y.o ;; *) ar rcD libx.a ../work/y.o ../work/x.o ;; esac'
