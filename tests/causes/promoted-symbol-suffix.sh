#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: promoted-symbol-suffix
# needs: clang ld.lld
. "${0%/*}/lib.sh"

compile() {
	printf 'static int hidden(int n)\n{\n\tasm volatile("" : "+r"(n));\n\treturn n;\n}\nint (*choose(void))(int)\n{\n\treturn hidden;\n}\n' >x.c
	printf 'int (*choose(void))(int);\nint use(int n)\n{\n\treturn choose()(n);\n}\n' >y.c
	clang -O2 -fPIC -flto=thin -c "$PWD/x.c" -o x.o
	clang -O2 -fPIC -flto=thin -c "$PWD/y.c" -o y.o
	mkdir -p "$out/$side"
	ld.lld -shared --build-id=none "$PWD/x.o" "$PWD/y.o" -o "$out/$side/libx.so"
}
places compile
