# SPDX-License-Identifier: Apache-2.0
# cause: tar-timestamps
# try: SOURCE_DATE_EPOCH=1700000000
# effect: no effect
# only: mtime
# setup: echo content >file
# needs: tar
tar --format=ustar -cf file.tar file
