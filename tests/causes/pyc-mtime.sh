#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: pyc-mtime
# needs: python3
. "${0%/*}/lib.sh"

echo 'x = 1' >thing.py
compile_module() {
	touch -d "@$(pick 1700000000 1750100007)" "$out/work/thing.py"
	python3 -c 'import py_compile, sys; py_compile.compile(sys.argv[1], "thing.pyc", dfile="thing.py")' "$out/work/thing.py"
}
each compile_module
