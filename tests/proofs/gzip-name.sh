# SPDX-License-Identifier: Apache-2.0
# proves: gzip-name
# by: gzip|pigz -n
# only: pid
# needs: gzip
echo content >part.$$
touch -d @1700000000 part.$$
gzip -c part.$$ >file.gz
rm part.$$
