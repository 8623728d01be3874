#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: only-in-one
# needs: ar
. "${0%/*}/lib.sh"

for name in one two three; do
	echo "text of $name" >$name.txt
done
each sh -c 'case $PWD in */a) more=../work/three.txt ;; *) more= ;; esac; ar rcD texts.a ../work/one.txt ../work/two.txt $more'
