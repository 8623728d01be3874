#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: gzip-timestamps
# needs: gzip
. "${0%/*}/lib.sh"

echo content >file
pack() {
	touch -d "@$(pick 1700000000 1750100007)" "$out/work/file"
	gzip -c "$out/work/file" >file.gz
}
each pack
