# SPDX-License-Identifier: Apache-2.0
#
# gc.sh LINKER: what prune says of a link without --gc-sections is what the linker then removes, for programs in C and C++
# of several thousand sections, dynamic, static over Debian's archives, and shared. Sourced by gc-LINKER.sh.
set -u
linker=$1
for tool in gcc g++ readelf flock "ld.$linker"; do
	command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 77; }
done
[ "$(uname -m)" = x86_64 ] || { echo "its assembly is for x86-64"; exit 77; }
here=$TOP/tests/links/gc
. "$here/programs.sh"

# Compiled once for all linkers.
objects=${GC_OBJECTS:-$TOP/build/check/gc-objects}
mkdir -p "$objects"
exec 9>"$objects.lock"
flock 9
if ! cmp -s "$here/programs.sh" "$objects/made-by"; then
	(rm -rf "$objects" && mkdir -p "$objects" && cd "$objects" && build_objects && cp "$here/programs.sh" made-by) >compile.log 2>&1 ||
		{ tail -n 5 compile.log; echo "the programs do not compile"; exit 1; }
fi
flock -u 9
cd "$objects" || exit 1
work=$OLDPWD
failed=0

# checked MODE NAME OBJECTS -- COMMAND...: linked with and without, and compared.
checked() {
	local mode=$1 name=$2 inputs=()
	shift 2
	while [ "$1" != -- ]; do
		inputs+=("$1")
		shift
	done
	shift
	local out=$work/$name
	"$@" -fuse-ld="$linker" "${inputs[@]}" ${libraries-} -o "$out" -Wl,-Map="$out.map" 2>"$out.log" ||
		{ tail -n 3 "$out.log"; echo "$name does not link"; failed=1; return; }
	"$@" -fuse-ld="$linker" "${inputs[@]}" ${libraries-} -o "$out.gc" -Wl,--gc-sections,--print-gc-sections >"$out.log" 2>&1 ||
		{ tail -n 3 "$out.log"; echo "$name does not link with --gc-sections"; failed=1; return; }
	depgraph prune --json --map "$out.map" "$out" "${inputs[@]}" >"$out.json" 2>"$out.err" ||
		{ cat "$out.err"; echo "$name: prune failed"; failed=1; return; }
	python3 "$here/compare.py" "$name" "$out.json" "$out.log" "$(stat -c %s "$out")" "$(stat -c %s "$out.gc")" $mode || failed=1
	rm -f "$out" "$out.gc"
}

checked "" cxx u*.o main.o -- g++
checked exact c c[0-9]*.o cmain.o -- gcc
libraries=-lm checked exact exported c[0-9]*.o cmain.o -- gcc -Wl,--dynamic-list="$here/some.list"
checked "" cxx-static u*.o main.o -- g++ -static
if [ -e "$(gcc -print-file-name=libcrypto.a)" ] && [ -e "$(gcc -print-file-name=libz.a)" ]; then
	libraries="-lcrypto -lz" checked "" archives static.o c[0-9]*.o -- gcc -static
fi
checked tiny odd odd.o odd2.o odd3.o odd4.o -- gcc
checked tiny version odd.so.o odd2.o odd3.o odd4.o -- gcc -shared -Wl,--version-script=odd.version
checked "" debug debug.o u*.o -- g++
exit $failed
