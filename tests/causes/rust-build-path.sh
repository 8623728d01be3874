#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: rust-build-path
# needs: rustc
# facts: --path-a $first_place --path-b $second_place
. "${0%/*}/lib.sh"

compile() {
	printf '#[inline(never)]\npub fn first(list: &[u32], at: usize) -> u32 {\n    list[at]\n}\n' >x.rs
	mkdir -p "$out/$side"
	rustc --edition=2021 --crate-type=lib --crate-name=x -O --emit=obj=x.o "$PWD/x.rs"
	mv x.o "$out/$side"
}
places compile
