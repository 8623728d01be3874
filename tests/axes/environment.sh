# SPDX-License-Identifier: Apache-2.0
# axes: environment
env | grep -c VARIABLE >out || true
