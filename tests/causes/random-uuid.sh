#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: random-uuid
. "${0%/*}/lib.sh"

each sh -c 'echo "<id>$(cat /proc/sys/kernel/random/uuid)</id>" >feed.xml'
