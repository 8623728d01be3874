#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: pe-debug-guid
# needs: clang lld-link python3
. "${0%/*}/lib.sh"

printf 'int entry(void)\n{\n\treturn 0;\n}\n' >x.c
clang --target=x86_64-pc-windows-msvc -g -gcodeview -c x.c -o x.obj
link_image() {
	(cd "$out/work" && lld-link /nologo /nodefaultlib /debug /subsystem:console /entry:entry /timestamp:1700000000 /pdbaltpath:x.pdb \
		"/out:x.exe" x.obj && mv x.exe "$out/$side")
	patch x.exe "at = data.index(b'RSDS'); data[at + 4:at + 20] = bytes((i * $(pick 7 11) + 1) & 255 for i in range(16))"
}
each link_image
