#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs what is missing and says what: with apt, through sudo when not root.
#   tests/deps.sh              what building and the plain tests need
#   PEERS=fuzz tests/deps.sh   and clang with libFuzzer
#   PEERS=all tests/deps.sh    and the compilers, packers and peers that tests and comparisons talk to;
#                              NVIDIA's compiler, cuobjdump and libraries (2 GB) come as wheels into the user's cache
set -eu
cd "$(dirname "$0")/.."
. tests/peers.sh

# COMMAND PACKAGE: the package is wanted when the command is not there, wherever it came from.
core_commands='gcc gcc
g++ g++
make make
pkg-config pkg-config
python3 python3
file file
git git
nproc coreutils
xz xz-utils
bzip2 bzip2
diff diffutils
cmp diffutils
perl perl
script bsdutils
setpriv util-linux'
core_libraries='libelf-dev libdwarf-dev libcapstone-dev libarchive-dev libjansson-dev libzstd-dev liblz4-dev
libdeflate-dev zlib1g-dev libssl-dev libseccomp-dev libiberty-dev libexpat1-dev libcmocka-dev'
# What actions are shown other values of: time zones, and the sources of locales with localedef.
core_data='tzdata locales'
fuzz_commands='clang clang
llvm-symbolizer llvm'
peer_commands='ld.lld lld
llvm-ar llvm
mold mold
musl-gcc musl-tools
ninja ninja-build
cmake cmake
rustc rustc
cargo cargo
go golang-go
javac default-jdk-headless
zip zip
unzip unzip
7z p7zip-full
rpm rpm
rpmbuild rpm
cpio cpio
msgfmt gettext
sqlite3 sqlite3
convert imagemagick
hyperfine hyperfine
valgrind valgrind
perf linux-perf
lz4 lz4
zstd zstd
genisoimage genisoimage
dpkg-deb dpkg
diffoscope diffoscope-minimal
reprotest reprotest
disorderfs disorderfs
faketime faketime'
# What diffoscope's comparators call, so that it is compared at its best; and libraries of Python.
peer_packages='python3-libarchive-c python3-magic python3-jsonschema binutils-multiarch python3-venv
libclang-rt-14-dev python3-yaml'

installed() {
	dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'
}

missing=
want_commands() {
	local command package
	while read -r command package; do
		command -v "$command" >/dev/null 2>&1 || missing="$missing $package"
	done
}
want_packages() {
	local p
	for p in "$@"; do
		installed "$p" || missing="$missing $p"
	done
}

want_commands <<<"$core_commands"
# shellcheck disable=SC2086
want_packages $core_libraries $core_data
case ${PEERS:-} in
all | fuzz)
	want_commands <<<"$fuzz_commands"
	;;
esac
if [ "${PEERS:-}" = all ]; then
	want_commands <<<"$peer_commands"
	# shellcheck disable=SC2086
	want_packages $peer_packages
fi

if [ -n "$missing" ]; then
	missing=$(tr ' ' '\n' <<<"$missing" | sed '/^$/d' | sort -u | tr '\n' ' ')
	echo "installing with apt-get: $missing"
	sudo=
	[ "$(id -u)" = 0 ] || sudo=sudo
	export DEBIAN_FRONTEND=noninteractive
	$sudo apt-get update -q >/dev/null
	# shellcheck disable=SC2086
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >/dev/null
fi

