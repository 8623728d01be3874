# SPDX-License-Identifier: Apache-2.0
# axes: home
echo "home is $HOME" >out
