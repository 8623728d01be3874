# SPDX-License-Identifier: Apache-2.0
# cause: zip-timestamps
# try: zip -X
# effect: partly
# only: mtime
# setup: echo content >file
# needs: zip
zip -q file.zip file
