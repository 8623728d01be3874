# SPDX-License-Identifier: Apache-2.0
# cause: temp-names
# try: TMPDIR=/tmp
# effect: no effect
# only: tmpdir
echo "generated from $(TMPDIR=/tmp mktemp -u)" >generated.txt
