# SPDX-License-Identifier: Apache-2.0
# axes: tmpdir
echo "scratch is $TMPDIR" >out
