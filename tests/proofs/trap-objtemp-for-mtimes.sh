# SPDX-License-Identifier: Apache-2.0
# cause: nvcc-source-mtime
# try: nvcc -objtemp
# effect: no effect
# only: mtime
# setup: printf '__global__ void add(int *p)\n{\n\t*p += 1;\n}\n' >k.cu
# needs: nvcc
nvcc -arch=sm_80 -lineinfo --no-compress -c k.cu -o k.o
