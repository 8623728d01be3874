#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: gettext-timestamps
# needs: msgfmt
. "${0%/*}/lib.sh"

write_catalogue() {
	printf 'msgid ""\nmsgstr ""\n"Project-Id-Version: thing 1\\n"\n"PO-Revision-Date: %s\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "yes"\nmsgstr "ja"\n' \
		"$(date -u -d "@$(pick 1700000000 1750100007)" '+%Y-%m-%d %H:%M+0000')" >"$out/work/$side.po"
	msgfmt "$out/work/$side.po" -o thing.mo
}
each write_catalogue
