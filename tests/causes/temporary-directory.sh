#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: temporary-directory
# needs: env
. "${0%/*}/lib.sh"

record() {
	TMPDIR=$(pick /tmp /scratch/space)
	env -i TMPDIR="$TMPDIR" /usr/bin/env | grep '^TMPDIR=' >config.log
	echo "built in $TMPDIR/thing.work" >build.txt
}
each record
printf '{ "a": { "tmpdir": "/tmp" }, "b": { "tmpdir": "/scratch/space" } }\n' >"$out/facts.json"
echo "--facts $out/facts.json" >"$out/facts"
