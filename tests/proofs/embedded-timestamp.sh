# SPDX-License-Identifier: Apache-2.0
# proves: embedded-timestamp
# by: date -u -d @$EPOCH
# only: time
echo "built on $(date '+%Y-%m-%d %H:%M:%S')" >out
