# SPDX-License-Identifier: Apache-2.0
# cause: rust-build-path
# try: rustc -Cstrip=symbols
# effect: no effect
# only: build-path
# needs: rustc
printf '#[inline(never)]\npub fn first(list: &[u32], at: usize) -> u32 {\n    list[at]\n}\n' >x.rs
rustc --edition=2021 --crate-type=lib --crate-name=x -O --emit=obj=x.o "$PWD/x.rs"
