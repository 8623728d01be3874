#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make demo: what the commands do, on programs that are made on the spot.
set -eu
cd "$(dirname "$0")"
./demo_reprocheck.sh
./demo_depgraph.sh
