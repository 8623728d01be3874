#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: recorded-digest
# needs: sha256sum
. "${0%/*}/lib.sh"

list() {
	echo "content of $side" >"$out/work/thing.bin"
	(cd "$out/work" && sha256sum thing.bin && echo "SHA512-Digest: $(sha512sum <thing.bin | cut -c1-128)") >sums.txt
}
each list
