# SPDX-License-Identifier: Apache-2.0
# proves: build-host
# by: KBUILD_BUILD_HOST=builder
# only: host
# The way of the kernel's scripts/mkcompile_h.
echo "#define LINUX_COMPILE_HOST \"${KBUILD_BUILD_HOST:-$(uname -n)}\"" >compile.h
