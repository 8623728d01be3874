#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: embedded-timestamp
# needs: gcc
. "${0%/*}/lib.sh"

write_times() {
	t=$(pick 1700000000 1750100007)
	date -u -d "@$t" '+Built %Y-%m-%dT%H:%M:%SZ' >version.txt
	echo "epoch=$t" >>version.txt
	printf 'const char built[] = "%s";\n' "$(date -u -d "@$t" '+%Y-%m-%d %H:%M:%S')" | gcc -x c -c - -o x.o
}
each write_times
