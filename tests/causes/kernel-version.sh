#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: kernel-version
# needs: setarch uname
. "${0%/*}/lib.sh"

probe() {
	if [ "$side" = a ]; then
		echo "configured on Linux $(uname -r)"
	else
		echo "configured on Linux $(setarch "$(uname -m)" --uname-2.6 uname -r)"
	fi >config.log
}
each probe
cmp -s "$out/a/config.log" "$out/b/config.log" && cannot "setarch --uname-2.6 has no effect here"
exit 0
