# SPDX-License-Identifier: Apache-2.0
# axes: readdir
# setup: mkdir parts && touch parts/a parts/b parts/c parts/d parts/e
find parts -type f >out
