# SPDX-License-Identifier: Apache-2.0
# proves: cpio-owner
# by: cpio -R 0:0
# only: user
# setup: echo content >file
# needs: cpio
echo file | cpio -o --quiet -H newc >file.cpio
