#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make install` puts the commands, their man pages and completions where they belong, and they are well formed.
set -eu
cd "$(dirname "$0")/.."
root=build/check/install
rm -rf "$root"
${MAKE:-make} --no-print-directory -s install DESTDIR="$PWD/$root" PREFIX=/usr >/dev/null
fail() { echo "$*"; exit 1; }
share=$root/usr/share
[ -s "$share/doc/carbolic/README.md" ] || fail "README.md is missing or empty"

check_command() { # NAME VERB: the completion must offer a verb that exists
	"$root/usr/bin/$1" --version | grep -q "^$1 [0-9]" || fail "the installed $1 does not run"
	for f in "man/man1/$1.1" "bash-completion/completions/$1" "zsh/site-functions/_$1" \
		"fish/vendor_completions.d/$1.fish"; do
		[ -s "$share/$f" ] || fail "$f is missing or empty"
	done
	bash -n "$share/bash-completion/completions/$1" || fail "the bash completion of $1 does not parse"
	grep -q "$2" "$share/bash-completion/completions/$1" || fail "the bash completion of $1 does not know $2"
	if command -v man >/dev/null; then
		warned=$(man --warnings -l -Tutf8 "$share/man/man1/$1.1" 2>&1 >/dev/null)
		[ -z "$warned" ] || fail "man page of $1: $warned"
	fi
}
check_command reprocheck diff
check_command depgraph prune
