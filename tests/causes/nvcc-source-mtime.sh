#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: nvcc-source-mtime
# needs: nvcc
. "${0%/*}/lib.sh"

printf '__global__ void add(int *p)\n{\n\t*p += 1;\n}\n' >k.cu
compile_kernel() {
	touch -d "@$(pick 1700000000 1750100007)" "$out/work/k.cu"
	(cd "$out/work" && nvcc -arch=sm_80 -lineinfo -objtemp --no-compress -c k.cu -o k.o && mv k.o "$out/$side/k.o")
}
each compile_kernel
