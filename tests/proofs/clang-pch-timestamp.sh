# SPDX-License-Identifier: Apache-2.0
# proves: clang-pch-timestamp
# by: clang|clang++ -Xclang -fno-pch-timestamp
# only: mtime
# setup: echo 'static inline int one(void) { return 1; }' >x.h
# needs: clang
clang -x c-header x.h -o x.pch
