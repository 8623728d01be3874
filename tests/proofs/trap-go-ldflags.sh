# SPDX-License-Identifier: Apache-2.0
# cause: go-build-path
# try: GOFLAGS=-ldflags=-s
# effect: no effect
# only: build-path
# setup: export GOTOOLCHAIN=local CGO_ENABLED=0; printf 'module example.org/thing\n\ngo 1.19\n' >go.mod && printf 'package main\n\nfunc main() {\n\tprintln("thing")\n}\n' >main.go && go build -o /dev/null . && go build -trimpath -o /dev/null .
# needs: go
# The setup leaves the standard library in the builder's cache.
GOTOOLCHAIN=local CGO_ENABLED=0 go build -buildvcs=false -ldflags='-s -w -buildid=' -o thing .
