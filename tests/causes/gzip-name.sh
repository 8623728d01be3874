#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: gzip-name
# needs: gzip
. "${0%/*}/lib.sh"

pack() {
	name=$out/work/$(pick draft.1234 draft.5678)
	echo content >"$name"
	touch -d @1700000000 "$name"
	gzip -c "$name" >file.gz
}
each pack
