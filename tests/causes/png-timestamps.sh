#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: png-timestamps
# needs: python3
# also: derived-checksum
. "${0%/*}/lib.sh"

write_image() {
	python3 - "$(pick 1700000000 1750100007)" <<-'END'
		import struct, sys, time, zlib
		t = time.gmtime(int(sys.argv[1]))
		def chunk(kind, body):
		    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
		with open("dot.png", "wb") as f:
		    f.write(b"\x89PNG\r\n\x1a\n")
		    f.write(chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)))
		    f.write(chunk(b"tIME", struct.pack(">HBBBBB", *t[:6])))
		    f.write(chunk(b"tEXt", b"date:create\0" + time.strftime("%Y-%m-%dT%H:%M:%S+00:00", t).encode()))
		    f.write(chunk(b"IDAT", zlib.compress(b"\0\x7f")))
		    f.write(chunk(b"IEND", b""))
	END
}
each write_image
