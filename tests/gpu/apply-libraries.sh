#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# NVIDIA's libraries, pruned for one device in both modes, load and answer what the originals answer; nothing runs on a GPU.
# Exit 77: the libraries are not installed.
. "$(dirname "$0")/apply/lib.sh"

if [ ! -e "$nvidia/installed" ] && [ ! -e "$nvidia/libcublas.so.13" ]; then
	echo "NVIDIA's libraries are not installed (make deps PEERS=all)"
	exit 77
fi

# Each library's own question that needs no device: three properties, or a version. Bound lazily: libraries of one registry do not
# always have all that the others want.
cat >answer.c <<'EOF'
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	void *library = dlopen(argv[1], RTLD_LAZY);
	int (*property)(int, int *) = library ? dlsym(library, argv[2]) : NULL;
	int (*version)(int *) = (int (*)(int *))property;
	int i, value = -1, r;

	if (argc != 3 || !property)
		return puts(dlerror()), 1;
	if (argv[2][0] == 'n') {
		r = version(&value);
		printf("%d %d\n", r, value);
		return 0;
	}
	for (i = 0; i < 3; i++) {
		r = property(i, &value);
		printf("%d %d\n", r, value);
	}
	return 0;
}
EOF
gcc -w -o answer answer.c || exit 1
ask() {
	LD_LIBRARY_PATH="$(dirname "$1"):$nvidia" ./answer "$1" "$2" 2>&1
}

# LIBRARY FUNCTION PERCENT: the shrunk file is at most so much of the original.
try() {
	local library=$nvidia/$1 function=$2 percent=$3 mode before now
	[ -e "$library" ] || { fail "$1 is not there"; return; }
	before=$(ask "$library" "$function")
	grep -qE '^0 [1-9]' <<<"$before" || fail "$1: the original does not answer: $before"
	for mode in punch shrink; do
		applies --gpu "$library" --targets sm_90 --mode $mode -o $mode
		grep -qE 'dlopen (loads it|answers as for the original)' said || fail "$1, $mode: was not loaded: $(cat said)"
		now=$(ask "$PWD/$mode/$1" "$function")
		[ "$now" = "$before" ] || fail "$1, $mode: answers otherwise: $now"
		[ $(($(stat -c '%b * 51200' "$mode/$1") / $(stat -c %s "$library"))) -le "$percent" ] || fail "$1, $mode: is larger than $percent %"
	done
	well_formed "$library" "shrink/$1"
	rm -rf punch shrink
}
try libcublas.so.13 cublasGetProperty 43
try libcusparse.so.12 cusparseGetProperty 30
try libcusolver.so.12 cusolverGetProperty 40
try libcurand.so.10 curandGetProperty 58
try libnccl.so.2 ncclGetVersion 44
exit $status
