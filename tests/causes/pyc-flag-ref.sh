#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: pyc-flag-ref
# needs: python3
# The same code object, once while somebody else holds its names and once not.
. "${0%/*}/lib.sh"

echo 'x = "a name, 10"' >thing.py
compile_module() {
	python3 - "$side" <<-'END'
		import importlib.util, marshal, sys
		held = []
		code = compile("x = (1.5, 'some text, 7')", "thing.py", "exec")
		if sys.argv[1] == "b":
		    held = [code.co_consts, code.co_consts[0], code]
		body = bytearray(marshal.dumps(code))
		open("thing.pyc", "wb").write(importlib.util.MAGIC_NUMBER + bytes([1, 0, 0, 0]) + bytes(8) + body)
	END
}
each compile_module
cmp -s "$out/a/thing.pyc" "$out/b/thing.pyc" && cannot "this python marks references alike"
exit 0
