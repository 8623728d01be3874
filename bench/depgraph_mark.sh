#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# depgraph_mark.sh: a link of 1000 objects with a million sections and five million relocations, made without a linker.
#
# `depgraph prune` reads the objects, resolves a million names, reads the relocations, marks, and lists the half million
# sections that are dead. Target: 2 s for reading relocations and marking.
#
#	bench/depgraph_mark.sh [BUILD]        BUILD: build, where bin/ and lib/*.a are

set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

${CC:-gcc} -O2 -o "$work/make" bench/make_link_objects.c
mkdir "$work/objects"
"$work/make" "$work/objects" 1000 1000 5
${CC:-gcc} -std=gnu17 -O2 -D_GNU_SOURCE -I. -o "$work/mark" tests/links/mark_speed.c "$build"/obj/libdepgraph.a "$build"/lib/lib*.a \
	"$build"/lib/libanalyzers.a "$build"/lib/libbase.a \
	$(pkg-config --libs libelf capstone libarchive jansson libzstd liblz4 libdeflate libcrypto libseccomp expat) -ldwarf -pthread
"$work/mark" "$work"/objects/*.o >/dev/null
"$work/mark" "$work"/objects/*.o
