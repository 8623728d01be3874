# SPDX-License-Identifier: Apache-2.0
# cause: pyc-mtime
# try: PYTHONHASHSEED=0
# effect: no effect
# only: mtime
# setup: echo 'x = 1' >thing.py
# needs: python3
python3 -m py_compile thing.py
