#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: nvcc-path-hash
# needs: nvcc
. "${0%/*}/lib.sh"

compile_kernel() {
	printf '__device__ int counter;\nstatic __device__ int hidden;\n__global__ void add(int *p)\n{\n\t*p += counter + hidden++;\n}\n' >k.cu
	touch -d @1700000000 k.cu
	mkdir -p "$out/$side"
	nvcc -arch=sm_80 -rdc=true -objtemp -c k.cu -o k.o
	mv k.o "$out/$side/k.o"
}
places compile_kernel
