#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: cpu-model
. "${0%/*}/lib.sh"

probe() {
	pick 'model name	: Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz' 'model name	: AMD EPYC 9B14 96-Core Processor' >cpu.txt
}
each probe
