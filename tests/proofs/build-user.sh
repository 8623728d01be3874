# SPDX-License-Identifier: Apache-2.0
# proves: build-user
# by: KBUILD_BUILD_USER=builder
# only: user
echo "compiled by ${KBUILD_BUILD_USER:-$(id -un)}" >banner.txt
