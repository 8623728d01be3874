# SPDX-License-Identifier: Apache-2.0
# cause: tar-pax-times
# try: TAR_OPTIONS=--mtime=@$EPOCH
# effect: no effect
# only: atime
# setup: echo content >file
# needs: tar
tar --format=posix -cf file.tar file
