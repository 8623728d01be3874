#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: tool-version
# needs: as
. "${0%/*}/lib.sh"

assemble() {
	echo ".ident \"GCC: (Debian $(pick 12.2.0-14 12.2.0-14+deb12u1)) 12.2.0\"" | as -o x.o -
}
each assemble
