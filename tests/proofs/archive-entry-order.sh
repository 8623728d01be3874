# SPDX-License-Identifier: Apache-2.0
# proves: archive-entry-order
# by: TAR_OPTIONS=--sort=name
# only: readdir
# setup: mkdir tree && for n in 1 2 3 4 5; do echo "content of $n" >tree/$n; done
# needs: tar
tar --format=ustar -cf tree.tar tree
