#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: build-host
# facts: --host-a alpha --host-b builder.example
. "${0%/*}/lib.sh"

write_banner() {
	echo "#define BUILT_ON \"$(pick alpha builder.example)\"" >banner.h
	echo "compiled by root@$(pick alpha builder.example)" >banner.txt
}
each write_banner
