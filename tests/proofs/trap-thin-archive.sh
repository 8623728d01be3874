# SPDX-License-Identifier: Apache-2.0
# cause: thin-archive-paths
# try: ar D
# effect: no effect
# only: build-path
# needs: gcc ar
printf 'int x;\n' | gcc -x c -c - -o x.o
ar rcT libx.a "$PWD/x.o"
