#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: rust-symbol-hash
# needs: rustc
. "${0%/*}/lib.sh"

printf '#[inline(never)]\npub fn one(n: u32) -> u32 {\n    n ^ 1\n}\n' >x.rs
compile() {
	(cd "$out/work" && rustc --crate-type=lib --crate-name=x -O -C "metadata=$side" --emit=obj="$out/$side/x.o" x.rs)
}
each compile
