#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed_text.sh: files as C arrays, on stdout.
#
#	sh embed_text.sh tool/report/html_assets.h tool_html_style style.css tool_html_script report.js
#
# For each NAME FILE: `const unsigned char NAME[]` (not terminated) and `const size_t NAME_size`, as the header declares.
set -eu

echo '/* SPDX-License-Identifier: Apache-2.0 */'
echo '/* Made by base/embed_text.sh. */'
printf '#include "%s"\n' "$1"
shift
while [ $# -ge 2 ]; do
	printf '\nconst unsigned char %s[] = {\n' "$1"
	od -An -v -tx1 "$2" | sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g; s/^/\t/'
	printf '};\nconst size_t %s_size = sizeof(%s);\n' "$1" "$1"
	shift 2
done
