# SPDX-License-Identifier: Apache-2.0
# cause: compressor-settings
# try: gzip -n
# effect: no effect
# only: cpus
# needs: gzip
seq 1 300 | gzip "-$(nproc)" >file.gz
