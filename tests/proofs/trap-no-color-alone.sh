# SPDX-License-Identifier: Apache-2.0
# cause: terminal-dependent
# try: NO_COLOR=1
# effect: no effect
# only: tty
if [ -t 2 ]; then echo "progress: bar"; else echo "progress: lines"; fi >settings
