#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: sqlite-change-counter
# needs: sqlite3
. "${0%/*}/lib.sh"

write_database() {
	sqlite3 thing.db 'CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1);'
	if [ "$side" = b ]; then
		sqlite3 thing.db 'UPDATE t SET x = 2; UPDATE t SET x = 1;'
	fi
}
each write_database
