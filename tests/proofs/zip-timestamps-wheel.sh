# SPDX-License-Identifier: Apache-2.0
# proves: zip-timestamps
# by: SOURCE_DATE_EPOCH=$EPOCH
# only: mtime
# setup: echo 'x = 1' >thing.py
# needs: python3
# As the writers of wheels do.
python3 - <<'P'
import os, time, zipfile
t = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", os.stat("thing.py").st_mtime)))
with zipfile.ZipFile("thing-1-py3-none-any.whl", "w") as z:
    z.writestr(zipfile.ZipInfo("thing.py", t[:6]), open("thing.py").read())
P
