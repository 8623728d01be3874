# SPDX-License-Identifier: Apache-2.0
# axes: host
uname -n >out
