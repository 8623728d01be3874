# SPDX-License-Identifier: Apache-2.0
# cause: tar-owner
# try: TAR_OPTIONS=--numeric-owner
# effect: partly
# only: user
# setup: echo content >file
# needs: tar
tar --format=ustar -cf file.tar file
