#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# maps-mold.sh: see maps.inc.
. "$(dirname "$0")/maps.inc" mold
