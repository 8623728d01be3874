# SPDX-License-Identifier: Apache-2.0
# cause: build-path
# try: gcc -ffile-prefix-map=$PWD=.
# effect: no effect
# only: build-path
printf 'prefix=%s\nName: thing\n' "$PWD" >thing.pc
