#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fat binaries without a compiler for GPUs, and the assembly that holds them as nvcc's host code does.

make_fatbins.py DIRECTORY [COUNT]: containers c0.fatbin, c1.fatbin... with raw "cubins" for sm_75, sm_80 and sm_90
and PTX for compute_90 each, and fatbins.s: section .nv_fatbin with all of them, .nvFatBinSegment with a wrapper each.
The third container is for sm_75 alone."""
import os
import random
import struct
import sys

CUBIN, PTX = 2, 1


def entry(kind, arch, payload):
    payload += b"\0" * (-len(payload) % 8)
    major, minor = (9, 0) if kind == PTX else (1, 8)
    return struct.pack("<HHIQIIHHIIIQQQ", kind, 0x101, 64, len(payload), 0, 0, minor, major, arch, 0, 0, 0x11, 0, 0) + payload


def container(entries):
    body = b"".join(entries)
    return struct.pack("<IHHQ", 0xBA55ED50, 1, 16, len(body)) + body


def cubin(rng, arch, number):
    """An ELF header that says its own end, and bytes that compress somewhat."""
    size = rng.randrange(3000, 9000) & ~7
    header = b"\x7fELF\x02\x01\x01\x41\x08" + bytes(7)
    header += struct.pack("<HHIQQQIHHHHHH", 2, 190, 1, 0, 0, size - 64, arch, 64, 56, 0, 64, 1, 0)
    words = [b"word%04d" % rng.randrange(64) for _ in range((size - 128 - 8) // 8)]
    return header + struct.pack("<Q", number) + b"".join(words) + bytes(64)


def main():
    directory, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 12
    rng = random.Random(5)
    for i in range(count):
        entries = [entry(CUBIN, a, cubin(rng, a, i)) for a in ((75,) if i == 2 else (75, 80, 90))]
        if i != 2:
            entries.append(entry(PTX, 90, b".version 9.0\n.target sm_90\n// %d\n\0" % i))
        with open(os.path.join(directory, "c%d.fatbin" % i), "wb") as f:
            f.write(container(entries))
    with open(os.path.join(directory, "fatbins.s"), "w") as f:
        f.write('\t.section .nv_fatbin,"a"\n\t.balign 8\n')
        for i in range(count):
            f.write('fat%d:\n\t.incbin "c%d.fatbin"\n\t.balign 8\n' % (i, i))
        f.write('\t.globl fat1\n\t.hidden fat1\n\t.section .nvFatBinSegment,"aw"\n\t.balign 8\n\t.globl wrappers\n\t.hidden wrappers\n')
        f.write("wrappers:\n")
        for i in range(count):
            f.write("\t.long 0x466243B1, 1\n\t.quad fat%d, 0\n" % i)
        f.write("\t.globl wrappers_end\n\t.hidden wrappers_end\nwrappers_end:\n")
        f.write('\t.section .note.GNU-stack,"",@progbits\n')


main()
