# SPDX-License-Identifier: Apache-2.0
# cause: timezone
# try: SOURCE_DATE_EPOCH=1700000000
# effect: no effect
# only: timezone
# needs: python3
# The moment is right, and still written in local time.
python3 -c 'import os, time
print(time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(int(os.environ.get("SOURCE_DATE_EPOCH", "1700000000")))))' >out
