# SPDX-License-Identifier: Apache-2.0
# proves: png-timestamps
# by: SOURCE_DATE_EPOCH=$EPOCH
# only: time
# needs: python3
# As ImageMagick does.
python3 - <<'P'
import os, struct, time, zlib
t = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))
def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
with open("dot.png", "wb") as f:
    f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)))
    f.write(chunk(b"tIME", struct.pack(">HBBBBB", *t[:6])))
    f.write(chunk(b"tEXt", b"date:create\0" + time.strftime("%Y-%m-%dT%H:%M:%S+00:00", t).encode()))
    f.write(chunk(b"IDAT", zlib.compress(b"\0\x7f")) + chunk(b"IEND", b""))
P
