#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: build-user
# facts: --user-a alice --user-b robert
. "${0%/*}/lib.sh"

write_banner() {
	echo "#define BUILT_FOR \"$(pick alice robert)\"" >banner.h
	echo "packager: $(pick alice robert)" >banner.txt
}
each write_banner
