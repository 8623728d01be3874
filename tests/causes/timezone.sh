#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: timezone
# needs: zip
. "${0%/*}/lib.sh"

echo content >thing.txt
touch -d @1700000000 thing.txt
in_zone() {
	(cd "$out/work" && TZ=$(pick UTC0 IST-5:30) zip -qX "$out/$side/thing.zip" thing.txt)
	TZ=$(pick UTC0 IST-5:30) date -d @1700000000 '+built %Y-%m-%d %H:%M:%S' >date.txt
	TZ=$(pick UTC0 IST-5:30) date -d @1700000000 '+%Y-%m-%dT%H:%M:%S%:z' >moment.txt
}
each in_zone
