#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: clang-pch-timestamp
# needs: clang
. "${0%/*}/lib.sh"

echo 'static inline int one(void) { return 1; }' >x.h
compile_header() {
	touch -d "@$(pick 1700000000 1750100007)" "$out/work/x.h"
	(cd "$out/work" && clang -x c-header x.h -o x.pch && mv x.pch "$out/$side")
}
each compile_header
