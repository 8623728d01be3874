# SPDX-License-Identifier: Apache-2.0
# proves: debug-build-path
# only: build-path
# needs: gcc rustc
# Each file has the fix that its compiler takes.
printf 'int x = 1;\n' >x.c
gcc -g -c x.c -o x.o
printf 'pub fn one() -> u32 {\n    1\n}\n' >y.rs
rustc --edition=2021 --crate-type=lib --crate-name=y -g --emit=obj=y.o y.rs
