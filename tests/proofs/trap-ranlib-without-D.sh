# SPDX-License-Identifier: Apache-2.0
# cause: ar-timestamps
# try: ar D
# effect: no effect
# only: time
# setup: printf 'int x;\n' | gcc -x c -c - -o x.o
# needs: gcc ar ranlib
ar rcD libx.a x.o
ranlib -U libx.a
