# SPDX-License-Identifier: Apache-2.0
# cause: build-host
# try: ENCODE=1
# effect: no effect
# only: host
# Another form of the same value is no fix.
if [ -n "${ENCODE:-}" ]; then uname -n | od -An -tx1; else uname -n; fi >out
