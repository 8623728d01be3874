#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Our own build is what we ask of others: the command built in another directory is the same, byte for byte.
set -eu
cd "$(dirname "$0")/.."
other=build/check/elsewhere/a-directory-of-another-length
rm -rf "$other"
mkdir -p "$other"
tar -cf - --exclude=./build --exclude=./.git . | tar -xf - -C "$other"
${MAKE:-make} --no-print-directory -s -C "$other" -j"$(nproc)" all 2>&1
bad=0
for f in bin/reprocheck bin/depgraph lib/libbase.a lib/libanalyzers.a lib/libsandbox.a; do
	if ! cmp "build/$f" "$other/build/$f"; then
		bad=1
		build/bin/reprocheck diff -v "build/$f" "$other/build/$f" || true
	fi
done
[ $bad = 0 ] && rm -rf "$other"
exit $bad
