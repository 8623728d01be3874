#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: go-vcs-stamp
# needs: go git
. "${0%/*}/lib.sh"

# Newer linkers add a GNU build-id of their own.
no_build_id=
! go tool link -h 2>&1 | grep -q gobuildid || no_build_id='-B none'
printf 'module example.org/thing\n\ngo 1.19\n' >go.mod
printf 'package main\n\nfunc main() {\n\tprintln("thing")\n}\n' >main.go
GOCACHE=$(go env GOCACHE)
export GOCACHE HOME="$out/work" GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
git init -q .
compile() {
	(cd "$out/work" && git add go.mod main.go &&
		GIT_AUTHOR_DATE=@1700000000 GIT_COMMITTER_DATE="@$(pick 1700000000 1750100007) +0000" git commit -q --allow-empty -m "$side" &&
		GOTOOLCHAIN=local CGO_ENABLED=0 go build -trimpath -buildvcs=true -ldflags="-s -w $no_build_id -buildid=" -o "$out/$side/thing" .)
}
each compile
