# SPDX-License-Identifier: Apache-2.0
# cause: gcc-pch
# try: gcc -ffile-prefix-map=$PWD=.
# effect: no effect
# only: aslr
# setup: echo 'static inline int one(void) { return 1; }' >x.h
# needs: gcc
gcc -x c-header x.h -o x.h.gch
