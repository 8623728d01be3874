# SPDX-License-Identifier: Apache-2.0
# axes: timezone
date +%z >out
