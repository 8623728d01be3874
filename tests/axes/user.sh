# SPDX-License-Identifier: Apache-2.0
# axes: user
id -u >out
