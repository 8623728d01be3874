# SPDX-License-Identifier: Apache-2.0
# axes: path
echo "$PATH" >out
