# SPDX-License-Identifier: Apache-2.0
# axes: kernel
uname -r >out
