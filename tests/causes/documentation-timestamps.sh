#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: documentation-timestamps
# needs: pod2man
. "${0%/*}/lib.sh"

printf '=head1 NAME\n\nthing - a thing\n\n=head1 DESCRIPTION\n\nIt is a thing.\n\n=cut\n' >thing.pod
convert_page() {
	SOURCE_DATE_EPOCH=$(pick 1700000000 1750100007) pod2man --name=THING --section=1 "$out/work/thing.pod" thing.1
}
each convert_page
