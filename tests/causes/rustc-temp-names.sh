#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: rustc-temp-names
# needs: rustc
. "${0%/*}/lib.sh"

printf 'fn main() {}\n' >x.rs
link_program() {
	(cd "$out/work" && rustc --print link-args -o x x.rs >"$side.args")
	tr ' ' '\n' <"$out/work/$side.args" | grep 'rustc[A-Za-z0-9]*/' | sed 's|.*/\(rustc[A-Za-z0-9]\{6\}/\)|/tmp/\1|' | head -n 1 >link.txt
	[ -s link.txt ] || cannot "this rustc names no temporary directory"
}
each link_program
