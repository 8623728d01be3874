#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: const-random
# needs: rustc
. "${0%/*}/lib.sh"

printf 'extern crate proc_macro;\n#[proc_macro]\npub fn seed(_: proc_macro::TokenStream) -> proc_macro::TokenStream {\n    let mut bytes = [0u8; 32];\n    let mut f = std::fs::File::open("/dev/urandom").unwrap();\n    std::io::Read::read_exact(&mut f, &mut bytes).unwrap();\n    format!("{:?}", bytes).parse().unwrap()\n}\n' >seed.rs
printf '#[no_mangle]\npub static SEED: [u8; 32] = seed::seed!();\n' >x.rs
rustc --edition=2021 --crate-type=proc-macro --crate-name=seed seed.rs
compile() {
	(cd "$out/work" && rustc --edition=2021 --crate-type=lib --crate-name=x --extern seed=libseed.so --emit=obj="$out/$side/x.o" x.rs)
}
each compile
