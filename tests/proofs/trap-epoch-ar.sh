# SPDX-License-Identifier: Apache-2.0
# cause: ar-timestamps
# try: SOURCE_DATE_EPOCH=1700000000
# effect: no effect
# only: mtime
# setup: printf 'int x;\n' | gcc -x c -c - -o x.o
# needs: gcc ar
ar rcU libx.a x.o
