# SPDX-License-Identifier: Apache-2.0
# proves: locale
# by: LC_ALL=C.UTF-8
# only: locale
# needs: locale
locale decimal_point >out
date -u -d @1700000000 +%A >>out
