#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: nvcc-temp-names
# needs: nvcc
. "${0%/*}/lib.sh"

printf '__global__ void add(int *p)\n{\n\t*p += 1;\n}\n' >k.cu
compile_kernel() {
	touch -d @1700000000 "$out/work/k.cu"
	(cd "$out/work" && nvcc -arch=sm_80 -c k.cu -o "$out/$side/k.o")
}
each compile_kernel
