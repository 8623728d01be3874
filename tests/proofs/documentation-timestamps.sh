# SPDX-License-Identifier: Apache-2.0
# proves: documentation-timestamps
# by: SOURCE_DATE_EPOCH=$EPOCH
# only: time
# needs: pod2man
printf '=head1 NAME\n\nthing - a thing\n\n=cut\n' | pod2man --name=THING --section=1 >thing.1
