# SPDX-License-Identifier: Apache-2.0
# axes: cpus
nproc >out
