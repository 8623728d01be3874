#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: date-time-macros
# needs: gcc
. "${0%/*}/lib.sh"

make_object() {
	printf 'const char built[] = __DATE__ " " __TIME__;\nconst char clock[] = "at " __TIME__;\nconst char source[] = __TIMESTAMP__;\n' >x.c
	touch -d "@$(pick 1700000000 1750100007)" x.c
	SOURCE_DATE_EPOCH=$(pick 1710000000 1760200003) gcc -c x.c -o x.o
	rm x.c
}
each make_object
