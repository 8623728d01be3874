# SPDX-License-Identifier: Apache-2.0
# proves: pe-timestamp
# by: lld-link|lld-link-*|link.exe /Brepro
# only: time
# setup: printf 'int start(void) { return 0; }\n' | clang --target=x86_64-pc-windows-msvc -x c -c - -o x.obj
# needs: clang lld-link
lld-link /nodefaultlib /entry:start /subsystem:console /out:x.exe x.obj
