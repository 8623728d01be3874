# SPDX-License-Identifier: Apache-2.0
# proves: ar-owner
# by: ar|gcc-ar D
# only: user
# setup: printf 'int x;\n' | gcc -x c -c - -o x.o
# needs: gcc ar
ar rcU libx.a x.o
