# SPDX-License-Identifier: Apache-2.0
# axes: atime
# setup: touch -d @1700000000 input
stat -c %X input >out
