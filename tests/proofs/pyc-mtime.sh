# SPDX-License-Identifier: Apache-2.0
# proves: pyc-mtime
# by: SOURCE_DATE_EPOCH=$EPOCH
# only: mtime
# setup: echo 'x = 1' >thing.py
# needs: python3
python3 -m py_compile thing.py
