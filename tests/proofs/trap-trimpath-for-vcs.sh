# SPDX-License-Identifier: Apache-2.0
# cause: go-vcs-stamp
# try: GOFLAGS=-trimpath
# effect: no effect
# only: time
# setup: export GOTOOLCHAIN=local CGO_ENABLED=0; printf 'module example.org/thing\n\ngo 1.19\n' >go.mod && printf 'package main\n\nfunc main() {\n\tprintln("thing")\n}\n' >main.go && go build -o /dev/null . && go build -trimpath -o /dev/null .
# needs: go git
# A release that is committed and built by one script.
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
git init -q . && git add go.mod main.go && git commit -q -m release
GOTOOLCHAIN=local CGO_ENABLED=0 go build -trimpath -ldflags='-s -w -buildid=' -o thing .
rm -rf .git
