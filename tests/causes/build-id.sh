#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: build-id
# needs: gcc
. "${0%/*}/lib.sh"

program x.c
each gcc -shared -fPIC -nostdlib -Wl,--build-id=uuid "$out/work/x.c" -o libx.so
