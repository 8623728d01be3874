# SPDX-License-Identifier: Apache-2.0
# proves: tar-timestamps
# by: TAR_OPTIONS=--mtime=@$EPOCH
# only: mtime
# setup: echo content >file
# needs: tar
tar --format=ustar -cf file.tar file
