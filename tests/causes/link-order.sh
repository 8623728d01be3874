#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: link-order
# needs: gcc
. "${0%/*}/lib.sh"

n=7
for name in one two three four; do
	n=$((n * 3))
	printf 'int %s_data[] = { %d, %d, %d };\nint %s(int n)\n{\n\treturn n * %s_data[n & 1] + %d;\n}\n' \
		$name $n $((n + 1)) $((n * 5)) $name $name $n >$name.c
	gcc -O2 -fPIC -fno-asynchronous-unwind-tables -c $name.c -o $name.o
done
link_library() {
	(cd "$out/work" && gcc -shared -nostdlib -Wl,--build-id=none \
		$(pick 'one.o two.o three.o four.o' 'three.o one.o four.o two.o') -o "$out/$side/libx.so")
}
each link_library
