# SPDX-License-Identifier: Apache-2.0
#
# Sourced by every fixture as `. "${0%/*}/lib.sh"`; the fixture is called as `sh FIXTURE.sh OUTDIR` and makes
# OUTDIR/a and OUTDIR/b, two files or two directories that differ by its cause alone.  It starts in OUTDIR/work.
#
# A fixture that finds that it cannot make the difference here ends with status 77 and says why.
set -eu
out=$(cd "$1" && pwd)
here=$(cd "${0%/*}" && pwd)
mkdir -p "$out/work"
cd "$out/work"
unset SOURCE_DATE_EPOCH MAKEFLAGS
export LC_ALL=C.UTF-8 TZ=UTC
umask 022

# each COMMAND...: runs it in the directories OUTDIR/a and OUTDIR/b, with $side set.
each() {
	for side in a b; do
		mkdir -p "$out/$side"
		(cd "$out/$side" && "$@")
	done
}

# places COMMAND...: runs it in two directories whose names have other lengths, with $side set.
first_place=$out/work/alpha/src
second_place=$out/work/second-place/src
places() {
	mkdir -p "$first_place" "$second_place"
	(cd "$first_place" && side=a && "$@")
	(cd "$second_place" && side=b && "$@")
}

# pick A B: the one that belongs to $side.
pick() {
	if [ "$side" = a ]; then echo "$1"; else echo "$2"; fi
}

# program NAME: a small C program.
program() {
	printf 'int counter = 3;\nint twice(int n)\n{\n\treturn 2 * n + counter;\n}\n' >"$1"
}

# patch FILE PYTHON: `data` is a bytearray of the file; for what no tool here can be made to write.
patch() {
	python3 - "$1" "$2" <<-'END'
		import sys, re, struct
		data = bytearray(open(sys.argv[1], "rb").read())
		exec(sys.argv[2])
		open(sys.argv[1], "wb").write(data)
	END
}

cannot() {
	echo "$*"
	exit 77
}
