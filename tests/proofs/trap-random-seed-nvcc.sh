# SPDX-License-Identifier: Apache-2.0
# cause: nvcc-temp-names
# try: nvcc -frandom-seed=1
# effect: no effect
# only: pid
# setup: printf '__global__ void add(int *p)\n{\n\t*p += 1;\n}\n' >k.cu
# needs: nvcc
nvcc -arch=sm_80 -c k.cu -o k.o
