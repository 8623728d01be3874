# SPDX-License-Identifier: Apache-2.0
# cause: embedded-timestamp
# try: TZ=UTC
# effect: no effect
# only: time
date '+%Y-%m-%d %H:%M:%S' >out
