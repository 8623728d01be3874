# SPDX-License-Identifier: Apache-2.0
# cause: input-mtime
# try: SOURCE_DATE_EPOCH=1700000000
# effect: no effect
# only: mtime
# setup: echo content >file
stat -c %Y file >out
