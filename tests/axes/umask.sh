# SPDX-License-Identifier: Apache-2.0
# axes: umask
umask >out
