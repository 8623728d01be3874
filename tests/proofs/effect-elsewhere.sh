# SPDX-License-Identifier: Apache-2.0
# cause: build-host
# try: QUIET=1
# effect: partly
# only: host
# The name is gone from one file, and stands in another then.
if [ -n "${QUIET:-}" ]; then
	echo "nobody says where" >banner
	uname -n >log
else
	echo "built on $(uname -n)" >banner
	echo "nothing to say" >log
fi
