#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: compressor-settings
# needs: gzip
. "${0%/*}/lib.sh"

seq 1 3000 >file
pack() {
	gzip "-n$(pick 1 9)c" "$out/work/file" >file.gz
}
each pack
