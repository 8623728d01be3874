# SPDX-License-Identifier: Apache-2.0
# proves: parallelism
# by: make|gmake|ninja -j1
# only: jobs
# needs: make
printf 'all:\n\t@echo "flags: $(MAKEFLAGS)" >out\n' >Makefile
make
