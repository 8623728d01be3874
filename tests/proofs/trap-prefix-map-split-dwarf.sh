# SPDX-License-Identifier: Apache-2.0
# cause: split-dwarf
# try: clang -ffile-prefix-map=$PWD=.
# effect: no effect
# only: build-path
# needs: clang
# The place of the .dwo file is what -o says, and no directory of a source.
printf 'int x = 1;\n' >x.c
clang -g -gdwarf-5 -gsplit-dwarf -fdebug-compilation-dir=. -c x.c -o "$PWD/x.o"
