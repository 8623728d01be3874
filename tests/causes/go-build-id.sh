#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: go-build-id
# needs: go
. "${0%/*}/lib.sh"

# Newer linkers add a GNU build-id of their own.
no_build_id=
! go tool link -h 2>&1 | grep -q gobuildid || no_build_id='-B none'
printf 'module example.org/thing\n\ngo 1.19\n' >go.mod
printf 'package main\n\nfunc main() {\n\tprintln("thing")\n}\n' >main.go
compile() {
	(cd "$out/work" && GOTOOLCHAIN=local CGO_ENABLED=0 go build -trimpath -buildvcs=false \
		-ldflags="-s -w $no_build_id -buildid=$(pick aFirstActionOfGo/anOutputOfIt nSecondActionOfG/anOutputOfThat)" -o "$out/$side/thing" .)
}
each compile
