#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: moved
# expect: unexplained
# also: moved
. "${0%/*}/lib.sh"

{
	seq 1 200
} >all
each sh -c 'case $PWD in */a) cat ../work/all ;; *) sed "s/^100$/&\nan inserted line/" ../work/all ;; esac >list.txt'
