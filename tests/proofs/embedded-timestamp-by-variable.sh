# SPDX-License-Identifier: Apache-2.0
# proves: embedded-timestamp
# by: SOURCE_DATE_EPOCH=$EPOCH
# only: time
# needs: python3
python3 -c 'import os, time
print("built", time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))))' >out
