# SPDX-License-Identifier: Apache-2.0
# proves: link-order
# by: LC_ALL=C.UTF-8
# only: locale
# setup: n=7; for f in alpha Beta gamma Delta; do n=$((n * 3)); printf "int ${f}_data[] = { $n, 5 };\nint $f(int n) { return n * ${f}_data[n & 1] + $n; }\n" | gcc -O2 -fPIC -x c -c - -o $f.o; done
# needs: gcc
gcc -shared -nostdlib -Wl,--build-id=none $(ls *.o) -o libx.so
