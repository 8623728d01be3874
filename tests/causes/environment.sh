#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: environment
# needs: env
. "${0%/*}/lib.sh"

record() {
	env -i HOME="$(pick /home/alice /nonexistent/second)" PATH="$(pick /usr/bin:/bin /usr/bin:/bin:/i/capture/the/path)" \
		TERM="$(pick xterm-256color dumb)" /usr/bin/env | grep -v '^PWD=\|^_=' >config.log
}
each record
