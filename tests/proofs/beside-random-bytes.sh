# SPDX-License-Identifier: Apache-2.0
# proves: embedded-timestamp
# by: date -u -d @$EPOCH
# only: time
# What the random digits have in common in two runs is not held against the fix.
{ cat /proc/sys/kernel/random/uuid; date -u +%s; } >out
