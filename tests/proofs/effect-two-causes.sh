# SPDX-License-Identifier: Apache-2.0
# cause: build-host
# try: date -u -d @1700000000
# effect: partly
# only: host time
uname -n >where
date -u +%s >when
