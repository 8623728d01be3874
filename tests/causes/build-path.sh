#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: build-path
. "${0%/*}/lib.sh"

install() {
	mkdir -p "$out/$side"
	printf 'prefix=%s\nlibdir=${prefix}/lib\nName: thing\nVersion: 1\nLibs: -L${libdir} -lthing\n' "$PWD" >"$out/$side/thing.pc"
}
places install
