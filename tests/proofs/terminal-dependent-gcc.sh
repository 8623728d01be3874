# SPDX-License-Identifier: Apache-2.0
# proves: terminal-dependent
# by: gcc|clang -fdiagnostics-color=never
# only: tty
# needs: gcc
printf 'int f(void)\n{\n\tint unused;\n\treturn 0;\n}\n' >x.c
if [ -t 2 ]; then color=always; else color=never; fi
gcc -Wall -fdiagnostics-color=$color -c x.c -o x.o 2>warnings.txt
