# SPDX-License-Identifier: Apache-2.0
# proves: build-user
# by: USER=nobody
# only: user
echo "packager: ${USER:-nobody}" >banner.txt
