# SPDX-License-Identifier: Apache-2.0
# proves: line-order
# by: make|gmake|ninja -j1
# only: jobs
# needs: make
printf 'all: slow quick quicker\nslow:\n\t@sleep 0.3; echo slow >>list.txt\nquick:\n\t@sleep 0.1; echo quick >>list.txt\nquicker:\n\t@echo quicker >>list.txt\n' >Makefile
make
