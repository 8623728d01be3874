#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: git-revision
# needs: git
. "${0%/*}/lib.sh"

export HOME="$out/work" GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
git init -q .
stamp() {
	cd "$out/work"
	GIT_AUTHOR_DATE=@1700000000 GIT_COMMITTER_DATE=@1700000000 git commit -q --allow-empty -m "$side"
	{
		echo "#define GIT_SHA \"$(git rev-parse HEAD)\""
		echo "version=1.0-3-g$(git rev-parse --short=9 HEAD)$(pick '' -dirty)"
	} >"$out/$side/version.h"
}
each stamp
