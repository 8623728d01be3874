#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make install` puts a command, its man page and its completions where they belong, and they are well formed.
set -eu
cd "$(dirname "$0")/.."
root=build/check/install
rm -rf "$root"
${MAKE:-make} --no-print-directory -s install DESTDIR="$PWD/$root" PREFIX=/usr >/dev/null
fail() { echo "$*"; exit 1; }
"$root/usr/bin/reprocheck" --version | grep -q '^reprocheck [0-9]' || fail "the installed command does not run"
share=$root/usr/share
for f in man/man1/reprocheck.1 bash-completion/completions/reprocheck zsh/site-functions/_reprocheck \
	fish/vendor_completions.d/reprocheck.fish doc/carbolic/README.md; do
	[ -s "$share/$f" ] || fail "$f is missing or empty"
done
bash -n "$share/bash-completion/completions/reprocheck" || fail "the bash completion does not parse"
# The completion must offer the verb that exists.
grep -q diff "$share/bash-completion/completions/reprocheck" || fail "the bash completion does not know diff"
if command -v man >/dev/null; then
	warned=$(man --warnings -l -Tutf8 "$share/man/man1/reprocheck.1" 2>&1 >/dev/null)
	[ -z "$warned" ] || fail "man page: $warned"
fi
