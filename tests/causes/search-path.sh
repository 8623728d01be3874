#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: search-path
# needs: env
. "${0%/*}/lib.sh"

record() {
	PATH="$(pick /usr/bin:/bin /opt/tools/bin:/usr/bin:/bin)" /usr/bin/env | grep '^PATH=' >config.log
	echo "tools were looked for in $(pick /usr/bin:/bin /usr/bin:/bin:/snap/bin)" >>config.log
}
each record
