# SPDX-License-Identifier: Apache-2.0
# cause: recorded-timestamp
# try: SOURCE_DATE_EPOCH=1700000000
# effect: no effect
# only: time
# setup: echo content >file
# needs: genisoimage
genisoimage -quiet -o file.iso file
