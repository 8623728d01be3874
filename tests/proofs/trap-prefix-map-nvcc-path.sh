# SPDX-License-Identifier: Apache-2.0
# cause: nvcc-path-hash
# try: nvcc -Xcompiler -ffile-prefix-map=$PWD=.
# effect: no effect
# only: build-path
# setup: printf '__device__ int counter;\n__global__ void add(int *p)\n{\n\t*p += counter++;\n}\n' >k.cu
# needs: nvcc
nvcc -arch=sm_80 -rdc=true -objtemp -c k.cu -o k.o
