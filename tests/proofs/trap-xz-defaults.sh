# SPDX-License-Identifier: Apache-2.0
# cause: compressor-settings
# try: XZ_DEFAULTS=-T1
# effect: no effect
# only: cpus
# needs: xz
# Options of the command win over those of the variable.
seq 1 300000 | xz -0 "-T$(nproc)" >file.xz
