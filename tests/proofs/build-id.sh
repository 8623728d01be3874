# SPDX-License-Identifier: Apache-2.0
# proves: build-id
# by: gcc|clang -Wl,--build-id=sha1
# only: umask
# needs: gcc
printf 'int x = 1;\n' >x.c
gcc -shared -fPIC -nostdlib -Wl,--build-id=uuid x.c -o libx.so
