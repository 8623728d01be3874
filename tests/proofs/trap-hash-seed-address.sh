# SPDX-License-Identifier: Apache-2.0
# cause: object-address
# try: PYTHONHASHSEED=0
# effect: no effect
# only: aslr
# needs: python3
python3 -c 'print(object())' >out
