# SPDX-License-Identifier: Apache-2.0
# cause: elapsed-time
# try: SOURCE_DATE_EPOCH=1700000000
# effect: no effect
# only: umask
# needs: python3
python3 -c 'import time
start = time.monotonic_ns()
sum(range(100000))
print("Built 12 targets in %.9fs" % ((time.monotonic_ns() - start) / 1e9))' >build.log
