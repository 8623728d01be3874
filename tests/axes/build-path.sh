# SPDX-License-Identifier: Apache-2.0
# axes: build-path
pwd >out
