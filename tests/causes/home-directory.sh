#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: home-directory
# needs: env
. "${0%/*}/lib.sh"

record() {
	HOME=$(pick /home/alice /var/lib/builder)
	env -i HOME="$HOME" /usr/bin/env | grep '^HOME=' >config.log
	echo "cache = ~" | sed "s|~|$HOME/.cache/thing|" >thing.conf
}
each record
printf '{ "a": { "home": "/home/alice" }, "b": { "home": "/var/lib/builder" } }\n' >"$out/facts.json"
echo "--facts $out/facts.json" >"$out/facts"
