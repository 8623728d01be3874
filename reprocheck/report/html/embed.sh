#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed.sh: files as C arrays, on stdout.
#
#	sh embed.sh html_style html/style.css html_script html/report.js > html_assets.c
#
# For each NAME FILE: `const unsigned char NAME[]` (not terminated) and `const size_t NAME_size`.
set -eu

echo '/* SPDX-License-Identifier: Apache-2.0 */'
echo '/* Made by reprocheck/html/embed.sh. */'
echo '#include "reprocheck/report/html_assets.h"'
while [ $# -ge 2 ]; do
	printf '\nconst unsigned char %s[] = {\n' "$1"
	od -An -v -tx1 "$2" | sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g; s/^/\t/'
	printf '};\nconst size_t %s_size = sizeof(%s);\n' "$1" "$1"
	shift 2
done
