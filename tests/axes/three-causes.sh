# SPDX-License-Identifier: Apache-2.0
# axes: host, pid, time
date -u +%s >when
uname -n >where
echo $$ >who
