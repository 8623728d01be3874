#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# See gc/emitted.sh.
. "$(dirname "$0")/gc/emitted.sh" bfd
