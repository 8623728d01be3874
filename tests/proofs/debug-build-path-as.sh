# SPDX-License-Identifier: Apache-2.0
# proves: debug-build-path
# by: as|*-as --debug-prefix-map=$PWD=.
# only: build-path
# needs: as
printf 'f:\n\tret\n' >x.s
as -g x.s -o x.o
