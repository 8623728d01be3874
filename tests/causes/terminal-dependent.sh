#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: terminal-dependent
# needs: gcc script tty
. "${0%/*}/lib.sh"

printf 'int f(void)\n{\n\tint unused;\n\treturn 0;\n}\n' >x.c
# The terminal's end of line, \r\n, is made \n, so that what the compiler and tty(1) do about it is all that differs.
in_terminal() {
	script -qec "$1" /dev/null </dev/null | tr -d '\r'
}
record() {
	if [ "$side" = a ]; then
		gcc -Wall -fmessage-length=0 -c "$out/work/x.c" -o x.o 2>warnings.txt
		tty </dev/null >tty.txt || :
	else
		TERM=xterm-256color in_terminal "gcc -Wall -fmessage-length=0 -c '$out/work/x.c' -o x.o" >warnings.txt
		in_terminal tty >tty.txt
	fi
	rm -f x.o
}
each record
