#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: archive-entry-order
# needs: tar zip
. "${0%/*}/lib.sh"

mkdir tree
for name in one two three four; do
	echo "content of $name" >tree/$name
	touch -d @1700000000 tree/$name
done
pack() {
	order=$(pick 'one two three four' 'three one four two')
	(cd "$out/work/tree" && tar --format=ustar --owner=0 --group=0 --numeric-owner -cf "$out/$side/tree.tar" $order &&
		zip -qX "$out/$side/tree.zip" $order)
}
each pack
