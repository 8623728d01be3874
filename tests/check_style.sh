#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Taste that a machine can check: the SPDX line, functions we do not call, blanks, widths, sizes, and words that
# have no place in the tree.  The figures are in HACKING.md.
set -u
cd "$(dirname "$0")/.."
status=0
complain() { # reads places from stdin; prints them with the reason
	local text
	text=$(cat)
	[ -z "$text" ] && return
	printf '%s\n' "$text" | sed "s|\$|    <- $1|"
	status=1
}

if git rev-parse --git-dir >/dev/null 2>&1; then
	mapfile -t files < <(git ls-files -co --exclude-standard | sort)
else
	mapfile -t files < <(find . -path ./build -prune -o -type f -print | sed 's|^\./||' | sort)
fi
existing=()
for f in "${files[@]}"; do [ -f "$f" ] && existing+=("$f"); done
select_files() { printf '%s\n' "${existing[@]}" | grep -E "$1" | grep -vE '^tests/(fuzz/corpus|causes/captured)/'; }
mapfile -t code < <(select_files '\.[ch]$')
mapfile -t product < <(select_files '^(base|analyzers|sandbox|reprocheck|depgraph)/.*\.[ch]$')
mapfile -t scripts < <(select_files '(\.sh|\.mk|^Makefile|^\.ci/run|^tests/run)$')
mapfile -t text < <(select_files '(\.([ch]|sh|mk|md|py|js|css|html|json|txt)|^Makefile|^\.ci/run|^tests/run|/cmd|/setup)$')

for f in "${code[@]}"; do
	head -n 1 "$f" | grep -qxF '/* SPDX-License-Identifier: Apache-2.0 */' || echo "$f:1"
done | complain 'no SPDX line'
for f in "${scripts[@]}"; do
	head -n 3 "$f" | grep -qxF '# SPDX-License-Identifier: Apache-2.0' || echo "$f:1"
done | complain 'no SPDX line'

# Functions with no bound, with hidden state, or that stop the process; and readers of names that races can swap.
banned='strcpy|strcat|strncpy|strncat|stpcpy|sprintf|vsprintf|gets|strtok|alloca|atoi|atol|atoll|scanf|sscanf|fscanf|mktemp|tmpnam|tempnam|system|popen|signal|gmtime|localtime|asctime|ctime|readdir_r|rand|srand|setjmp|longjmp|abort|exit'
grep -nE "(^|[^A-Za-z0-9_>.\"])($banned)[[:space:]]*\(" "${product[@]}" | grep -vE ':[0-9]+:[[:space:]]*(\*|/\*|//)' |
	grep -vE '"[^"]*('"$banned"')\([^"]*"' | grep -v 'banned: allowed' | complain 'not called here'

grep -nE '[[:space:]]+$' "${code[@]}" "${scripts[@]}" | complain 'blanks at the end'
grep -nP '^ {8}' "${code[@]}" | complain 'indent by tabs'
grep -nP ' \t' "${code[@]}" | complain 'blank before a tab'
grep -nP '\r' "${text[@]}" | complain 'carriage return'
for f in "${text[@]}"; do
	[ -s "$f" ] && [ -n "$(tail -c 1 "$f")" ] && echo "$f"
done | complain 'no newline at the end'
for f in "${code[@]}"; do
	expand -t 8 "$f" | awk -v f="$f" 'length($0) > 132 && !/"/ { print f ":" NR ": " length($0) " columns" }'
done | complain 'longer than 132'
wc -l "${product[@]}" | awk '$2 != "total" && $1 > 700 { print $2 ": " $1 " lines" }' | complain 'a file has at most 700'

# Outside their prototypes, functions that no header declares are static: the compiler says so (-Wmissing-prototypes).
grep -nwE 'TODO|FIXME|XXX|HACK' "${text[@]}" | grep -v '^tests/check_style.sh:' | complain 'unfinished'
# The project speaks only of itself.
grep -nF "$PWD/" "${text[@]}" | complain 'a path of this machine'
# What is tabs in the kernel's way is so for scripts too.
for f in "${scripts[@]}"; do
	case $f in *.sh | .ci/run | tests/run) bash -n "$f" 2>&1 ;; esac
done | complain 'does not parse'
exit $status
