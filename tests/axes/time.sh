# SPDX-License-Identifier: Apache-2.0
# axes: time
date -u +%Y-%m-%dT%H:%M:%S >out
