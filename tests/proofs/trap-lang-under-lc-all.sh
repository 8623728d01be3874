# SPDX-License-Identifier: Apache-2.0
# cause: locale
# try: LANG=C
# effect: no effect
# only: locale
date -u -d @1700000000 '+%A %x %c' >out
