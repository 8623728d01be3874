#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: pyc-path
# needs: python3
. "${0%/*}/lib.sh"

compile() {
	printf 'def one():\n    return 1\n' >thing.py
	mkdir -p "$out/$side"
	python3 -c 'import py_compile, sys
py_compile.compile(sys.argv[1], sys.argv[2], invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)' "$PWD/thing.py" "$out/$side/thing.pyc"
}
places compile
