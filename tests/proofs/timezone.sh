# SPDX-License-Identifier: Apache-2.0
# proves: timezone
# by: TZ=UTC
# only: timezone
date -d @1700000000 '+built %Y-%m-%d %H:%M:%S' >out
