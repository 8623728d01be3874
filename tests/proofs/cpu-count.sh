# SPDX-License-Identifier: Apache-2.0
# proves: cpu-count
# by: OMP_NUM_THREADS=1
# only: cpus
echo "make -j$(nproc)" >build.log
