# SPDX-License-Identifier: Apache-2.0
# proves: build-id
# by: ld|*-ld --build-id=sha1
# only: umask
# setup: printf 'int x = 1;\n' | gcc -fPIC -x c -c - -o x.o
# needs: gcc ld
ld -shared --build-id=uuid x.o -o libx.so
