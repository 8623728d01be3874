# SPDX-License-Identifier: Apache-2.0
# proves: hash-order
# by: PYTHONHASHSEED=0
# only: hash-seed
# needs: python3
python3 -c 'print({"alpha", "beta", "gamma", "delta"})' >set.txt
