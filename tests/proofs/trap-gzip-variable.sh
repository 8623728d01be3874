# SPDX-License-Identifier: Apache-2.0
# cause: gzip-timestamps
# try: GZIP_OPT=-n
# effect: no effect
# only: mtime
# setup: echo content >file
# needs: gzip
gzip file
