#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: zip-owner
# needs: zip python3
. "${0%/*}/lib.sh"

echo content >file
touch -d @1600000000 file
pack() {
	touch -a -d @1700000000 "$out/work/file"
	(cd "$out/work" && zip -q "$out/$side/tree.zip" file)
	patch tree.zip "for m in list(re.finditer(rb'ux\\x0b\\x00\\x01\\x04', bytes(data))):
    data[m.end():m.end() + 4] = struct.pack('<I', $(pick 1000 1001))
    data[m.end() + 5:m.end() + 9] = struct.pack('<I', $(pick 1000 100))"
}
each pack
