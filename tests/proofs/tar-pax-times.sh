# SPDX-License-Identifier: Apache-2.0
# proves: tar-pax-times
# by: TAR_OPTIONS=--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime
# only: atime
# setup: echo content >file
# needs: tar
tar --format=posix -cf file.tar file
