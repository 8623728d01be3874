# SPDX-License-Identifier: Apache-2.0
# axes: hash-seed
# needs: python3
python3 -c 'print(hash("the same text"))' >out
