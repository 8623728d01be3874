# SPDX-License-Identifier: Apache-2.0
# proves: inode-numbers
# by: cpio --reproducible
# only: inode
# setup: echo content >file
# needs: cpio
echo file | cpio -o --quiet -H newc >file.cpio
