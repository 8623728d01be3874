#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: go-build-id
# needs: go
. "${0%/*}/lib.sh"

printf 'module example.org/thing\n\ngo 1.19\n' >go.mod
printf 'package main\n\nfunc main() {\n\tprintln("thing")\n}\n' >main.go
compile() {
	(cd "$out/work" && GOTOOLCHAIN=local CGO_ENABLED=0 go build -trimpath -buildvcs=false \
		-ldflags="-s -w -B none -buildid=$(pick aFirstActionOfGo/anOutputOfIt nSecondActionOfG/anOutputOfThat)" -o "$out/$side/thing" .)
}
each compile
