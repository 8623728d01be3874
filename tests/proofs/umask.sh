# SPDX-License-Identifier: Apache-2.0
# proves: umask
# by: TAR_OPTIONS=--mode=go=rX,u+rw,a-s
# only: umask
# needs: tar
echo content >file
tar --format=ustar --mtime=@1700000000 --owner=0 --group=0 -cf file.tar file
rm file
