#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: input-changed
# needs: python3
. "${0%/*}/lib.sh"

compile_module() {
	pick 'x = 1' 'x = 1 # one' >thing.py
	touch -d @1700000000 thing.py
	python3 -c 'import py_compile; py_compile.compile("thing.py", "thing.pyc", dfile="thing.py")'
	rm thing.py
}
each compile_module
