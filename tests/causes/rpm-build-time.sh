#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: rpm-build-time
# needs: rpmbuild
# also: derived-checksum
. "${0%/*}/lib.sh"

printf 'Name: thing\nVersion: 1\nRelease: 1\nSummary: A thing\nLicense: Apache-2.0\nBuildArch: noarch\n%%description\nA thing.\n%%files\n' >thing.spec
build_package() {
	SOURCE_DATE_EPOCH=$(pick 1700000000 1750100007) rpmbuild -bb --quiet --define "_topdir $out/work/$side" --define "_rpmdir $out/$side" \
		--define '_build_name_fmt thing.rpm' --define '_buildhost builder' --define 'use_source_date_epoch_as_buildtime 1' \
		--define '_binary_payload w0.gzdio' "$out/work/thing.spec" 2>/dev/null
}
each build_package
