# SPDX-License-Identifier: Apache-2.0
# proves: promoted-symbol-suffix
# by: rustc -Ccodegen-units=1
# only: build-path
# needs: rustc
{
	for m in a b c d e f g h; do
		printf 'pub mod %s {\n#[inline(never)] fn hidden(v: &[u32], n: usize) -> u32 { v[n] + super::next(n) }\n' $m
		printf 'pub fn shown(v: &[u32], n: usize) -> u32 { if n > 3 { hidden(v, n) } else { hidden(v, n * 7) } }\n}\n'
	done
	printf '#[inline(never)] pub fn next(n: usize) -> u32 { n as u32 }\n'
	printf 'fn main() { let v: Vec<u32> = (0..9).collect(); let n = std::env::args().count();\n'
	for m in a b c d e f g h; do printf 'println!("{}", %s::shown(&v, n));\n' $m; done
	echo '}'
} >x.rs
rustc --edition=2021 -O -C codegen-units=8 "$PWD/x.rs" -o x
