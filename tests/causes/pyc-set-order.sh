#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: pyc-set-order
# needs: python3.10
. "${0%/*}/lib.sh"

python3.10 -c '' 2>/dev/null || cannot 'needs python3.10'
echo 'def f(x): return x in {"alpha", "beta", "gamma", "delta"}' >thing.py
compile_module() {
	PYTHONHASHSEED=$(pick 1 2) python3.10 -c 'import py_compile, sys
py_compile.compile(sys.argv[1], "thing.pyc", dfile="thing.py", invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)' "$out/work/thing.py"
}
each compile_module
