# SPDX-License-Identifier: Apache-2.0
# axes:
echo "the same each time" >out
