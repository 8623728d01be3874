# SPDX-License-Identifier: Apache-2.0
# proves: temporary-directory
# by: TMPDIR=/tmp
# only: tmpdir
echo "scratch = ${TMPDIR:-/tmp}/thing" >thing.conf
