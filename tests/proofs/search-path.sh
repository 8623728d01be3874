# SPDX-License-Identifier: Apache-2.0
# proves: search-path
# by: PATH=/usr/local/bin:/usr/bin:/bin
# only: path
echo "tools are looked for in $PATH" >config.log
