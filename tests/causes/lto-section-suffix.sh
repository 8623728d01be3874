#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: lto-section-suffix
# needs: gcc
. "${0%/*}/lib.sh"

program x.c
each gcc -O2 -flto -c "$out/work/x.c" -o x.o
