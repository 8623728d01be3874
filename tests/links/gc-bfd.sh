#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# See gc/gc.sh.
. "$(dirname "$0")/gc/gc.sh" bfd
