# SPDX-License-Identifier: Apache-2.0
# cause: gzip-timestamps
# try: GZIP=-n
# effect: no effect
# only: mtime
# setup: echo content >file
# needs: python3
# Programs other than gzip ignore its variable.
python3 -c 'import gzip, os
with open("file.gz", "wb") as f, gzip.GzipFile("", "wb", 9, f, os.stat("file").st_mtime) as g:
    g.write(b"content\n")'
