#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: unexplained
# needs: python3
. "${0%/*}/lib.sh"

each python3 -c 'import os
side = os.path.basename(os.getcwd())
open("noise.bin", "wb").write(b"\x01\x02\x03\x04\x80\x81" + (b"\x13" if side == "a" else b"\x95") + b"\x90\x91\x92\x00\x01")'
