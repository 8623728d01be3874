#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: recorded-timestamp
# needs: 7z
# also: derived-payload
. "${0%/*}/lib.sh"

echo content >file
pack() {
	touch -d "@$(pick 1700000000 1750100007)" "$out/work/file"
	(cd "$out/work" && 7z a -mhc=off "$out/$side/tree.7z" file >/dev/null)
}
each pack
