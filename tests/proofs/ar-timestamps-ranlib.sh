# SPDX-License-Identifier: Apache-2.0
# proves: ar-timestamps
# by: ranlib|*-ranlib|gcc-ranlib* -D
# only: time
# setup: printf 'int x;\n' | gcc -x c -c - -o x.o && ar rcDS libx.a x.o
# needs: gcc ranlib
ranlib -U libx.a
