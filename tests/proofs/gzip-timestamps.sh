# SPDX-License-Identifier: Apache-2.0
# proves: gzip-timestamps
# by: gzip|pigz -n
# only: mtime
# setup: echo content >file
# needs: gzip
gzip file
