# SPDX-License-Identifier: Apache-2.0
# proves: tar-owner
# by: TAR_OPTIONS=--owner=0 --group=0 --numeric-owner
# only: user
# setup: echo content >file
# needs: tar
tar --format=ustar -cf file.tar file
