#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: derived-checksum
# needs: gzip
# expect: embedded-timestamp
# also: derived-checksum derived-payload
. "${0%/*}/lib.sh"

pack() {
	echo "built at $(pick 1700000000 1750100007)" | gzip -nc >file.gz
}
each pack
