# SPDX-License-Identifier: Apache-2.0
# cause: const-random
# try: rustc --remap-path-prefix=$PWD=/src
# effect: no effect
# only: umask
# setup: printf 'extern crate proc_macro;\n#[proc_macro]\npub fn seed(_: proc_macro::TokenStream) -> proc_macro::TokenStream {\n    let mut bytes = [0u8; 32];\n    if std::env::var("CONST_RANDOM_SEED").is_err() {\n        let mut f = std::fs::File::open("/dev/urandom").unwrap();\n        std::io::Read::read_exact(&mut f, &mut bytes).unwrap();\n    }\n    format!("{:?}", bytes).parse().unwrap()\n}\n' >seed.rs && rustc --edition=2021 --crate-type=proc-macro --crate-name=seed seed.rs
# needs: rustc
# The macro draws its numbers as the crate const-random does.
printf '#[no_mangle]\npub static SEED: [u8; 32] = seed::seed!();\n' >x.rs
rustc --edition=2021 --crate-type=lib --crate-name=x --extern seed=libseed.so --emit=obj=x.o x.rs
