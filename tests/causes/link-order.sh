#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: link-order
# needs: gcc
. "${0%/*}/lib.sh"

for name in one two three four; do
	printf 'int %s_data[] = { 1, 2, 3 };\nint %s(int n)\n{\n\treturn n * %s_data[n & 1] + %d;\n}\n' $name $name $name ${#name} >$name.c
	gcc -O2 -fPIC -c $name.c -o $name.o
done
link_library() {
	(cd "$out/work" && gcc -shared -nostdlib -Wl,--build-id=none \
		$(pick 'one.o two.o three.o four.o' 'three.o one.o four.o two.o') -o "$out/$side/libx.so")
}
each link_library
