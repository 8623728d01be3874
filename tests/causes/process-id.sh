#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: process-id
. "${0%/*}/lib.sh"

each sh -c 'echo "written by process $$" >run.log'