# nvcc: one directory tree that NVIDIA's wheels share, plus the lib64 that its profile looks for.
nvidia_wheels='nvidia-cuda-nvcc==13.0.88 nvidia-nvvm==13.0.88 nvidia-cuda-crt==13.0.88
nvidia-cuda-runtime==13.0.96 nvidia-cuda-cccl==13.0.85'
install_nvcc() {
	local venv=$carbolic_cache/nvcc top
	echo "installing nvcc 13.0 from NVIDIA's Python wheels into $venv"
	rm -rf "$venv"
	python3 -m venv "$venv" || return
	# shellcheck disable=SC2086
	"$venv/bin/pip" install -q --disable-pip-version-check --no-deps $nvidia_wheels || return
	top=$(echo "$venv"/lib/python3*/site-packages/nvidia/cu13)
	ln -sfn lib "$top/lib64"
	mkdir -p "$carbolic_cache/bin"
	printf '#!/bin/sh\nexec "%s/bin/nvcc" "$@"\n' "$top" >"$carbolic_cache/bin/nvcc"
	chmod +x "$carbolic_cache/bin/nvcc"
}
if [ "${PEERS:-}" = all ] && ! command -v nvcc >/dev/null 2>&1; then
	install_nvcc || echo "nvcc could not be installed: its tests will be skipped" >&2
fi

# What GPU tests read: NVIDIA's own lister, and its libraries, of which only the .so files are kept. The file "installed" is
# made last, so that half an installation is none.
cuobjdump_wheels='nvidia-cuda-cuobjdump==13.2.78 nvidia-cuda-nvdisasm==13.2.78'
library_wheels='nvidia-cublas==13.0.2.14 nvidia-cufft==12.5.0.14 nvidia-curand==10.4.5.25 nvidia-cusolver==12.4.1.2
nvidia-cusparse==12.9.4.2 nvidia-nccl-cu13==2.32.3 nvidia-nvjitlink==13.4.92 nvidia-cuda-runtime==13.0.96'

# fetch_wheel WHEEL PATTERN DIRECTORY: the files of a wheel whose names match, without their directories.
fetch_wheel() {
	local work rc=0
	work=$(mktemp -d "$carbolic_cache/wheel-XXXXXX") || return
	"$carbolic_cache/pip/bin/pip" download -q --disable-pip-version-check --no-deps -d "$work" "$1" || rc=$?
	[ "$rc" != 0 ] || python3 -c '
import fnmatch, glob, os, shutil, sys, zipfile
work, pattern, directory = sys.argv[1:]
with zipfile.ZipFile(glob.glob(work + "/*.whl")[0]) as wheel:
    for name in fnmatch.filter(wheel.namelist(), pattern):
        with wheel.open(name) as source, open(os.path.join(directory, os.path.basename(name)), "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
' "$work" "$2" "$3" || rc=$?
	rm -rf "$work"
	return "$rc"
}
install_cuobjdump() {
	local wheel
	echo "installing cuobjdump from NVIDIA's Python wheels into $carbolic_cache/bin"
	mkdir -p "$carbolic_cache/bin"
	for wheel in $cuobjdump_wheels; do
		fetch_wheel "$wheel" 'nvidia/*/bin/*' "$carbolic_cache/bin" || return
	done
	chmod +x "$carbolic_cache/bin/nvdisasm" "$carbolic_cache/bin/cuobjdump"
}
install_nvidia_libraries() {
	local wheel
	echo "installing NVIDIA's libraries from Python wheels into $carbolic_nvidia"
	rm -rf "$carbolic_nvidia"
	mkdir -p "$carbolic_nvidia"
	for wheel in $library_wheels; do
		fetch_wheel "$wheel" '*/lib/*.so*' "$carbolic_nvidia" || return
	done
	echo "$library_wheels" >"$carbolic_nvidia/installed"
}
if [ "${PEERS:-}" = all ]; then
	[ -x "$carbolic_cache/pip/bin/pip" ] || python3 -m venv "$carbolic_cache/pip" || true
	command -v cuobjdump >/dev/null 2>&1 || install_cuobjdump ||
		echo "cuobjdump could not be installed: its tests will be skipped" >&2
	[ "$(cat "$carbolic_nvidia/installed" 2>/dev/null)" = "$library_wheels" ] || install_nvidia_libraries ||
		echo "NVIDIA's libraries could not be installed: their tests will be skipped" >&2
fi
