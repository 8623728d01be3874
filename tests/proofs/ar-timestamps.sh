# SPDX-License-Identifier: Apache-2.0
# proves: ar-timestamps
# by: ar|gcc-ar D
# only: mtime
# setup: printf 'int x;\n' | gcc -x c -c - -o x.o
# needs: gcc ar
ar rcU libx.a x.o
