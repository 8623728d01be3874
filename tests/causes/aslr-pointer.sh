#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: aslr-pointer
# needs: python3
. "${0%/*}/lib.sh"

write_pointer() {
	python3 -c 'import struct
p = id(object())
open("trace.txt", "w").write("table is at %#x\n" % p)
open("image.bin", "wb").write(b"IMAGE\0\0\0" + struct.pack("<QQ", p & ~0xfff | 0xaa0, 7))'
}
each write_pointer
cmp -s "$out/a/trace.txt" "$out/b/trace.txt" && cannot "address space is not randomised here"
exit 0
