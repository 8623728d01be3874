# SPDX-License-Identifier: Apache-2.0
# axes: network
# needs-network
wc -l </proc/net/dev >out
