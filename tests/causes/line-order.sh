#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: line-order
# needs: python3
. "${0%/*}/lib.sh"

print_set() {
	PYTHONHASHSEED=$(pick 1 2) python3 -c 'print(*{"alpha line", "beta line", "gamma line", "delta line", "epsilon line"}, sep="\n")' >set.txt
}
each print_set
