#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Libraries and programs that hold fat binaries as CUDA's do, made with gcc and the assembler alone: each is punched and
# shrunk, linked in several ways; the copy runs, finds its containers through its own pointers, and what
# it finds is what was to stay.  What cannot be shrunk safely is refused, naming the reference.
. "$(dirname "$0")/apply/lib.sh"
here=$TOP/tests/gpu/apply

python3 "$here/make_fatbins.py" . || exit 1
gcc -c fatbins.s -o fatbins.o || exit 1
# Bytes behind the GPU code in the same segment, and much in front of it.
printf 'char before[20000] = {1}; const char text[9000] = "behind";\nint work(int x) { return x * before[0] + text[1]; }\n' >rest.c
gcc -fPIC -c rest.c || exit 1
gcc -DPROGRAM -fPIE -c "$here/holder.c" -o program.o && gcc -fPIC -c "$here/holder.c" -o library.o || exit 1
gcc -DPROGRAM -DLEA -O1 -fPIE -c "$here/holder.c" -o lea.o && gcc -DPROGRAM -DMIDDLE -fPIE -c "$here/holder.c" -o middle.o || exit 1
printf '#include <stdio.h>\nint fatbins_list(FILE *);\nint main(void) { return fatbins_list(stdout) ? 1 : 0; }\n' >user.c

# NAME: what it lists for the architectures that stay is what the original lists; nothing else is listed.
same_answer() {
	local name=$1 mode=$2
	shift 2
	"$@" >now || fail "$name, $mode: does not run"
	grep -E '^[0-9]+ (1 90|2 (80|90)) ' "$name.before" | grep -vE ' 2 80 ' >expected
	diff expected now >difference || fail "$name, $mode: finds other code: $(head -n 3 difference)"
}
try() {
	local name=$1 mode
	shift
	gcc "$@" -o "$name" || { fail "$name: does not link"; return; }
	"./$name" >"$name.before" || fail "$name: the original does not run"
	sha256sum "$name" >sum
	for mode in punch shrink; do
		applies --gpu "$name" --targets sm_90 --mode $mode -o "$name.$mode"
		same_answer "$name" $mode "./$name.$mode/$name"
		well_formed "$name" "$name.$mode/$name"
	done
	sha256sum --quiet -c sum || fail "$name was written to"
	[ "$(stat -c %s "$name.punch/$name")" = "$(stat -c %s "$name")" ] || fail "$name: punching changed its size"
	[ "$(stat -c %b "$name.punch/$name")" -lt "$(stat -c %b "$name")" ] || fail "$name: punching freed nothing on disk"
	[ "$(stat -c %s "$name.shrink/$name")" -lt $(($(stat -c %s "$name") - 120000)) ] || fail "$name: is not smaller"
}

parts='rest.o fatbins.o'
# shellcheck disable=SC2086
{
	try plain -pie program.o $parts
	try stripped -pie -s program.o $parts
	try relro -pie -Wl,-z,now,-z,separate-code program.o $parts
	try together -pie -Wl,-z,noseparate-code,-z,max-page-size=0x200000 program.o $parts
	try lea -pie lea.o $parts
	if ld --help | grep -q pack-relative-relocs; then
		try relr -pie -Wl,-z,pack-relative-relocs program.o $parts
		readelf -SW relr | grep -q ' RELR ' || fail 'relr: has no packed relocations'
	fi
	for linker in gold lld mold; do
		command -v ld.$linker >/dev/null || continue
		try with-$linker -pie -fuse-ld=$linker program.o $parts
	done
}

# A library beside the program that uses it.
mkdir lib && gcc -shared -o lib/libfat.so library.o rest.o fatbins.o && gcc user.c -Llib -lfat -o user || exit 1
LD_LIBRARY_PATH=lib ./user >library.before || fail 'the library does not load'
for mode in punch shrink; do
	applies --gpu lib/libfat.so --targets sm_90 --mode $mode -o lib.$mode
	grep -q 'dlopen loads it' said || fail "the library was not loaded, $mode: $(cat said)"
	same_answer library $mode env LD_LIBRARY_PATH=lib.$mode ./user
done
# Raw code compressed too: another codec, the same code, which the report of GPU code reads back.
applies --gpu lib/libfat.so --targets sm_90 --mode shrink --compress -o lib.compress
grep -q 'same bytes when decompressed' said || fail "nothing was decompressed to compare: $(cat said)"
"$depgraph" gpu --json lib.compress/libfat.so >gpu.json || fail 'the compressed copy cannot be read'
python3 - gpu.json <<'EOF' || fail 'other entries in the compressed copy'
import json, sys
entries = [e for s in json.load(open(sys.argv[1]))["sections"] for e in s["entries"]]
cubins = [e for e in entries if e["kind"] == "cubin"]
assert len(cubins) == 11 and all(e["arch"] == 90 and e["codec"] == "zstd" for e in cubins), cubins
assert all(e["bytes"] < e["raw_bytes"] for e in cubins)
EOF

# ---- what is refused -------------------------------------------------------------------------------------------
gcc -pie middle.o $parts -o middle
refuses 'refers to .nv_fatbin+0x' --gpu middle --targets sm_90 --mode shrink -o refused
grep -q 'relocation .* which is not the start of a container' said || fail "no reference is named: $(cat said)"
applies --gpu middle --targets sm_90 --mode punch -o middle.punch
./middle.punch/middle >/dev/null || fail 'a punched program with a pointer into a container does not run'
gcc -no-pie program.o $parts -o fixed
refuses 'fixed addresses' --gpu fixed --targets sm_90 --mode shrink -o refused
gcc -pie -Wl,--emit-relocs program.o $parts -o emitted
refuses 'relocations that the linker kept (--emit-relocs)' --gpu emitted --targets sm_90 --mode shrink -o refused
sed 's/^fat3:/fat3:\n\t.globl inside\n\t.set inside, fat3 + 64/' fatbins.s >inside.s
gcc -c inside.s && gcc -shared -o libinside.so library.o rest.o inside.o || fail 'libinside.so does not link'
refuses 'symbol inside' --gpu libinside.so --targets sm_90 --mode shrink -o refused
[ ! -e refused ] || fail 'something was left of what was refused'
refuses 'nothing is overwritten' --gpu plain --targets sm_90 -o plain.punch
exit $status
