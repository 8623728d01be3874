# SPDX-License-Identifier: Apache-2.0
# axes: time
# The clock is pinned and varied also where a program clears its environment.
env -i /bin/date -u +%s >out
