# SPDX-License-Identifier: Apache-2.0
# axes: inode
# setup: touch input
stat -c %i input >out
