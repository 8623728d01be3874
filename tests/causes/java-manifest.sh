#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: java-manifest
# needs: jar
. "${0%/*}/lib.sh"

pack() {
	printf 'Built-By: %s\nBuild-Jdk: %s\n' "$(pick alice robert)" "$(pick 17.0.9 17.0.15)" >"$out/work/$side.mf"
	jar --create --no-compress --date=2026-01-01T00:00:00Z --file thing.jar --manifest "$out/work/$side.mf"
}
each pack
