# SPDX-License-Identifier: Apache-2.0
# cause: archive-member-order
# try: ar D
# effect: no effect
# only: locale
# setup: for n in alpha Beta gamma Delta; do echo "int $n;" | gcc -x c -c - -o $n.o; done
# needs: gcc ar
ar rcD libx.a $(ls *.o)
