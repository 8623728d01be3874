# SPDX-License-Identifier: Apache-2.0
# proves: recorded-timestamp
# by: SOURCE_DATE_EPOCH=$EPOCH
# only: time
# setup: echo content >file
# needs: 7z
# As scripts that make a release do.
touch -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" file
7z a -mhc=off file.7z file >log
rm log
