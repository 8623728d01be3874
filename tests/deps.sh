#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs what is missing and says what: with apt, through sudo when not root.
#   tests/deps.sh              what building and the plain tests need
#   PEERS=fuzz tests/deps.sh   and clang with libFuzzer
#   PEERS=all tests/deps.sh    and the compilers, packers and peers that tests and comparisons talk to;
#                              NVIDIA's compiler comes as wheels into a directory of the user's cache
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
libdeflate-dev zlib1g-dev libssl-dev libseccomp-dev libcmocka-dev'
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
