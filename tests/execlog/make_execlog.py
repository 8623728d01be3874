#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes an execution log as Bazel would for a C++ tree of a given size, without Bazel.

    make_execlog.py --spawns 100000 --diverge 500 --format compact OUT

Every spawn but the last few compiles one source with the headers of its package; 100
objects make an archive, 100 archives a program. --diverge N gives the N-th
compilation another output than the command and inputs explain, and whatever reads
it follows. --flag N gives the N-th compilation another argument, --header N
changes a header of the N-th package.

Formats: compact (ExecLogEntry in a zstd frame of stored blocks), binary (SpawnExec), json.
"""
import argparse
import hashlib
import json
import struct

PACKAGE = 100


def varint(n):
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def number(field, n):
    return varint(field << 3) + varint(n) if n else b""


def data(field, b):
    b = b.encode() if isinstance(b, str) else b
    return varint(field << 3 | 2) + varint(len(b)) + b


def packed(field, numbers):
    return data(field, b"".join(map(varint, numbers))) if numbers else b""


def digest(*what):
    return hashlib.sha256("\0".join(what).encode()).hexdigest()


class Zstd:
    """A zstd frame of stored blocks: what any decoder reads, and no encoder is needed for."""

    BLOCK = 1 << 17

    def __init__(self, f):
        self.f, self.left = f, bytearray()
        # no content size, no checksum, window of 128 KiB
        f.write(struct.pack("<IBB", 0xFD2FB528, 0, (17 - 10) << 3))

    def block(self, last):
        b = bytes(self.left[: self.BLOCK])
        del self.left[: self.BLOCK]
        self.f.write(struct.pack("<I", len(b) << 3 | last)[:3] + b)

    def write(self, b):
        self.left += b
        while len(self.left) >= self.BLOCK:
            self.block(0)

    def close(self):
        self.block(1)


class Compact:
    def __init__(self, f):
        self.out, self.next, self.files, self.sets = Zstd(f), 0, {}, {}
        self.entry(0, 2, data(1, "SHA-256") + data(2, "_main"))

    def entry(self, ident, field, body):
        message = number(1, ident) + data(field, body)
        self.out.write(varint(len(message)) + message)

    def new(self, field, body):
        self.next += 1
        self.entry(self.next, field, body)
        return self.next

    def file(self, path, hash_, size):
        key = (path, hash_)
        if key not in self.files:
            self.files[key] = self.new(3, data(1, path) + data(2, data(1, hash_) + number(2, size)))
        return self.files[key]

    def set(self, files, sets=()):
        key = (tuple(files), tuple(sets))
        if key not in self.sets:
            body = packed(5, [self.file(*f) for f in files]) + packed(4, [self.set(*s) for s in sets])
            self.sets[key] = self.new(6, body)
        return self.sets[key]

    def spawn(self, s):
        inputs = self.set(s["files"], s["sets"])
        tools = self.set(s["tools"])
        outputs = b"".join(data(6, number(5, self.file(*o))) for o in s["outputs"])
        body = b"".join(data(1, a) for a in s["args"])
        body += b"".join(data(2, data(1, k) + data(2, v)) for k, v in s["env"])
        body += number(4, inputs) + number(5, tools) + outputs
        body += data(7, s["target"]) + data(8, s["mnemonic"]) + data(11, "linux-sandbox")
        body += number(13, 1) + number(14, 1)
        # what nobody refers to again need not be remembered
        for o in s["outputs"]:
            if not s["keep"]:
                self.files.pop(o[:2], None)
        self.sets.pop((tuple(s["files"]), tuple(s["sets"])), None)
        self.entry(0, 7, body)

    def close(self):
        self.out.close()


def flatten(s):
    out = []
    for inner in s["sets"]:
        out += inner[0]
    return sorted(set(out) | set(s["files"]))


class Binary:
    def __init__(self, f):
        self.f = f

    @staticmethod
    def file(f, tool=False):
        path, hash_, size = f
        return data(1, path) + data(2, data(1, hash_) + number(2, size) + data(3, "SHA-256")) + number(3, int(tool))

    def spawn(self, s):
        body = b"".join(data(1, a) for a in s["args"])
        body += b"".join(data(2, data(1, k) + data(2, v)) for k, v in s["env"])
        body += b"".join(data(4, self.file(f, f in s["tools"])) for f in flatten(s))
        body += b"".join(data(5, o[0]) for o in s["outputs"]) + number(6, 1) + number(7, 1)
        body += data(10, s["mnemonic"]) + b"".join(data(11, self.file(o)) for o in s["outputs"])
        body += data(12, "linux-sandbox") + data(18, s["target"])
        self.f.write(varint(len(body)) + body)

    def close(self):
        pass


class Json:
    def __init__(self, f):
        self.f = f

    @staticmethod
    def file(f, tool=False):
        path, hash_, size = f
        j = {"path": path, "digest": {"hash": hash_, "sizeBytes": str(size), "hashFunctionName": "SHA-256"}}
        return dict(j, isTool=True) if tool else j

    def spawn(self, s):
        j = {
            "commandArgs": s["args"],
            "environmentVariables": [{"name": k, "value": v} for k, v in s["env"]],
            "inputs": [self.file(f, f in s["tools"]) for f in flatten(s)],
            "listedOutputs": [o[0] for o in s["outputs"]],
            "remotable": True,
            "cacheable": True,
            "mnemonic": s["mnemonic"],
            "actualOutputs": [self.file(o) for o in s["outputs"]],
            "runner": "linux-sandbox",
            "targetLabel": s["target"],
        }
        self.f.write(json.dumps(j, indent=2).encode())

    def close(self):
        pass


ENV = [("PATH", "/bin:/usr/bin"), ("PWD", "/proc/self/cwd")]
COMPILER = ("external/cc/bin/clang", digest("clang"), 90000000)
BIN = "bazel-out/k8-fastbuild/bin/"


def action(mnemonic, target, args, files, sets, outputs, keep):
    return {
        "mnemonic": mnemonic, "target": target, "args": args, "env": ENV, "tools": (COMPILER,),
        "files": tuple(files), "sets": tuple(sets), "outputs": outputs, "keep": keep,
    }


def compilation(i, o, headers):
    package = "pkg/p%d" % (i // PACKAGE)
    source = ("%s/f%d.cc" % (package, i), digest("source", str(i)), 1000 + i % 977)
    out = "%s%s/_objs/lib/f%d.o" % (BIN, package, i)
    args = ["external/cc/bin/clang", "-c", source[0], "-o", out] + (["-DFLAG"] if i == o.flag else [])
    made = digest("object", str(i), str(i == o.diverge), str(i == o.flag), *(h[1] for h in headers))
    return action("CppCompile", "//%s:lib" % package, args, [source], [(headers, ()), ((COMPILER,), ())],
                  [(out, made, 5000 + i % 1009)], True)


def joined(mnemonic, target, out, inputs, size):
    made = digest(out, *(f[1] for f in inputs))
    return action(mnemonic, target, ["external/cc/bin/clang", "-o", out], inputs, [((COMPILER,), ())],
                  [(out, made, size)], True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--spawns", type=int, default=1000)
    p.add_argument("--diverge", type=int, default=-1)
    p.add_argument("--flag", type=int, default=-1)
    p.add_argument("--header", type=int, default=-1)
    p.add_argument("--format", choices=["compact", "binary", "json"], default="compact")
    p.add_argument("out")
    o = p.parse_args()
    with open(o.out, "wb") as f:
        log = {"compact": Compact, "binary": Binary, "json": Json}[o.format](f)
        objects, archives = [], []
        for i in range(o.spawns):
            package = i // PACKAGE
            if i % PACKAGE == 0:
                headers = tuple(("pkg/p%d/h%d.h" % (package, h), digest("header", str(package), str(h),
                                 str(h == 0 and package == o.header)), 400) for h in range(10))
            c = compilation(i, o, headers)
            log.spawn(c)
            objects += c["outputs"]
            if len(objects) == PACKAGE or i + 1 == o.spawns:
                a = joined("CppArchive", "//pkg/p%d:lib" % package, "%spkg/p%d/liblib.a" % (BIN, package), objects,
                           600000)
                log.spawn(a)
                archives += a["outputs"]
                objects = []
            if archives and (len(archives) == PACKAGE or i + 1 == o.spawns):
                log.spawn(joined("CppLink", "//app:a%d" % (package // PACKAGE), "%sapp/a%d" % (BIN, package // PACKAGE),
                                 archives, 90000000))
                archives = []
        log.close()


if __name__ == "__main__":
    main()
