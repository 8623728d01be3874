#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Seeds for the readers of execution logs: every kind of entry, and things made wrong.

    make_execlogs.py CORPUS
"""
import io
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "execlog"))
from make_execlog import Zstd, data, number, packed, varint  # noqa: E402

H = ["%064x" % (i * 0x1234567) for i in range(1, 9)]


def frame(b):
    return varint(len(b)) + b


def entry(ident, field, body):
    return frame(number(1, ident) + data(field, body))


def file(path, i, size=5):
    return data(1, path) + data(2, data(1, H[i]) + number(2, size))


def compact():
    env = data(2, data(1, "PATH") + data(2, "/bin"))
    platform = data(3, data(1, data(1, "OS") + data(2, "linux")))
    return [
        entry(0, 2, data(1, "SHA-256") + data(2, "_main") + number(3, 1)),
        entry(1, 3, file("a.c", 0)),
        entry(2, 3, data(1, "empty.h")),
        entry(40, 4, data(1, "dir") + data(2, file("x", 1)) + data(2, file("y", 2))),
        entry(3, 5, data(1, "link") + data(2, "../target")),
        entry(4, 6, packed(5, [1, 2])),
        entry(5, 6, number(5, 40) + number(5, 3) + packed(4, [4])),
        entry(6, 9, data(1, data(1, "bin/tool") + number(2, 1))),
        entry(7, 9, packed(2, [6])),
        entry(8, 10, data(1, "t.runfiles") + number(2, 4) + number(3, 7) + number(4, 6) + data(5, "e.py") +
              data(6, file("", 3)) + number(7, 1)),
        entry(9, 6, packed(5, [8]) + packed(4, [5])),
        entry(10, 3, file("bazel-out/bin/a.o", 4)),
        entry(0, 7, data(1, "cc") + data(1, "-c") + env + platform + number(4, 9) + number(5, 4) +
              data(6, number(5, 10)) + data(6, data(4, "bazel-out/bin/a.d")) + data(7, "//:a") +
              data(8, "CppCompile") + number(9, 1) + data(10, "NON_ZERO_EXIT") + data(11, "local") + number(12, 1) +
              number(14, 1) + data(16, data(1, H[5]) + number(2, 9)) + number(17, 1000)),
        entry(0, 8, data(1, "bazel-out/bin/a.o") + data(2, "bazel-out/bin/b.o") + data(3, "//:b") + data(4, "Symlink")),
        entry(11, 3, file("bazel-out/bin/b.o", 4)),
        entry(12, 6, packed(5, [11])),
        entry(0, 7, number(4, 12) + data(6, number(5, 11))),
    ]


def zstd(b):
    f = io.BytesIO()
    z = Zstd(f)
    z.write(b)
    z.close()
    return f.getvalue()


def spawn():
    f = file("a.c", 0)
    return (data(1, "cc") + data(2, data(1, "PATH") + data(2, "/bin")) + data(3, data(1, data(1, "OS") + data(2, "l"))) +
            data(4, f + number(3, 1)) + data(4, data(1, "l") + data(4, "t")) + data(5, "o/a.d") + data(5, "o/a.o") +
            number(7, 1) + data(10, "M") + data(11, file("o/a.o", 1)) + data(12, "local") + number(13, 1) +
            data(14, "x") + number(15, 1) + data(18, "//:a") + data(19, data(1, H[2]) + number(2, 3)))


JSON = {"commandArgs": ["cc"], "environmentVariables": [{"name": "PATH", "value": "/bin"}],
        "platform": {"properties": [{"name": "OS", "value": "linux"}]},
        "inputs": [{"path": "a.c", "digest": {"hash": H[0], "sizeBytes": "5", "hashFunctionName": "SHA-256"}, "isTool": True},
                   {"path": "l", "symlinkTargetPath": "t"}],
        "listedOutputs": ["o/a.d", "o/a.o"], "mnemonic": "M", "remoteCacheHit": False, "exitCode": 1, "timeoutMillis": "0",
        "actualOutputs": [{"path": "o/a.o", "digest": {"hash": H[1], "sizeBytes": "7"}}]}
RAN = {"reason": "build", "identity": "root//a:b (cfg#1) (cxx_compile m.cpp)",
       "reproducer": {"executor": "Local", "details": {"command": ["cc"], "env": {"A": "1"}}}, "duration": "1"}
RE = {"reason": "build", "identity": "root//a:b (cfg#1) (link)",
      "reproducer": {"executor": "Re", "details": {"digest": "ab:1", "platform_properties": {"p": "q"}}}}
EVENT = {"Event": {"span_id": 2, "data": {"SpanEnd": {"data": {"ActionExecution": {
    "key": {"id": "0", "owner": {"TargetLabel": {"label": {"package": "root//a", "name": "b"},
                                                  "configuration": {"full_name": "cfg"}}}, "key": "k"},
    "name": {"category": "cxx", "identifier": "m"}, "failed": True, "outputs": [{"tiny_digest": "abc"}, {"tiny_digest": "d"}],
    "commands": [{"details": {"signed_exit_code": 1, "command_kind": {"command": {"LocalCommand": {
        "argv": ["cc"], "env": [{"key": "A", "value": "1"}], "action_digest": "d:1"}}}}}]}}}}}}


def main():
    top = sys.argv[1]

    def put(target, name, b):
        os.makedirs(os.path.join(top, "execlog_" + target), exist_ok=True)
        with open(os.path.join(top, "execlog_" + target, name), "wb") as f:
            f.write(b)

    c = compact()
    head = c[0]
    put("compact", "every-entry", b"".join(c))
    put("compact", "every-entry.zst", zstd(b"".join(c)))
    put("compact", "two-frames.zst", zstd(b"".join(c[:8])) + zstd(b"".join(c[8:])))
    put("compact", "set-of-itself", head + entry(1, 6, packed(4, [1])))
    put("compact", "sets-in-a-cycle", head + entry(1, 6, packed(4, [2])) + entry(2, 6, packed(4, [1])))
    put("compact", "id-unknown", head + entry(0, 7, number(4, 77)))
    put("compact", "id-twice", head + c[1] + c[1])
    put("compact", "id-over-32-bits", head + frame(number(1, 1 << 40) + data(3, b"")))
    put("compact", "id-of-another-kind", head + c[1] + entry(2, 6, packed(4, [1])))
    put("compact", "length-absurd", head + varint(1 << 62) + b"x")
    put("compact", "length-past-end", head + varint(1 << 20) + b"x")
    put("compact", "varint-endless", head + b"\xff" * 32)
    put("compact", "packed-cut", head + entry(1, 6, data(5, b"\x80")))
    put("compact", "many-inner-sets", head + entry(1, 6, b"") + b"".join(entry(i, 6, packed(4, [i - 1] * 40)) for i in range(2, 60)))
    put("compact", "zstd-cut.zst", zstd(b"".join(c))[:-9])
    put("compact", "zstd-garbage.zst", b"\x28\xb5\x2f\xfd" + b"\xff" * 40)
    put("binary", "spawn", frame(spawn()))
    put("binary", "spawns", frame(spawn()) * 3)
    put("binary", "spawns.zst", zstd(frame(spawn()) * 3))
    put("binary", "field-of-another-type", frame(number(1, 5) + number(4, 5) + spawn()))
    put("binary", "input-cut", frame(data(1, "cc") + data(4, b"\x0a\x05ab") + data(10, "M")))
    put("binary", "nothing-in-it", frame(b""))
    one = json.dumps(JSON).encode()
    put("json", "one", one)
    put("json", "pretty", json.dumps(JSON, indent=2).encode() * 2)
    put("json", "array", b"[" + one + b",\n" + one + b"]")
    put("json", "zstd.zst", zstd(one))
    put("json", "other-types", json.dumps({k: 7 for k in JSON}).encode() + json.dumps({k: [[]] for k in JSON}).encode())
    put("json", "deep", b'{"commandArgs":' + b"[" * 4000 + b"]" * 4000 + b"}")
    put("json", "unclosed-string", one[:-2] + b'"')
    put("json", "not-utf-8", one.replace(b"local", b"\xff\xfe").replace(b"a.c", b"\xff"))
    put("buck2", "what-ran", b"\n".join(json.dumps(j).encode() for j in (RAN, RE, RAN)))
    put("buck2", "events", b"\n".join(json.dumps(j).encode() for j in ({"command_line_args": []}, EVENT, {"Result": {}})))
    put("buck2", "events.zst", zstd(json.dumps({"trace_id": "x"}).encode() + json.dumps(EVENT).encode() * 2))
    put("buck2", "event-of-other-types", json.dumps({"Event": {"data": {"SpanEnd": {"data": {"ActionExecution": [1]}}}}}).encode())
    put("buck2", "identity-odd", json.dumps(dict(RAN, identity="(")).encode() + json.dumps(dict(RAN, identity=" )(")).encode())


main()
