#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Seeds that no tool writes: forms put together by hand, and good ones with one thing made wrong.

make_malformed.py CORPUS reads the seeds that make_corpus.sh left there and adds to them. Each file is named for its
malformation."""
import os
import struct
import sys
import zlib

corpus = sys.argv[1]


def put(target, name, data):
    os.makedirs(os.path.join(corpus, target), exist_ok=True)
    with open(os.path.join(corpus, target, name), "wb") as f:
        f.write(data)


def get(target, name):
    try:
        with open(os.path.join(corpus, target, name), "rb") as f:
            return f.read()
    except FileNotFoundError:
        return None


def patched(data, *patches):
    out = bytearray(data)
    for off, new in patches:
        out[off:off + len(new)] = new
    return bytes(out)


def bend(target, seed, name, *patches):
    data = get(target, seed)
    if data is None:
        print("no seed %s/%s" % (target, seed), file=sys.stderr)
        return
    put(target, name, patched(data, *patches))


U16, U32, U64 = "<H", "<I", "<Q"
p = struct.pack

# ELF64 little-endian: e_phoff 32, e_shoff 40, e_ehsize 52, e_phentsize 54, e_phnum 56, e_shentsize 58, e_shnum 60,
# e_shstrndx 62; section header: name 0, type 4, flags 8, addr 16, offset 24, size 32, link 40, info 44, entsize 56.
bend("elf", "gcc-g.o", "shoff-past-end", (40, p(U64, 1 << 40)))
bend("elf", "gcc-g.o", "shoff-overflows", (40, p(U64, (1 << 64) - 32)))
bend("elf", "gcc-g.o", "shnum-65279", (60, p(U16, 65279)))
bend("elf", "gcc-g.o", "shnum-0-extended", (60, p(U16, 0)))
bend("elf", "gcc-g.o", "shentsize-1", (58, p(U16, 1)))
bend("elf", "gcc-g.o", "shentsize-0", (58, p(U16, 0)))
bend("elf", "gcc-g.o", "shstrndx-wrong", (62, p(U16, 1)))
bend("elf", "gcc-g.o", "shstrndx-past-end", (62, p(U16, 0xff00)))
bend("elf", "gcc-g.o", "class-0", (4, b"\0"))
bend("elf", "gcc-g.o", "claims-big-endian", (5, b"\2"))
bend("elf", "gcc-g.o", "claims-32-bit", (4, b"\1"))
bend("elf", "shared.so", "phnum-65535", (56, p(U16, 0xffff)))
bend("elf", "shared.so", "phoff-past-end", (32, p(U64, 1 << 50)))
bend("elf", "shared.so", "phentsize-8", (54, p(U16, 8)))


def elf_sections(data):
    shoff, = struct.unpack_from(U64, data, 40)
    size, count = struct.unpack_from("<HH", data, 58)
    return [(i, shoff + i * size) for i in range(count)]


good = get("elf", "gcc-g.o")
if good:
    sections = elf_sections(good)
    put("elf", "all-sections-overlap", patched(good, *[(at + 24, p(U64, 64)) for i, at in sections if i]))
    put("elf", "all-sizes-huge", patched(good, *[(at + 32, p(U64, 1 << 62)) for i, at in sections if i]))
    put("elf", "all-sizes-odd", patched(good, *[(at + 32, p(U64, 7)) for i, at in sections if i]))
    put("elf", "all-links-self", patched(good, *[(at + 40, p("<II", i, i)) for i, at in sections if i]))
    put("elf", "all-links-wild", patched(good, *[(at + 40, p("<II", 0xffffffff, 0xffffffff)) for i, at in sections if i]))
    put("elf", "all-types-symtab", patched(good, *[(at + 4, p(U32, 2)) for i, at in sections if i]))
    put("elf", "all-types-rela", patched(good, *[(at + 4, p(U32, 4)) for i, at in sections if i]))
    put("elf", "all-types-strtab", patched(good, *[(at + 4, p(U32, 3)) for i, at in sections if i]))
    put("elf", "all-types-note", patched(good, *[(at + 4, p(U32, 7)) for i, at in sections if i]))
    put("elf", "all-types-group", patched(good, *[(at + 4, p(U32, 17)) for i, at in sections if i]))
    put("elf", "all-flags-compressed", patched(good, *[(at + 8, p(U64, 0x800)) for i, at in sections if i]))
    put("elf", "entsize-0", patched(good, *[(at + 56, p(U64, 0)) for i, at in sections if i]))
    put("elf", "entsize-huge", patched(good, *[(at + 56, p(U64, 1 << 63)) for i, at in sections if i]))
    put("elf", "truncated-half", good[:len(good) // 2])
    put("elf", "header-only", good[:64])
    put("elf", "header-cut", good[:40])
    put("elf", "magic-only", good[:4])
packed = get("elf", "compressed-debug-zlib.o")
if packed:
    for i, at in elf_sections(packed):
        flags, = struct.unpack_from(U64, packed, at + 8)
        if flags & 0x800:
            off, = struct.unpack_from(U64, packed, at + 24)
            put("elf", "compressed-claims-huge", patched(packed, (off + 8, p(U64, 1 << 40))))
            put("elf", "compressed-wrong-type", patched(packed, (off, p(U32, 77))))
            put("elf", "compressed-claims-zstd", patched(packed, (off, p(U32, 2))))
            put("elf", "compressed-stream-bad", patched(packed, (off + 24, b"\xff" * 8)))
            break

# ar
magic = b"!<arch>\n"


def member(name, body, size=None, mtime=b"1700000000"):
    size = b"%d" % len(body) if size is None else size
    return (name.ljust(16) + mtime.ljust(12) + b"0".ljust(6) + b"0".ljust(6) + b"100644".ljust(8) + size.ljust(10)
            + b"`\n" + body + (b"\n" if len(body) % 2 else b""))


put("ar", "empty", magic)
put("ar", "size-past-end", magic + member(b"a/", b"abc", b"9999999999"))
put("ar", "size-negative", magic + member(b"a/", b"abc", b"-1"))
put("ar", "size-blank", magic + member(b"a/", b"abcd", b""))
put("ar", "terminator-wrong", magic + member(b"a/", b"abcd").replace(b"`\n", b"xx"))
put("ar", "no-padding", magic + member(b"a/", b"abc")[:-1] + member(b"b/", b"d"))
put("ar", "long-name-past-table", magic + member(b"//", b"name/\n") + member(b"/99", b"abcd"))
put("ar", "long-name-unterminated", magic + member(b"//", b"nameeeee") + member(b"/0", b"abcd"))
put("ar", "long-name-no-table", magic + member(b"/0", b"abcd"))
put("ar", "bsd-name-longer-than-member", magic + member(b"#1/200", b"abcd"))
put("ar", "bsd-name-all-of-member", magic + member(b"#1/4", b"abcd"))
put("ar", "symbols-count-huge", magic + member(b"/", b"\xff\xff\xff\xff" + b"\0" * 8))
put("ar", "symbols-offset-past-end", magic + member(b"/", p(">II", 1, 1 << 30) + b"name\0\0"))
put("ar", "symbols64-count-huge", magic + member(b"/SYM64/", b"\xff" * 8 + b"\0" * 8))
put("ar", "bsd-symbols-wild", magic + member(b"__.SYMDEF", p("<I", 0xfffffff8) + b"\1" * 20))
put("ar", "same-name-100-times", magic + member(b"a/", b"") * 100)
put("ar", "thin-size-counts-nothing", b"!<thin>\n" + member(b"//", b"x.o/\n\n") + member(b"/0", b"", b"12345678"))
put("ar", "nested-8", (lambda f: f(f, 8, b"core"))(lambda f, n, b: b if n == 0 else f(f, n - 1, magic + member(b"in/", b))))


# tar
def tar_header(name=b"a", size=b"00000000003\0", typeflag=b"0", magic=b"ustar\x0000", link=b"", checksum=None, **f):
    h = (name[:100].ljust(100, b"\0") + b"0000644\0" + b"0000000\0" + b"0000000\0" + size + b"14524321000\0" + b" " * 8
         + typeflag + link.ljust(100, b"\0") + magic + f.get("rest", b"")).ljust(512, b"\0")
    c = b"%06o\0 " % sum(h) if checksum is None else checksum
    return h[:148] + c + h[156:512]


def block(b):
    return b.ljust(-(-len(b) // 512) * 512, b"\0")


end = b"\0" * 1024
put("tar", "size-past-end", tar_header(size=b"77777777777\0") + block(b"abc"))
put("tar", "size-base256-huge", tar_header(size=b"\x80" + b"\0" * 3 + b"\x7f" + b"\xff" * 7) + block(b"abc"))
put("tar", "size-base256-negative", tar_header(size=b"\xff" * 12) + block(b"abc") + end)
put("tar", "size-not-octal", tar_header(size=b"99zz       \0") + block(b"abc") + end)
put("tar", "checksum-wrong-later", tar_header() + block(b"abc") + tar_header(checksum=b"000001\0 ") + block(b"abc") + end)
put("tar", "checksum-signed", tar_header(name=b"\xe9\xe9") + block(b"abc") + end)
put("tar", "no-end", tar_header() + block(b"abc"))
put("tar", "one-zero-block", tar_header() + block(b"abc") + b"\0" * 512)
put("tar", "body-cut", tar_header(size=b"00000002000\0") + b"x" * 600)
put("tar", "longname-without-file", tar_header(b"././@LongLink", b"00000000004\0", b"L", b"ustar  \0") + block(b"abc\0") + end)
put("tar", "longname-empty", tar_header(b"././@LongLink", b"00000000000\0", b"L", b"ustar  \0") + tar_header() + block(b"abc") + end)
put("tar", "longlinks-chain", (tar_header(b"././@LongLink", b"00000000004\0", b"K", b"ustar  \0") + block(b"abc\0")) * 20
    + tar_header(typeflag=b"2", size=b"00000000000\0") + end)


def pax(text, typeflag=b"x"):
    return tar_header(b"PaxHeaders/a", b"%011o\0" % len(text), typeflag) + block(text)


body = tar_header() + block(b"abc") + end
put("tar", "pax-length-huge", pax(b"99999999999 path=x\n") + body)
put("tar", "pax-length-0", pax(b"0 path=x\n") + body)
put("tar", "pax-no-newline", pax(b"9 path=xx") + body)
put("tar", "pax-no-equals", pax(b"8 pathx\n") + body)
put("tar", "pax-size-wild", pax(b"33 size=18446744073709551615999\n") + body)
put("tar", "pax-mtime-fraction", pax(b"30 mtime=1700000000.123456789\n") + body)
put("tar", "pax-size-overrides", pax(b"10 size=1\n") + body)
put("tar", "sparse-map-wild", tar_header(typeflag=b"S", magic=b"ustar  \0",
    rest=b"\0" * (386 - 265) + (b"77777777777\0" + b"77777777777\0") * 4 + b"\1" + b"77777777777\0") + block(b"abc") + end)
put("tar", "typeflag-unknown", tar_header(typeflag=b"\xfe") + block(b"abc") + end)

# gzip
plain = get("gzip", "name-time.gz")
if plain:
    put("gzip", "crc-wrong.gz", plain[:-8] + b"\0\0\0\0" + plain[-4:])
    put("gzip", "isize-wrong.gz", plain[:-4] + b"\xff" * 4)
    put("gzip", "trailer-cut.gz", plain[:-5])
    put("gzip", "body-cut.gz", plain[:-14])
    put("gzip", "flags-all.gz", patched(plain, (3, b"\xff")))
    put("gzip", "method-7.gz", patched(plain, (2, b"\7")))
    put("gzip", "garbage-after.gz", plain + b"garbage after the end")
raw = zlib.compressobj(9, zlib.DEFLATED, -15)
deflated = raw.compress(b"hello hello hello") + raw.flush()
tail = p("<II", zlib.crc32(b"hello hello hello"), 17)
head = b"\x1f\x8b\x08"
put("gzip", "name-unterminated.gz", head + b"\x08\0\0\0\0\0\3" + b"n" * 40)
put("gzip", "extra-field.gz", head + b"\x04\0\0\0\0\0\3" + b"\x06\0AB\x02\0xy" + deflated + tail)
put("gzip", "extra-past-end.gz", head + b"\x04\0\0\0\0\0\3" + b"\xff\xffAB\x02\0xy" + deflated + tail)
put("gzip", "comment-headercrc.gz", head + b"\x1a\0\0\0\0\0\3name\0comment\0\x12\x34" + deflated + tail)
put("gzip", "header-only.gz", head + b"\0\0\0\0\0\0\3")
put("gzip", "stored-length-wrong.gz", head + b"\0\0\0\0\0\0\3" + b"\1\5\0\0\0hello" + tail)

# zip
good = get("zip", "extra-fields.zip")
if good:
    eocd = good.rfind(b"PK\5\6")
    cd = good.find(b"PK\1\2")
    put("zip", "directory-past-end.zip", patched(good, (eocd + 16, p(U32, 1 << 30))))
    put("zip", "directory-size-wrong.zip", patched(good, (eocd + 12, p(U32, 7))))
    put("zip", "entries-65534.zip", patched(good, (eocd + 8, p("<HH", 65534, 65534))))
    put("zip", "comment-past-end.zip", patched(good, (eocd + 20, p(U16, 99))))
    put("zip", "local-offset-wild.zip", patched(good, (cd + 42, p(U32, 0x7fffffff))))
    put("zip", "local-offset-self.zip", patched(good, (cd + 42, p(U32, cd))))
    put("zip", "sizes-disagree.zip", patched(good, (cd + 20, p("<II", 1, 1 << 31))))
    put("zip", "name-past-end.zip", patched(good, (26, p(U16, 0xffff))))
    put("zip", "extra-length-wild.zip", patched(good, (28, p(U16, 0xffff))))
    put("zip", "crc-wrong.zip", patched(good, (14, b"\1\2\3\4"), (cd + 16, b"\1\2\3\4")))
    put("zip", "method-unknown.zip", patched(good, (8, p(U16, 99)), (cd + 10, p(U16, 99))))
    put("zip", "no-directory.zip", good[:cd])
    put("zip", "no-end.zip", good[:eocd])
    put("zip", "all-entries-same-local.zip",
        good[:cd] + good[cd:eocd].replace(good[cd + 42:cd + 46], b"\0\0\0\0") + good[eocd:])
    put("zip", "zip64-extra-short.zip", patched(good, (cd + 20, b"\xff" * 8)))
put("zip", "end-only.zip", b"PK\5\6" + b"\0" * 18)
put("zip", "zip64-end-wild.zip", b"PK\3\4" + b"\0" * 26 + b"PK\6\6" + p(U64, 44) + b"\xff" * 44
    + b"PK\6\7" + p("<IQI", 0, 30, 1) + b"PK\5\6" + b"\xff" * 16 + b"\0\0")


# cpio
def newc(name=b"a\0", body=b"abc", size=None, namesize=None, magic=b"070701"):
    f = [1, 0o100644, 0, 0, 1, 1700000000, len(body) if size is None else size, 0, 0, 0, 0,
         len(name) if namesize is None else namesize, 0]
    h = magic + b"".join(b"%08x" % v for v in f) + name
    h += b"\0" * (-len(h) % 4)
    return h + body + b"\0" * (-len(body) % 4)


put("cpio", "size-past-end", newc(size=0xffffffff))
put("cpio", "namesize-past-end", newc(namesize=0xffffffff))
put("cpio", "namesize-0", newc(namesize=0))
put("cpio", "not-hex", newc().replace(b"6553f100", b"zzzzzzzz"))
put("cpio", "no-trailer", newc() + newc(b"b\0"))
put("cpio", "crc-wrong", newc(magic=b"070702") + newc(b"TRAILER!!!\0", b"", magic=b"070702"))
put("cpio", "magic-changes", newc() + newc(magic=b"070707"))

# rpm
for seed in ("w9.gzdio.rpm", "w3.zstdio.rpm"):
    good = get("rpm", seed)
    if good and good[96:99] == b"\x8e\xad\xe8":
        put("rpm", "signature-count-huge.rpm", patched(good, (104, p(">I", 0x7fffffff))))
        put("rpm", "signature-size-huge.rpm", patched(good, (108, p(">I", 0xffffffff))))
        put("rpm", "entry-offset-wild.rpm", patched(good, (120, p(">I", 0xfffffff0))))
        put("rpm", "entry-count-wild.rpm", patched(good, (124, p(">I", 0xfffffff0))))
        put("rpm", "entry-type-wild.rpm", patched(good, (116, p(">I", 99))))
        put("rpm", "lead-only.rpm", good[:96])
        put("rpm", "header-cut.rpm", good[:600])
        break

# streams
for name in ("text.xz", "text.bz2", "text.zst", "text.lz4", "text.lzma"):
    good = get("filter", name)
    if good:
        put("filter", "cut-" + name, good[:-6])
        put("filter", "bent-" + name, patched(good, (len(good) // 2, b"\xa5\x5a")))
        put("filter", "twice-" + name, good + good)
put("filter", "dictionary-4-gib.lzma", b"\x5d" + p("<IQ", 0xffffffff, 100) + b"\0" * 40)
good = get("filter", "text.xz")
if good:
    at = good.index(b"\x21\x01", 12) + 2
    block = patched(good[12:24], (at - 12, b"\x28"))[:8]
    put("filter", "dictionary-4-gib.xz", patched(good, (12, block + p("<I", zlib.crc32(block)))))
put("filter", "window-huge.zst", b"\x28\xb5\x2f\xfd\x00\xf8\x01\x00\x00")
put("filter", "size-claims-huge.zst", b"\x28\xb5\x2f\xfd\xe0" + b"\xff" * 7 + b"\x7f" + b"\x01\x00\x00")
good = get("archive", "t.7z")
if good:
    put("archive", "header-crc-wrong.7z", patched(good, (8, b"\0\0\0\0")))
    put("archive", "next-header-wild.7z", patched(good, (12, p(U64, 1 << 60))))
    put("archive", "cut.7z", good[:len(good) // 2])
good = get("archive", "t.iso")
if good:
    put("archive", "root-extent-wild.iso", patched(good[:57344], (32768 + 158, b"\xff" * 8)))
    put("archive", "directory-loop.iso", patched(good[:57344], (32768 + 158, good[32768 + 158:32768 + 166])))
cab = b"MSCF" + p("<IIIIIBBHHHHH", 0, 0, 0, 44, 0, 3, 1, 1, 1, 0, 0, 0)
put("archive", "folder-past-end.cab", cab + p("<IHH", 1 << 30, 65535, 0) + b"\0" * 40)

# the plain form that archives decode to: analyzers/entries.h
E_MAGIC = bytes.fromhex("93454e54524945530a5e1fc708e2b46d31fa872cd940be1573a80f965be421cd")
E_END = bytes.fromhex("4bd38016f92ea75c03bb68e1943dc27f")


def entries(*items, count=None, index=None):
    out, places = E_MAGIC, b""
    for lines, content in items:
        places += p("<QQQ", len(out), len(lines) + 1, len(content))
        out += lines + b"\n" + content
    return out + places + p("<QQ", len(items) if count is None else count, len(out) if index is None else index) + E_END


one = (b"path a.txt\ntype file\nmode 100644\nmtime 1700000000\nsize 5\n", b"hello")
put("entries", "two", entries(one, (b"path d\\\\b\\nc\nmtime 1700000000.5\nuid 0\nuser root\n", b"\x7fELFnot really")))
put("entries", "none", entries())
put("entries", "no-lines", entries((b"", b"body")))
put("entries", "line-without-value", entries((b"path\nx\n\n", b"body")))
put("entries", "count-huge", entries(one, count=1 << 60))
put("entries", "count-overflows", entries(one, count=((1 << 64) // 24) + 2))
put("entries", "index-past-end", entries(one, index=1 << 62))
put("entries", "index-wild", patched(entries(one), (len(entries(one)) - 56, p("<QQQ", 1 << 63, 1 << 63, 1 << 63))))
put("entries", "index-overlaps", entries(one, one)[:-80] + p("<QQQQQQQQ", 32, 40, 60, 32, 40, 60, 2, len(entries(one, one)) - 80) + E_END)
put("entries", "same-name-thrice", entries(one, one, one))

# fat binaries: header magic u32, version u16, header size u16, size u64; entry: see analyzers/fatbin.c.
container = lambda body, size=None: p("<IHHQ", 0xba55ed50, 1, 16, len(body) if size is None else size) + body


def entry(kind=2, header=64, payload=b"x" * 16, psize=None, flags=0x11, packed=0, plain=0, opt=0, arch=80):
    h = p("<HHIQIIHHIIIQQQ", kind, 0x101, header, len(payload) if psize is None else psize, packed, opt, 7, 1, arch, 0, 0,
          flags, 0, plain)
    return h + payload


put("fatbin", "empty", container(b""))
put("fatbin", "size-past-end", container(entry(), 1 << 40))
put("fatbin", "size-overflows", container(entry(), (1 << 64) - 1))
put("fatbin", "entry-header-0", container(entry(header=0)))
put("fatbin", "entry-header-huge", container(entry(header=0xffffffff)))
put("fatbin", "entry-payload-huge", container(entry(psize=(1 << 64) - 64)))
put("fatbin", "entry-lz4-claims-huge", container(entry(flags=0x2011, packed=16, plain=1 << 40)))
put("fatbin", "entry-zstd-bad", container(entry(flags=0x8011, packed=16, plain=64)))
put("fatbin", "entry-packed-past-payload", container(entry(flags=0x8011, packed=1 << 30, plain=64)))
put("fatbin", "options-wild", container(entry(opt=0xfffffff0)))
put("fatbin", "kind-unknown", container(entry(kind=77)))
put("fatbin", "hundred-entries", container(entry() * 100))
put("fatbin", "two-containers", container(entry()) + container(entry(kind=1, payload=b".version 8.0\n\0\0\0")))
put("fatbin_scan", "magic-repeated", p(U32, 0xba55ed50) * 300)
put("fatbin_scan", "cut-container", container(entry())[:40])

# HIP
bundle = b"__CLANG_OFFLOAD_BUNDLE__"


def offload(*entries, count=None, base=None):
    heads = sum(24 + len(i) for i, _ in entries)
    at = 32 + heads if base is None else base
    out = bundle + p(U64, len(entries) if count is None else count)
    for ident, data in entries:
        out += p("<QQQ", at, len(data), len(ident)) + ident
        at += len(data)
    return out + b"".join(d for _, d in entries)


gfx = b"hipv4-amdgcn-amd-amdhsa--gfx90a"
simple = offload((b"host-x86_64-unknown-linux--", b""), (gfx, b"code object bytes"))
put("hip_bundle", "by-hand.bundle", simple)
put("hip_bundle", "count-huge", offload((gfx, b"x"), count=1 << 60))
put("hip_bundle", "offset-past-end", offload((gfx, b"x"), base=1 << 62))
put("hip_bundle", "offset-into-header", offload((gfx, b"x"), base=8))
put("hip_bundle", "id-length-huge", bundle + p("<QQQQ", 1, 64, 1, 1 << 62) + gfx)
put("hip_bundle", "same-bytes-twice", bundle + p(U64, 2) + (p("<QQQ", 144, 8, 3) + b"abc") * 2 + b"\0" * 100)
put("hip_bundle", "two-bundles", simple + b"\0" * 7 + simple)


def ccob(version, method, body, plain, total=None, hash_=0x1234):
    head = b"CCOB" + p("<HH", version, method)
    size = {1: 20, 2: 24, 3: 32}[version] + len(body) if total is None else total
    if version == 1:
        return head + p("<IQ", plain, hash_) + body
    return head + (p("<IIQ", size, plain, hash_) if version == 2 else p("<QQQ", size, plain, hash_)) + body


z = zlib.compress(simple)
for v in (1, 2, 3):
    put("hip_compressed", "zlib-v%d" % v, ccob(v, 0, z, len(simple)))
zst = get("filter", "text.zst")
if zst:
    put("hip_compressed", "zstd-v2", ccob(2, 1, zst, 26))
put("hip_compressed", "total-past-end", ccob(2, 0, z, len(simple), 0xffffffff))
put("hip_compressed", "total-0", ccob(2, 0, z, len(simple), 0))
put("hip_compressed", "plain-wrong", ccob(2, 0, z, 1))
put("hip_compressed", "plain-huge", ccob(3, 0, z, 1 << 62))
put("hip_compressed", "method-unknown", ccob(2, 9, z, len(simple)))
put("hip_compressed", "two", ccob(2, 0, z, len(simple)) * 2)

# pyc: magic, flags, 8 bytes, marshal
mag = p("<H", 3495) + b"\r\n"
pyc = lambda m, flags=0: mag + p("<III", flags, 1700000000, 10) + m
put("pyc", "marshal-nested-deep.pyc", pyc(b"(\x01\0\0\0" * 1500 + b"N"))
put("pyc", "marshal-small-tuples-deep.pyc", pyc(b")\x01" * 5000 + b"N"))
put("pyc", "marshal-size-huge.pyc", pyc(b"s\xff\xff\xff\x7f"))
put("pyc", "marshal-size-negative.pyc", pyc(b"s\xff\xff\xff\xff"))
put("pyc", "marshal-tuple-huge.pyc", pyc(b"(\xff\xff\xff\x7fNNN"))
put("pyc", "marshal-ref-past-end.pyc", pyc(b"(\x02\0\0\0\xeeZ\x01ar\xff\xff\xff\x7f"))
put("pyc", "marshal-ref-self.pyc", pyc(b"\xa9\x01r\0\0\0\0"))
put("pyc", "marshal-dict-unterminated.pyc", pyc(b"{NNNN"))
put("pyc", "marshal-long-wild.pyc", pyc(b"l\0\0\0\x80"))
put("pyc", "marshal-type-unknown.pyc", pyc(b"\x01"))
put("pyc", "no-marshal.pyc", pyc(b""))
put("pyc", "flags-unknown.pyc", pyc(b"N", 0xffffffff))
for seed in ("py3.11.pyc", "py3.13.pyc"):
    good = get("pyc", seed)
    if good:
        put("pyc", "cut-" + seed, good[:len(good) * 2 // 3])

# png
chunk = lambda t, b: p(">I", len(b)) + t + b + p(">I", zlib.crc32(t + b))
sig = b"\x89PNG\r\n\x1a\n"
ihdr = chunk(b"IHDR", p(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))
idat = chunk(b"IDAT", zlib.compress(b"\0" * 14))
put("png", "time-text.png", sig + ihdr + chunk(b"tIME", p(">HBBBBB", 2026, 1, 2, 3, 4, 5))
    + chunk(b"tEXt", b"date:create\x002026-01-01T00:00:00+00:00") + chunk(b"zTXt", b"k\0\0" + zlib.compress(b"words"))
    + chunk(b"iTXt", b"k\0\1\0en\0k\0" + zlib.compress(b"words")) + idat + chunk(b"IEND", b""))
put("png", "two-idat.png", sig + ihdr + chunk(b"IDAT", zlib.compress(b"\0" * 14)[:5]) + chunk(b"IDAT", zlib.compress(b"\0" * 14)[5:])
    + chunk(b"IEND", b""))
put("png", "length-past-end.png", sig + p(">I", 0x7fffffff) + b"IHDR" + b"\0" * 13)
put("png", "length-overflows.png", sig + ihdr + p(">I", 0xffffffff) + b"tEXt" + b"\0" * 13)
put("png", "crc-wrong.png", sig + ihdr[:-1] + b"\0" + idat)
put("png", "idat-bad.png", sig + ihdr + chunk(b"IDAT", b"\xff" * 10) + chunk(b"IEND", b""))
put("png", "no-iend.png", sig + ihdr + idat)
put("png", "after-iend.png", sig + ihdr + idat + chunk(b"IEND", b"") + b"more")
put("png", "text-no-nul.png", sig + ihdr + chunk(b"tEXt", b"keyword") + chunk(b"zTXt", b"key") + chunk(b"iTXt", b"k\0\1"))

# pe
for seed in ("debug.exe", "plain.exe"):
    good = get("pe", seed)
    if good:
        pe, = struct.unpack_from(U32, good, 0x3c)
        put("pe", "lfanew-past-end.exe", patched(good, (0x3c, p(U32, 1 << 30))))
        put("pe", "lfanew-into-dos.exe", patched(good, (0x3c, p(U32, 4))))
        put("pe", "sections-65535.exe", patched(good, (pe + 6, p(U16, 65535))))
        put("pe", "optional-size-0.exe", patched(good, (pe + 20, p(U16, 0))))
        put("pe", "optional-size-huge.exe", patched(good, (pe + 20, p(U16, 0xffff))))
        put("pe", "directories-huge.exe", patched(good, (pe + 24 + 108, p(U32, 0xffffffff))))
        put("pe", "debug-directory-wild.exe", patched(good, (pe + 24 + 112 + 48, p("<II", 0xfffffff0, 0xffffffff))))
        put("pe", "symbols-wild.exe", patched(good, (pe + 12, p("<II", 64, 0x0fffffff))))
        put("pe", "cut.exe", good[:pe + 40])
        break

# mach-o
for seed in ("x86_64-apple-macos11.o",):
    good = get("macho", seed)
    if good:
        put("macho", "ncmds-huge." + seed, patched(good, (16, p(U32, 0xffffffff))))
        put("macho", "sizeofcmds-huge." + seed, patched(good, (20, p(U32, 0xffffffff))))
        put("macho", "cmdsize-0." + seed, patched(good, (36, p(U32, 0))))
        put("macho", "cmdsize-7." + seed, patched(good, (36, p(U32, 7))))
        put("macho", "cmdsize-huge." + seed, patched(good, (36, p(U32, 0xfffffff8))))
        put("macho", "cut." + seed, good[:60])
put("macho", "fat-count-huge", p(">II", 0xcafebabe, 44) + b"\1" * 40)
put("macho", "fat-offset-wild", p(">IIIIIII", 0xcafebabe, 1, 7, 3, 0xfffffff0, 0x1000, 12))
put("macho", "fat-self", p(">IIIIIII", 0xcafebabe, 1, 7, 3, 0, 28, 0))

# java
good = get("javaclass", "debug.class")
if good:
    put("javaclass", "pool-count-65535.class", patched(good, (8, b"\xff\xff")))
    put("javaclass", "pool-count-0.class", patched(good, (8, b"\0\0")))
    put("javaclass", "pool-tag-99.class", patched(good, (10, b"\x63")))
    put("javaclass", "cut.class", good[:len(good) - 20])
    put("javaclass", "attribute-length-wild.class", good[:-6] + b"\xff\xff\xff\xff" + good[-2:])
put("javaclass", "utf8-past-end.class", b"\xca\xfe\xba\xbe\0\0\0\x41\0\x03\x01\xff\xffabc")

# wasm
wasm = b"\0asm\1\0\0\0"
put("wasm", "empty.wasm", wasm)
put("wasm", "size-past-end.wasm", wasm + b"\0\xff\xff\xff\xff\x0f")
put("wasm", "size-leb-endless.wasm", wasm + b"\0" + b"\x80" * 40)
put("wasm", "custom-name-past-section.wasm", wasm + b"\0\3\x7fab")
put("wasm", "section-unknown.wasm", wasm + b"\x63\2ab")
put("wasm", "build-id.wasm", wasm + b"\0\x1a\x08build_id\x10" + b"\xaa" * 16)
put("wasm", "names.wasm", wasm + b"\0\x0f\x04name\0\2\1m\1\4\1\0\1f")

# gettext: magic, revision, count, originals, translations, hash size, hash offset
mo = lambda *v: p("<IIIIIII", 0x950412de, *v)
put("gettext", "count-huge.mo", mo(0, 0x7fffffff, 28, 28, 0, 28))
put("gettext", "offsets-past-end.mo", mo(0, 1, 1 << 30, 1 << 30, 0, 28))
put("gettext", "tables-overlap.mo", mo(0, 2, 28, 28, 0, 28) + p("<IIII", 3, 28, 3, 29) + b"abc\0")
put("gettext", "string-past-end.mo", mo(0, 1, 28, 36, 0, 44) + p("<IIII", 0xffffffff, 44, 5, 0xfffffffe))
put("gettext", "hash-huge.mo", mo(0, 0, 28, 28, 0xffffffff, 28))
put("gettext", "revision-unknown.mo", mo(0x00050007, 0, 28, 28, 0, 28))

# sqlite
good = get("sqlite", "t.db")
if good:
    put("sqlite", "page-size-0.db", patched(good, (16, b"\0\0")))
    put("sqlite", "page-size-7.db", patched(good, (16, b"\0\7")))
    put("sqlite", "page-size-65536.db", patched(good, (16, b"\0\1")))
    put("sqlite", "cells-65535.db", patched(good, (103, b"\xff\xff")))
    put("sqlite", "header-only.db", good[:100])
    put("sqlite", "magic-only.db", good[:16])

# gcov
good = get("gcov", "main.gcno")
if good:
    put("gcov", "record-length-wild.gcno", patched(good, (len(good) // 2 & ~3, b"\xff" * 4)))
    put("gcov", "cut.gcno", good[:len(good) // 2])
    put("gcov", "header-only.gcno", good[:12])
put("gcov", "string-past-end.gcno", b"oncg*21B" + b"\1\2\3\4" + b"\xff\xff\xff\x7f" + b"abcd")

# bitcode
put("bitcode", "wrapper-offset-wild.bc", p("<IIIII", 0x0b17c0de, 0, 0xfffffff0, 0x10, 7))
put("bitcode", "wrapper-size-wild.bc", p("<IIIII", 0x0b17c0de, 0, 20, 0xfffffff0, 7) + b"BC\xc0\xde")
put("bitcode", "wrapper-of-itself.bc", p("<IIIII", 0x0b17c0de, 0, 0, 20, 7))
put("bitcode", "magic-only.bc", b"BC\xc0\xde")
for seed in ("debug.bc",):
    good = get("bitcode", seed)
    if good:
        put("bitcode", "cut.bc", good[:len(good) // 3 & ~3])
        put("bitcode", "block-length-wild.bc", patched(good, (12, b"\xff" * 4)))
good = get("pch", "clang.pch")
if good:
    put("pch", "cut.pch", good[:100])
good = get("pch", "gcc.gch")
if good:
    put("pch", "cut.gch", good[:20])
put("pch", "gch-wild.gch", b"gpch.013" + b"\xff" * 64)

# shared decoders: which, hint, bytes
for which, name, data in ((0, "raw", deflated), (1, "zlib", z), (2, "gzip", get("gzip", "plain.gz")),
                          (3, "zstd", zst), (4, "lz4-block", b"\x50hello\x05\x00\x50world"),
                          (5, "xz", get("filter", "text.xz")), (5, "bzip2", get("filter", "text.bz2"))):
    if data:
        put("decode", name, bytes([which, 8]) + data)
        put("decode", name + "-hint-0", bytes([which, 0]) + data)
        put("decode", name + "-cut", bytes([which, 8]) + data[:len(data) * 2 // 3])
put("decode", "raw-distance-before-start", bytes([0, 8]) + b"\x4b\x84\x13\x00\xff\xff")
put("decode", "lz4-offset-before-start", bytes([4, 8]) + b"\x10a\xff\xff\x00")
put("decode", "lz4-length-endless", bytes([4, 255]) + b"\xf0" + b"\xff" * 200)

# GPU code in any file: a small object of nvcc (tests/gpu/fixture), and what the parts above made.
for target, seed, name in [("fatbin", "zstd.fatbin", "zstd.fatbin"), ("fatbin", "lz4-ptx.fatbin", "lz4-ptx.fatbin"),
                           ("hip_bundle", "two-bundles", "two-bundles"),
                           ("hip_bundle", "same-bytes-twice", "same-bytes-twice"),
                           ("hip_bundle", "offset-past-end", "offset-past-end")] + [
        ("hip_compressed", n, "ccob-" + n) for n in ("zlib-v1", "zlib-v2", "zlib-v3", "zstd-v2", "plain-huge",
                                                     "total-past-end", "two")]:
    seed = get(target, seed)
    if seed is not None:
        put("gpu", name, seed)
gpu_object = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "gpu", "fixture", "rdc.o")
with open(gpu_object, "rb") as f:
    gpu_object = f.read()


def gpu_archive(magic, *members):
    out = magic
    for name, data in members:
        out += b"%-16s%-12d%-6d%-6d%-8d%-10d`\n" % (name, 0, 0, 0, 644, len(data))
        if magic == b"!<arch>\n":
            out += data + b"\n" * (len(data) % 2)
    return out


put("gpu", "rdc.o", gpu_object)
put("gpu", "two-members.a", gpu_archive(b"!<arch>\n", (b"one.o/", gpu_object), (b"readme/", b"text")))
put("gpu", "member-cut.a", gpu_archive(b"!<arch>\n", (b"one.o/", gpu_object))[:3000])
put("gpu", "thin.a", gpu_archive(b"!<thin>\n", (b"not-there.o/", gpu_object)))
gpu_sections = struct.unpack_from(U64, gpu_object, 40)[0]
bend("gpu", "rdc.o", "sections-overlap.o", (gpu_sections + 64 + 24, p("<QQ", 64, len(gpu_object) - 64)))
bend("gpu", "rdc.o", "no-sections.o", (40, p(U64, 0)), (58, p("<HHH", 0, 0, 0)))
if get("gpu", "zstd.fatbin"):
    put("gpu", "container-cut.fatbin", get("gpu", "zstd.fatbin")[:-8])
gpu_entry = p("<HHIQIIHHIIIQQQ", 1, 0x101, 64, 0, 0, 0, 0, 9, 90, 0, 0, 0x11, 0, 0)
put("gpu", "headers-before-a-broken-chain", b"".join(
    p("<IHHQ", 0xBA55ED50, 1, 16, 16 * (399 - i) + 64 * 200) for i in range(400)) + gpu_entry * 199 + b"\xff" * 64)
for name, words in [("several", "8.0;9.0+PTX sm_90,sm_90a compute_75"), ("family", "sm_100f,120f"),
                    ("amd", "gfx90a:sramecc+:xnack-,gfx9-generic"), ("wrong", "sm_"),
                    ("number-huge", "sm_99999999999999999999"),
                    ("many", ",".join("sm_%d" % i for i in range(10, 300)))]:
    put("gpu_targets", name, words.encode())
