# SPDX-License-Identifier: Apache-2.0
# axes: intrinsic
head -c 16 /dev/urandom | od -An -tx1 >out
