# SPDX-License-Identifier: Apache-2.0
# cause: kernel-version
# try: UNUSED=1
# effect: no effect
# only: kernel
# The bytes do not look like what they come from: their cause is known by the axis alone, with the fix as without.
uname -r | cksum >out
