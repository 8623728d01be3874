# SPDX-License-Identifier: Apache-2.0
# axes: jobs
# The order in which two recipes end depends on whether they run side by side.
cat >Makefile <<'M'
all: slow quick
slow: ; @sleep 0.3; echo slow >>out
quick: ; @echo quick >>out
M
make -s
rm Makefile
