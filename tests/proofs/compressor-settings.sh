# SPDX-License-Identifier: Apache-2.0
# proves: compressor-settings
# by: xz -T1
# only: cpus
# needs: xz
# With more than one thread xz writes blocks of a fixed size, with one a single block.
seq 1 300000 | xz -0 "-T$(nproc)" >file.xz
