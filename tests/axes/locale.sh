# SPDX-License-Identifier: Apache-2.0
# axes: locale
printf '%s\n' b A z B a Z >list
sort list >out
rm list
