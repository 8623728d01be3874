# SPDX-License-Identifier: Apache-2.0
# axes: tty
if [ -t 0 ]; then echo terminal; else echo none; fi >out
