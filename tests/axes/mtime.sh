# SPDX-License-Identifier: Apache-2.0
# axes: mtime
# setup: touch -d @1700000000 input
stat -c %Y input >out
