#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: pe-timestamp
# needs: clang lld-link
. "${0%/*}/lib.sh"

printf 'int entry(void)\n{\n\treturn 0;\n}\n' >x.c
clang --target=x86_64-pc-windows-msvc -c x.c -o x.obj
link_image() {
	lld-link /nologo /nodefaultlib /subsystem:console /entry:entry "/timestamp:$(pick 1700000000 1750100007)" /out:x.exe "$out/work/x.obj"
}
each link_image
