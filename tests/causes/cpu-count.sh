#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: cpu-count
# needs: nproc
. "${0%/*}/lib.sh"

each sh -c 'case $PWD in */a) n=3 ;; *) n=12 ;; esac; echo "make -j$(OMP_NUM_THREADS=$n nproc)" >build.log'
