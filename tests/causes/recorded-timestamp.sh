#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: recorded-timestamp
# needs: genisoimage
. "${0%/*}/lib.sh"

echo content >thing.txt
write_image() {
	touch -d "@$(pick 1700000000 1750100007)" "$out/work/thing.txt"
	(cd "$out/work" && rm -rf tree && mkdir tree && cp -p thing.txt tree && touch -r thing.txt tree &&
		genisoimage -quiet -creation-date "$(pick 2023111422132000 2025061618531300)" -o "$out/$side/thing.iso" tree 2>/dev/null) ||
		cannot "this genisoimage has no -creation-date"
}
each write_image
