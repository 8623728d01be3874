#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: environment
# needs: env
. "${0%/*}/lib.sh"

record() {
	env -i SHELL="$(pick /bin/sh /usr/bin/zsh)" EDITOR="$(pick vi nano)" TERM="$(pick xterm-256color dumb)" \
		/usr/bin/env | grep -v '^PWD=\|^_=' >config.log
}
each record
