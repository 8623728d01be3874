# SPDX-License-Identifier: Apache-2.0
# proves: pyc-set-order
# by: PYTHONHASHSEED=0
# only: hash-seed
# setup: python3.10 -c '' 2>/dev/null || { echo 'needs python3.10'; exit 77; }
echo 'def f(x): return x in {"alpha", "beta", "gamma", "delta"}' >thing.py
python3.10 -c 'import py_compile
py_compile.compile("thing.py", "thing.pyc", invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)'
