#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# See libs/unused.sh.
LINKER=bfd
. "$(dirname "$0")/libs/unused.sh"
