# SPDX-License-Identifier: Apache-2.0
# axes: aslr
grep -m 1 stack /proc/self/maps | cut -d- -f1 >out
