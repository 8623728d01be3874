# SPDX-License-Identifier: Apache-2.0
# proves: line-order
# by: PYTHONHASHSEED=0
# only: hash-seed
# needs: python3
python3 -c 'print(*{"alpha line", "beta line", "gamma line", "delta line", "epsilon line"}, sep="\n")' >set.txt
