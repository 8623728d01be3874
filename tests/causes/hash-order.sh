#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: hash-order
# needs: python3
. "${0%/*}/lib.sh"

print_set() {
	PYTHONHASHSEED=$(pick 1 2) python3 -c 'print({"alpha", "beta", "gamma", "delta"})' >set.txt
}
each print_set
