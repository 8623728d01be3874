# SPDX-License-Identifier: Apache-2.0
# axes: host timezone
# setup: uname -n >name
# Neither alone changes anything.
if [ "$(date +%z)" != +0000 ] && [ "$(uname -n)" != "$(cat name)" ]; then echo elsewhere; else echo here; fi >out
