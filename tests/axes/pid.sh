# SPDX-License-Identifier: Apache-2.0
# axes: pid
echo $$ >out
